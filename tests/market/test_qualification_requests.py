"""How workers come by qualifications: requests, tests, delays, and the owner's decisions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from crowdmake.market.models import Message, QualificationRequest
from crowdmake.market.qualifications import catalogue
from crowdmake.market.workers import Refused
from defusedxml.ElementTree import fromstring

from market.exams import (
    ANSWER_KEY,
    EXAM,
    LABEL,
    OTHER_TEST,
    RIGHT,
    TEST,
    begun,
    handed_in,
    new_type,
    requested,
)
from market.kit import another

PREFIX = "AWS.MechanicalTurk."
ONCE = "only once"


def waiting(client, **filters):
    return client.list_qualification_requests(**filters)["QualificationRequests"]


def score(client, people, type_id, name="Ann"):
    worker_id = people.worker(name).worker_id
    named = {"QualificationTypeId": type_id, "WorkerId": worker_id}
    return client.get_qualification_score(**named)["Qualification"]


def letters(market, people, name="Ann"):
    with market.reading():
        written = Message.objects.filter(worker=people.worker(name)).order_by("pk")
        return [(each.subject, each.text) for each in written]


def test_a_request_waits_for_its_owner(client, people):
    """What has no test and is not granted automatically is listed until it is decided."""
    type_id = new_type(client)
    request = requested(people, "Ann", type_id)
    (shown,) = waiting(client)
    assert shown.pop("SubmitTime")
    assert shown == {
        "QualificationRequestId": request.qualification_request_id,
        "QualificationTypeId": type_id,
        "WorkerId": people.worker("Ann").worker_id,
    }
    client.accept_qualification_request(
        QualificationRequestId=request.qualification_request_id, IntegerValue=5
    )
    assert waiting(client) == []
    assert score(client, people, type_id)["IntegerValue"] == 5


def test_a_grant_without_a_value(client, people):
    """An accepted request without a value is a qualification without one."""
    type_id = new_type(client)
    request = requested(people, "Ann", type_id)
    client.accept_qualification_request(QualificationRequestId=request.qualification_request_id)
    assert "IntegerValue" not in score(client, people, type_id)


def test_automatic_grants(client, people):
    """They are granted at once, with the type's value."""
    type_id = new_type(client, AutoGranted=True, AutoGrantedValue=0)
    assert requested(people, "Ann", type_id).status == "Granted"
    assert waiting(client) == []
    assert score(client, people, type_id)["IntegerValue"] == 0


def test_a_test_without_a_key_waits(client, people):
    """Test and answers are shown to the owner, who decides."""
    type_id = new_type(client, **EXAM)
    requested(people, "Ann", type_id, [("colour", "green"), ("size", "9")])
    (shown,) = waiting(client)
    assert shown["Test"] == TEST
    texts = [each.text for each in fromstring(shown["Answer"]).iter() if each.text]
    assert texts == ["colour", "green", "shape"]


@pytest.mark.parametrize(
    ("answers", "value"),
    [(RIGHT, 7), ([("colour", "red")], 3), ([("shape", "round"), ("colour", "green")], 4), ([], 0)],
)
def test_a_test_with_a_key_is_granted_at_once(client, people, answers, value):
    """The value is what the key makes of the answers."""
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY)
    assert requested(people, "Ann", type_id, answers).status == "Granted"
    assert waiting(client) == []
    assert score(client, people, type_id)["IntegerValue"] == value


def test_the_time_for_a_test(market, client, people):
    """It runs from the beginning, also while the worker looks elsewhere, and then is over."""
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY)
    first = begun(people, "Ann", type_id)
    assert first.deadline - first.submit_time == timedelta(seconds=600)
    assert waiting(client) == []
    market.clock.advance(timedelta(seconds=590))
    assert begun(people, "Ann", type_id).pk == first.pk
    market.clock.advance(timedelta(seconds=20))
    with pytest.raises(Refused, match="time for this test is over"):
        handed_in(people, "Ann", type_id, RIGHT)
    with pytest.raises(Refused, match=ONCE):
        begun(people, "Ann", type_id)


def test_a_test_handed_in_at_the_last_moment(market, client, people):
    """Answers count up to the deadline, and the request is as old as its answers."""
    type_id = new_type(client, **EXAM)
    test = begun(people, "Ann", type_id)
    market.clock.advance(timedelta(seconds=595))
    request = handed_in(people, "Ann", type_id, RIGHT)
    assert request.pk == test.pk
    assert request.submit_time > test.submit_time + timedelta(seconds=590)


