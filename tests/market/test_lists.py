"""Pages and their order."""

from datetime import timedelta

import pytest
from crowdmake.market.models import Assignment
from crowdmake.market.protocol import paging

TOKEN = "AWS.MechanicalTurk.InvalidParameterValue"  # noqa: S105 - an error's code


def pages(call, **parameters):
    """Return the lengths of the pages until one has no token."""
    sizes, token = [], {}
    while True:
        page = call(**parameters, **token)
        assert page["NumResults"] == len(page.get("HITs", page.get("Assignments")))
        sizes.append(page["NumResults"])
        if "NextToken" not in page:
            return sizes
        token = {"NextToken": page["NextToken"]}


def test_an_empty_list(client, requester):
    """It has no results and no token."""
    assert pages(client.list_hits) == [0]
    assert pages(client.list_reviewable_hits) == [0]
    assert pages(client.list_assignments_for_hit, HITId=requester.hit()) == [0]
    assert client.list_reviewable_hits(HITTypeId="3NONE")["HITs"] == []


def test_pages_of_hits(client, requester):
    """Ten a page if not said otherwise; the last page has a token too, and then comes none."""
    ids = [requester.hit() for _ in range(12)]
    assert pages(client.list_hits) == [10, 2, 0]
    assert pages(client.list_hits, MaxResults=6) == [6, 6, 0]
    assert pages(client.list_hits, MaxResults=100) == [12, 0]
    listed = [
        hit["HITId"]
        for page in client.get_paginator("list_hits").paginate(MaxResults=5)
        for hit in page["HITs"]
    ]
    assert listed == ids[::-1]


def test_hits_are_listed_whole(client, requester):
    """A list shows what GetHIT shows."""
    hit_id = requester.hit(Keywords="k", RequesterAnnotation="a")
    assert client.list_hits()["HITs"] == [client.get_hit(HITId=hit_id)["HIT"]]


def test_a_list_in_motion(client, requester, market):
    """HITs made or deleted between two pages neither repeat nor hide others."""
    ids = [requester.hit() for _ in range(6)]
    first = client.list_hits(MaxResults=3)
    requester.hit()
    for hit_id in (ids[4], ids[3], ids[1]):
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        client.delete_hit(HITId=hit_id)
    second = client.list_hits(MaxResults=3, NextToken=first["NextToken"])
    assert [each["HITId"] for each in second["HITs"]] == [ids[2], ids[0]]


def test_reviewable_hits(client, requester, people):
    """By status and HIT type, with their questions, the newest first."""
    cat, dog = (
        [requester.hit(Title=title) for _ in range(3)] for title in ("Find cats", "Find dogs")
    )
    for hit_id in (*cat, *dog[:2]):
        people.do("Ann", hit_id)
    client.update_hit_review_status(HITId=cat[1])
    ids = [each["HITId"] for each in client.list_reviewable_hits()["HITs"]]
    assert ids == [dog[1], dog[0], cat[2], cat[0]]
    reviewing = client.list_reviewable_hits(Status="Reviewing")["HITs"]
    assert reviewing == [client.get_hit(HITId=cat[1])["HIT"]]
    cats = {"HITTypeId": reviewing[0]["HITTypeId"]}
    found = [each["HITId"] for each in client.list_reviewable_hits(**cats)["HITs"]]
    assert found == [cat[2], cat[0]]
    assert pages(client.list_reviewable_hits, MaxResults=1, **cats) == [1, 1, 0]


def test_pages_of_work(client, requester, people, market):
    """In the order of submission, over several pages."""
    hit_id = requester.hit(MaxAssignments=12)
    held = [people.accept(f"w{number}", hit_id) for number in range(12)]
    submitted = []
    for each in reversed(held):
        submitted.append(people.submit(each))
        market.clock.advance(timedelta(seconds=5))
    assert pages(client.list_assignments_for_hit, HITId=hit_id) == [10, 2, 0]
    assert pages(client.list_assignments_for_hit, HITId=hit_id, MaxResults=4) == [4, 4, 4, 0]
    assert all_work(client, hit_id) == submitted


def test_work_of_one_moment(client, requester, people, market):
    """Work submitted at the very same time is neither repeated nor hidden by pages."""
    market.clock.advance(timedelta(hours=1))
    hit_id = requester.hit(MaxAssignments=12)
    submitted = [people.do(f"w{number}", hit_id) for number in range(12)]
    assert len({each["SubmitTime"] for each in requester.work(hit_id)}) == 1
    assert sorted(all_work(client, hit_id)) == sorted(submitted)


def all_work(client, hit_id):
    """Return the ids of all assignments, read in pages of five."""
    pages = client.get_paginator("list_assignments_for_hit").paginate(
        HITId=hit_id, PaginationConfig={"PageSize": 5}
    )
    return [each["AssignmentId"] for page in pages for each in page["Assignments"]]


@pytest.mark.parametrize(
    ("statuses", "names"),
    [
        ([], ["Approved", "Rejected", "Submitted"]),
        (["Approved"], ["Approved"]),
        (["Submitted", "Rejected"], ["Rejected", "Submitted"]),
    ],
)
def test_work_by_status(client, requester, people, statuses, names):
    """Only the statuses asked for, all of them if none is."""
    hit_id = requester.hit(MaxAssignments=3)
    first, second, _ = (people.do(name, hit_id) for name in ("Ann", "Bob", "Cy"))
    client.approve_assignment(AssignmentId=first)
    client.reject_assignment(AssignmentId=second, RequesterFeedback="no")
    work = requester.work(hit_id, AssignmentStatuses=statuses)
    assert [each["AssignmentStatus"] for each in work] == names


@pytest.mark.parametrize("token", ["x", "p1:", "p1:MQ==", "p1:" + "A" * 200, "ñ"])
def test_tokens_that_nobody_gave(client, requester, token):
    """A made-up token is an invalid value."""
    with requester.refused(TOKEN, "ParameterValidationError", "parameter NextToken"):
        client.list_hits(NextToken=token)


@pytest.mark.parametrize("key", [-(10**30), 10**30])
def test_tokens_beyond_every_row(client, requester, key):
    """A token that is well-formed, but no row's, is an invalid value as well."""
    token = paging._token(key, paging._seal("ListHITs", {}))
    with requester.refused(TOKEN, "ParameterValidationError", "parameter NextToken"):
        client.list_hits(NextToken=token)


def test_tokens_of_other_work(client, requester, people):
    """A well-formed token that names no work of the HIT is an invalid value."""
    hit_id, other = requester.hit(), requester.hit()
    people.do("Ann", other)
    with requester.transport.market.reading():
        elsewhere = Assignment.objects.get().pk
    for key in (elsewhere, elsewhere + 1):
        token = paging._token(key, paging._seal("ListAssignmentsForHIT", {"HITId": hit_id}))
        with requester.refused(TOKEN, "ParameterValidationError", "parameter NextToken"):
            client.list_assignments_for_hit(HITId=hit_id, NextToken=token)


def test_tokens_of_other_lists(client, requester, people):
    """A token fits the operation and the filters that it came from."""
    hit_id, other = requester.hit(), requester.hit()
    people.do("Ann", hit_id)
    token = client.list_hits(MaxResults=1)["NextToken"]
    work = client.list_assignments_for_hit(HITId=hit_id)["NextToken"]
    for call, more in [
        (client.list_reviewable_hits, {"NextToken": token}),
        (client.list_assignments_for_hit, {"HITId": other, "NextToken": work}),
        (
            client.list_assignments_for_hit,
            {"HITId": hit_id, "NextToken": work, "AssignmentStatuses": ["Approved"]},
        ),
    ]:
        with requester.refused(TOKEN, "ParameterValidationError"):
            call(**more)
    assert client.list_hits(NextToken=token, MaxResults=100)["NumResults"] == 1