def test_an_attempt_that_ran_out(market, client, people):
    """Where retries are allowed, the delay counts from its beginning."""
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY, RetryDelayInSeconds=1000)
    first = begun(people, "Ann", type_id)
    market.clock.advance(timedelta(seconds=700))
    with pytest.raises(Refused, match="again at"):
        begun(people, "Ann", type_id)
    market.clock.advance(timedelta(seconds=300))
    assert begun(people, "Ann", type_id).pk != first.pk
    assert handed_in(people, "Ann", type_id, RIGHT).status == "Granted"


def test_a_test_that_changed_meanwhile(client, people):
    """Answers to the former test wait for the owner, who sees that test."""
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY)
    begun(people, "Ann", type_id)
    client.update_qualification_type(
        QualificationTypeId=type_id, **{**EXAM, "Test": OTHER_TEST}, AnswerKey=ANSWER_KEY
    )
    assert handed_in(people, "Ann", type_id, RIGHT).status == "Pending"
    assert waiting(client)[0]["Test"] == TEST


def test_tests_are_begun_first(client, people):
    """Answers without a test that was begun are refused, and so is a test that is none."""
    exam, plain = new_type(client, **EXAM), new_type(client, Name="Plain")
    for answers in (None, RIGHT):
        with pytest.raises(Refused, match="Begin the test"):
            handed_in(people, "Ann", exam, answers)
    with pytest.raises(Refused, match="has no test"):
        begun(people, "Ann", plain)


def test_one_request_at_a_time(client, people):
    """Who waits for a decision does not request again, with a delay or without."""
    for name, more in (("Plain", {}), ("Retried", {"RetryDelayInSeconds": 0})):
        type_id = new_type(client, Name=name, **more)
        requested(people, "Ann", type_id)
        with pytest.raises(Refused, match="already requested"):
            requested(people, "Ann", type_id)
        requested(people, "Bob", type_id)


def test_one_request_ever(client, people):
    """Without a delay a rejected worker does not request again, nor does a revoked one."""
    type_id = new_type(client)
    for name in ("Ann", "Bob"):
        requested(people, name, type_id)
    first, second = (each["QualificationRequestId"] for each in waiting(client))
    client.reject_qualification_request(QualificationRequestId=first)
    client.accept_qualification_request(QualificationRequestId=second)
    with pytest.raises(Refused, match=ONCE):
        requested(people, "Ann", type_id)
    with pytest.raises(Refused, match="already have"):
        requested(people, "Bob", type_id)
    worker_id = people.worker("Bob").worker_id
    client.disassociate_qualification_from_worker(QualificationTypeId=type_id, WorkerId=worker_id)
    with pytest.raises(Refused, match=ONCE):
        requested(people, "Bob", type_id)


def test_the_delay_of_a_retry(market, client, people):
    """With a delay a rejected worker requests again once it has passed since the request."""
    type_id = new_type(client, RetryDelayInSeconds=3600)
    request = requested(people, "Ann", type_id)
    client.reject_qualification_request(QualificationRequestId=request.qualification_request_id)
    market.clock.advance(timedelta(seconds=3590))
    with pytest.raises(Refused, match=r"again at \d+ \w{3} 20\d\d, \d\d:\d\d:\d\d UTC\."):
        requested(people, "Ann", type_id)
    market.clock.advance(timedelta(seconds=10))
    assert requested(people, "Ann", type_id).pk != request.pk


def test_a_better_score(client, people):
    """A test with a delay may be taken again by who has passed it; the last score counts."""
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY, RetryDelayInSeconds=0)
    requested(people, "Ann", type_id, RIGHT[:1])
    granted = score(client, people, type_id)
    requested(people, "Ann", type_id, RIGHT)
    assert score(client, people, type_id) == {**granted, "IntegerValue": 7}


def test_what_can_be_requested(market, client, people):
    """Workers are offered the active types of all requesters, and nothing else."""
    type_id = new_type(client)
    new_type(client, Name="Idle", QualificationTypeStatus="Inactive")
    client.delete_qualification_type(QualificationTypeId=new_type(client, Name="Gone"))
    new_type(another(market).client)
    with market.reading():
        offered = [(each.requester.name, each.name) for each in catalogue.requestable()]
    assert offered == [("another", LABEL["Name"]), ("local", LABEL["Name"])]
    client.update_qualification_type(
        QualificationTypeId=type_id, QualificationTypeStatus="Inactive"
    )
    with pytest.raises(Refused, match="no longer be requested"):
        requested(people, "Ann", type_id)
    client.delete_qualification_type(QualificationTypeId=type_id)
    with pytest.raises(Refused, match="no longer be requested"):
        requested(people, "Ann", type_id)


def test_requests_in_the_order_of_submission(market, client, requester, people):
    """Pages go from the oldest answers to the newest, whenever their tests were begun."""
    exam, plain = new_type(client, **EXAM), new_type(client, Name="Plain")
    begun(people, "Ann", exam)
    market.clock.advance(timedelta(seconds=5))
    for name in ("Bob", "Cem"):
        requested(people, name, plain)
    market.clock.advance(timedelta(seconds=5))
    handed_in(people, "Ann", exam, RIGHT)
    expected = [people.worker(name).worker_id for name in ("Bob", "Cem", "Ann")]
    pages = client.get_paginator("list_qualification_requests").paginate(
        PaginationConfig={"PageSize": 2}
    )
    found = [each["WorkerId"] for page in pages for each in page["QualificationRequests"]]
    assert found == expected
    of_one = waiting(client, QualificationTypeId=plain)
    assert [each["WorkerId"] for each in of_one] == expected[:2]


def test_requests_decided_between_pages(client, people):
    """Accepting each page's requests before the next one is asked for accepts them all."""
    type_id = new_type(client)
    for number in range(5):
        requested(people, f"Worker {number}", type_id)
    pages = client.get_paginator("list_qualification_requests").paginate(
        PaginationConfig={"PageSize": 2}
    )
    for page in pages:
        for each in page["QualificationRequests"]:
            client.accept_qualification_request(
                QualificationRequestId=each["QualificationRequestId"]
            )
    assert waiting(client) == []
    granted = client.list_workers_with_qualification_type(QualificationTypeId=type_id)
    assert granted["NumResults"] == 5


def test_requests_of_others(market, client, people):
    """Another requester neither sees nor decides on them."""
    other = another(market)
    request_id = requested(people, "Ann", new_type(client)).qualification_request_id
    assert waiting(other.client) == []
    for call in (
        other.client.accept_qualification_request,
        other.client.reject_qualification_request,
    ):
        with other.refused(PREFIX + "QualificationRequestDoesNotExist", message=request_id):
            call(QualificationRequestId=request_id)
    assert len(waiting(client)) == 1


def test_a_running_test_is_no_request_yet(client, requester, people):
    """Nobody decides on a test that is not handed in."""
    test = begun(people, "Ann", new_type(client, **EXAM))
    with requester.refused(PREFIX + "QualificationRequestDoesNotExist"):
        client.accept_qualification_request(QualificationRequestId=test.qualification_request_id)


def test_a_request_is_decided_once(client, requester, people):
    """The second decision is refused, whichever it is."""
    request_id = requested(people, "Ann", new_type(client)).qualification_request_id
    client.reject_qualification_request(QualificationRequestId=request_id)
    for call in (client.accept_qualification_request, client.reject_qualification_request):
        with requester.refused(PREFIX + "InvalidQualificationRequestState"):
            call(QualificationRequestId=request_id)


def test_a_grant_leaves_the_request_waiting(client, people):
    """A later acceptance may change the score that was given meanwhile; a rejection does not."""
    worker_id = people.worker("Ann").worker_id
    for name, decide, value in (
        ("One", client.accept_qualification_request, 8),
        ("Two", client.reject_qualification_request, 3),
    ):
        type_id = new_type(client, Name=name)
        request_id = requested(people, "Ann", type_id).qualification_request_id
        client.associate_qualification_with_worker(
            QualificationTypeId=type_id, WorkerId=worker_id, IntegerValue=3
        )
        assert len(waiting(client)) == 1
        more = {"IntegerValue": 8} if value == 8 else {}
        decide(QualificationRequestId=request_id, **more)
        assert score(client, people, type_id)["IntegerValue"] == value


def test_what_the_worker_is_told(market, client, people):
    """Decisions are written to the worker, with the reason of a rejection."""
    type_id = new_type(client, RetryDelayInSeconds=0)
    first = requested(people, "Ann", type_id).qualification_request_id
    client.reject_qualification_request(QualificationRequestId=first, Reason="Too <few> HITs")
    second = requested(people, "Ann", type_id).qualification_request_id
    client.accept_qualification_request(QualificationRequestId=second)
    assert letters(market, people) == [
        (
            "Your request for a qualification was rejected",
            "Your qualification: Labelling\n\nToo <few> HITs",
        ),
        (
            "You were granted a qualification that you requested",
            "Your qualification: Labelling",
        ),
    ]


def test_many_requests_at_once(market, client, people):
    """A worker who asks in several windows has one request, and one grant."""
    waits, granted = new_type(client), new_type(client, Name="Auto", AutoGranted=True)
    people.worker("Ann")

    def ask(type_id):
        try:
            requested(people, "Ann", type_id)
        except Refused:
            return 0
        finally:
            market.close()
        return 1

    for type_id in (waits, granted):
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(ask, [type_id] * 8)) == 1
    with market.reading():
        assert QualificationRequest.objects.count() == 2
    assert score(client, people, granted)["IntegerValue"] == 1
