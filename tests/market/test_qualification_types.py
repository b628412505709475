"""Qualification types: what may be made of them, who sees them, what their deletion takes along."""

import pytest
from crowdmake.market.operations import qualification_lists

from market.exams import (
    ADULT,
    ANSWER_KEY,
    EXAM,
    LABEL,
    NO_TYPE,
    OTHER_TEST,
    TEST,
    new_type,
    requested,
)
from market.kit import PROPERTIES, TYPE, another

PREFIX = "AWS.MechanicalTurk."
VALUE = PREFIX + "InvalidParameterValue"
UNKNOWN = PREFIX + "QualificationTypeDoesNotExist"
SYSTEM = [
    "Worker_NumberHITsApproved",
    "Worker_PercentAssignmentsApproved",
    "Worker_Locale",
    "Worker_Adult",
    "Masters",
    "Masters",
]


def needs(type_id, comparator="Exists"):
    return [{"QualificationTypeId": type_id, "Comparator": comparator}]


def shown(client, type_id):
    return client.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]


def update(client, type_id, **changes):
    changed = client.update_qualification_type(QualificationTypeId=type_id, **changes)
    return changed["QualificationType"]


def names(client, **filters):
    found = client.list_qualification_types(
        **{"MustBeRequestable": False, "MaxResults": 100, **filters}
    )
    return [each["Name"] for each in found["QualificationTypes"]]


@pytest.mark.parametrize(
    ("name", "longest"), [("Name", 200), ("Description", 2000), ("Keywords", 1000)]
)
def test_texts_at_their_limits(client, requester, name, longest):
    """A text may be as long as its limit in characters, whatever these are."""
    assert shown(client, new_type(client, **{name: "ñ" * longest}))[name] == "ñ" * longest
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", name):
        new_type(client, **{name: "ñ" * (longest + 1)})


@pytest.mark.parametrize("name", ["Name", "Description", "Test"])
def test_texts_that_cannot_be_empty(client, requester, name):
    """Name, description and test hold at least one character."""
    with requester.refused("AWS.MissingParameters", "ParameterValidationError", name):
        new_type(client, **{**EXAM, name: ""})


@pytest.mark.parametrize(
    ("name", "low"), [("RetryDelayInSeconds", 0), ("TestDurationInSeconds", 1)]
)
def test_durations_at_their_limits(client, requester, name, low):
    """A delay may be nothing and a test takes a second at least; both fit 32 bits."""
    for number, allowed in enumerate((low, 2**31 - 1)):
        made = new_type(client, Name=str(number), **{**EXAM, name: allowed})
        assert shown(client, made)[name] == allowed
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", name):
        new_type(client, **{**EXAM, name: low - 1})
    with requester.refused(None, "SerializationException"):
        new_type(client, **{**EXAM, name: 2**31})


@pytest.mark.parametrize("name", ["Test", "AnswerKey"])
def test_forms_have_65535_bytes_at_most(client, requester, name):
    """Tests and answer keys end where questions do."""
    given = {**EXAM, "AnswerKey": ANSWER_KEY}
    padding = " " * (65535 - len(given[name]))
    new_type(client, **{**given, name: given[name] + padding})
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", name):
        new_type(client, Name="Longer", **{**given, name: given[name] + padding + " "})


def test_a_key_fits_its_test(client, requester):
    """An answer key speaks of the test's own questions."""
    stranger = ANSWER_KEY.replace("shape", "size")
    with requester.refused(VALUE, "ParameterValidationError", "size"):
        new_type(client, **EXAM, AnswerKey=stranger)


def test_what_belongs_together(client, requester):
    """A test has a duration, a key has a test, and what has a test grants nothing by itself."""
    for given, missing in (
        ({"Test": TEST}, "TestDurationInSeconds"),
        ({"AnswerKey": ANSWER_KEY}, "Test"),
        ({"AnswerKey": ANSWER_KEY, "TestDurationInSeconds": 60}, "Test"),
    ):
        with requester.refused("AWS.MissingParameters", "ParameterValidationError", missing):
            new_type(client, **given)
    with requester.refused(VALUE, "ParameterValidationError", "AutoGranted"):
        new_type(client, **EXAM, AutoGranted=True)


def test_a_duration_without_a_test(client):
    """It is not kept for a test that may follow."""
    assert "TestDurationInSeconds" not in shown(client, new_type(client, TestDurationInSeconds=60))


def test_granting_by_itself(client):
    """The value of what is granted automatically is 1 unless another is given, zero too."""
    for number, (given, expected) in enumerate(
        [
            ({"AutoGranted": True}, (True, 1)),
            ({"AutoGranted": True, "AutoGrantedValue": 0}, (True, 0)),
            ({"AutoGranted": True, "AutoGrantedValue": -5}, (True, -5)),
            ({"AutoGranted": False, "AutoGrantedValue": 5}, (False, None)),
            ({"AutoGrantedValue": 5}, (False, None)),
        ]
    ):
        made = shown(client, new_type(client, Name=str(number), **given))
        assert (made["AutoGranted"], made.get("AutoGrantedValue")) == expected


def test_names_are_one_requesters(market, client, requester):
    """A name is unique among a requester's types, and free again once its type is deleted."""
    first = new_type(client)
    message = "You have already created a QualificationType with this name."
    with requester.refused(PREFIX + "QualificationTypeAlreadyExists", message=message):
        new_type(client)
    new_type(another(market).client)
    client.delete_qualification_type(QualificationTypeId=first)
    assert new_type(client) != first


def test_an_update_changes_what_it_names(client):
    """The rest stays; name and keywords always do."""
    type_id = new_type(client, Keywords="k", RetryDelayInSeconds=60, **EXAM, AnswerKey=ANSWER_KEY)
    before = shown(client, type_id)
    assert update(client, type_id) == before
    changes = {
        "Description": "Other",
        "QualificationTypeStatus": "Inactive",
        "RetryDelayInSeconds": 0,
    }
    changed = update(client, type_id, **changes)
    assert changed == {**before, **changes, "IsRequestable": False}
    assert shown(client, type_id) == changed


def test_a_test_is_replaced_as_a_whole(client, requester):
    """A new test comes with its duration, and without a key unless that is given again."""
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY)
    for alone in ({"AnswerKey": ANSWER_KEY}, {"TestDurationInSeconds": 60}):
        with requester.refused("AWS.MissingParameters", "ParameterValidationError", "Test"):
            update(client, type_id, **alone)
    with requester.refused(
        "AWS.MissingParameters", "ParameterValidationError", "TestDurationInSeconds"
    ):
        update(client, type_id, Test=OTHER_TEST)
    changed = update(client, type_id, Test=OTHER_TEST, TestDurationInSeconds=60)
    assert (changed["Test"], changed["TestDurationInSeconds"]) == (OTHER_TEST, 60)
    assert "AnswerKey" not in changed


def test_a_test_and_automatic_granting_exclude_each_other(client, requester):
    """A type is turned from the one to the other by one update, and never back."""
    type_id = new_type(client, AutoGranted=True, AutoGrantedValue=4)
    assert update(client, type_id, AutoGrantedValue=5)["AutoGrantedValue"] == 5
    with requester.refused(VALUE, "ParameterValidationError"):
        update(client, type_id, **EXAM)
    changed = update(client, type_id, **EXAM, AutoGranted=False)
    assert (changed["Test"], changed["AutoGranted"]) == (TEST, False)
    assert "AutoGrantedValue" not in changed
    with requester.refused(VALUE, "ParameterValidationError"):
        update(client, type_id, AutoGranted=True)


def test_a_refused_update_changes_nothing(client, requester):
    """An update is done as a whole or not at all."""
    type_id = new_type(client, **EXAM)
    before = shown(client, type_id)
    with requester.refused(PREFIX + "XMLParseError", "ParameterValidationError"):
        update(client, type_id, Description="Other", Test="<x/>", TestDurationInSeconds=5)
    assert shown(client, type_id) == before


def test_deletion_takes_hit_types_along(client, requester):
    """No further HITs require a deleted type; HITs that do stay as they are."""
    type_id = new_type(client)
    hit_id = requester.hit(QualificationRequirements=needs(type_id))
    hit_type_id = client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"]
    other = client.create_hit_type(**TYPE)["HITTypeId"]
    client.delete_qualification_type(QualificationTypeId=type_id)
    with requester.refused(UNKNOWN):
        requester.hit(QualificationRequirements=needs(type_id))
    content = {"LifetimeInSeconds": 60, "Question": PROPERTIES["Question"]}
    with requester.refused(PREFIX + "HITTypeDoesNotExist"):
        client.create_hit_with_hit_type(HITTypeId=hit_type_id, **content)
    client.create_hit_with_hit_type(HITTypeId=other, **content)
    assert client.get_hit(HITId=hit_id)["HIT"]["QualificationRequirements"]


def test_a_deleted_type_is_gone(client, requester):
    """It is neither shown nor listed nor changed, and deleted but once."""
    type_id = new_type(client)
    client.delete_qualification_type(QualificationTypeId=type_id)
    for call in (
        client.get_qualification_type,
        client.update_qualification_type,
        client.list_workers_with_qualification_type,
        client.list_hits_for_qualification_type,
        client.list_qualification_requests,
    ):
        with requester.refused(UNKNOWN, message=type_id):
            call(QualificationTypeId=type_id)
    assert names(client, MustBeOwnedByCaller=True) == []
    with requester.refused(
        PREFIX + "InvalidQualificationTypeState", message="with a status of: Active,Inactive"
    ):
        client.delete_qualification_type(QualificationTypeId=type_id)


def test_deletion_rejects_what_was_requested(client, requester, people):
    """Requests for a deleted type wait no longer."""
    type_id = new_type(client)
    request_id = requested(people, "Ann", type_id).qualification_request_id
    client.delete_qualification_type(QualificationTypeId=type_id)
    assert client.list_qualification_requests()["NumResults"] == 0
    with requester.refused(PREFIX + "InvalidQualificationRequestState"):
        client.accept_qualification_request(QualificationRequestId=request_id)


def test_what_others_see(market, client, requester):
    """Others see a type while it is active, without its test and key, and change nothing."""
    other = another(market)
    type_id = new_type(client, **EXAM, AnswerKey=ANSWER_KEY)
    hidden = {"Test", "AnswerKey"}
    seen = shown(other.client, type_id)
    assert seen == {
        name: value for name, value in shown(client, type_id).items() if name not in hidden
    }
    assert names(other.client, MustBeRequestable=True) == [LABEL["Name"]]
    assert names(other.client, MustBeRequestable=True, MustBeOwnedByCaller=True) == []
    for call in (
        other.client.update_qualification_type,
        other.client.delete_qualification_type,
        other.client.list_workers_with_qualification_type,
        other.client.list_qualification_requests,
    ):
        with other.refused(PREFIX + "PermissionDenied"):
            call(QualificationTypeId=type_id)
    update(client, type_id, QualificationTypeStatus="Inactive")
    with other.refused(UNKNOWN):
        shown(other.client, type_id)
    assert names(other.client, MustBeRequestable=True) == []
    assert shown(client, type_id)["QualificationTypeStatus"] == "Inactive"


def test_requiring_anothers_type(market, client):
    """Another's active type can be required; its deletion ends that for everyone."""
    other = another(market)
    type_id = new_type(client)
    other.hit(QualificationRequirements=needs(type_id))
    update(client, type_id, QualificationTypeStatus="Inactive")
    with other.refused(UNKNOWN):
        other.hit(QualificationRequirements=needs(type_id))
    update(client, type_id, QualificationTypeStatus="Active")
    client.delete_qualification_type(QualificationTypeId=type_id)
    with other.refused(UNKNOWN):
        other.hit(QualificationRequirements=needs(type_id))


def test_requiring_a_type_of_ones_own(client, requester):
    """A requester's type is required while it is active."""
    type_id = new_type(client)
    hit_id = requester.hit(QualificationRequirements=needs(type_id))
    (requirement,) = client.get_hit(HITId=hit_id)["HIT"]["QualificationRequirements"]
    assert requirement["QualificationTypeId"] == type_id
    negative = {**needs(type_id, "GreaterThan")[0], "IntegerValues": [-7]}
    requester.hit(QualificationRequirements=[negative])
    update(client, type_id, QualificationTypeStatus="Inactive")
    with requester.refused(
        PREFIX + "InvalidQualificationTypeState", message="with a status of: Active"
    ):
        requester.hit(QualificationRequirements=needs(type_id))


def test_lists_of_types(client):
    """Types are listed from the newest to the oldest, and the system's last."""
    for name in ("One", "Two", "Three"):
        new_type(client, Name=name)
    new_type(client, Name="Idle", QualificationTypeStatus="Inactive")
    assert names(client) == ["Idle", "Three", "Two", "One", *SYSTEM]
    assert names(client, MustBeOwnedByCaller=True) == ["Idle", "Three", "Two", "One"]
    assert names(client, MustBeRequestable=True) == ["Three", "Two", "One"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cats", ["Cats"]),
        ("CATS", ["Cats"]),
        ("animal", ["Dogs", "Cats"]),
        ("bark animal", ["Dogs"]),
        ("  ", ["Dogs", "Cats", *SYSTEM]),
        ("%", []),
        ("_", [each for each in SYSTEM if "_" in each]),
        ("locale", ["Worker_Locale"]),
    ],
)
def test_searching_for_types(client, query, found):
    """Each word of a query is found in the name, the keywords or the description."""
    new_type(client, Name="Cats", Keywords="animal, purr")
    new_type(client, Name="Dogs", Description="An animal that barks")
    assert names(client, Query=query) == found


def test_a_query_is_short(client, requester):
    """A query has 200 characters at most, all of them words of their own if need be."""
    assert names(client, Query="q " * 100) == []
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", "Query"):
        names(client, Query="q " * 101)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_of_types(client, size):
    """Pages hold each type once, the requester's and the system's."""
    for name in ("One", "Two", "Three"):
        new_type(client, Name=name)
    pages = client.get_paginator("list_qualification_types").paginate(
        MustBeRequestable=False, PaginationConfig={"PageSize": size}
    )
    listed = [each["Name"] for page in pages for each in page["QualificationTypes"]]
    assert listed == ["Three", "Two", "One", *SYSTEM]


def test_the_systems_types(client, requester):
    """They are shown to everyone, and are nobody's to request, change or grant."""
    adult = shown(client, ADULT)
    assert (adult["Name"], adult["IsRequestable"]) == ("Worker_Adult", False)
    with requester.refused(PREFIX + "PermissionDenied"):
        update(client, ADULT, Description="x")


def test_hits_that_require_a_type(market, client, requester):
    """A requester's own HITs are listed that require a type, the newest first."""
    other = another(market)
    type_id, unused = new_type(client), new_type(client, Name="Unused")
    both = [*needs(type_id), *needs(ADULT)]
    first = requester.hit(QualificationRequirements=needs(type_id))
    requester.hit()
    second = requester.hit(QualificationRequirements=both, Title="Both")
    third = requester.hit(QualificationRequirements=needs(type_id))
    gone = requester.hit(QualificationRequirements=needs(type_id))
    client.update_expiration_for_hit(HITId=gone, ExpireAt=0)
    client.delete_hit(HITId=gone)
    theirs = other.hit(QualificationRequirements=needs(type_id))

    def hits(each, wanted, **paging):
        found = each.list_hits_for_qualification_type(QualificationTypeId=wanted, **paging)
        return [hit["HITId"] for hit in found["HITs"]], found.get("NextToken")

    assert hits(client, type_id)[0] == [third, second, first]
    assert hits(client, ADULT)[0] == [second]
    assert hits(client, unused)[0] == []
    assert hits(other.client, type_id)[0] == [theirs]
    page, token = hits(client, type_id, MaxResults=2)
    assert page == [third, second]
    assert hits(client, type_id, MaxResults=2, NextToken=token)[0] == [first]
    with requester.refused(UNKNOWN):
        hits(client, NO_TYPE)


def test_hits_of_many_types_that_require_one(client, requester, monkeypatch):
    """The list is the same whether few or many HIT types require the qualification."""
    type_id = new_type(client)
    hits = [
        requester.hit(QualificationRequirements=needs(type_id), Title=f"Title {number % 3}")
        for number in range(7)
    ]
    for few in (100, 2):
        monkeypatch.setattr(qualification_lists, "FEW", few)
        pages = client.get_paginator("list_hits_for_qualification_type").paginate(
            QualificationTypeId=type_id, PaginationConfig={"PageSize": 3}
        )
        found = [each["HITId"] for page in pages for each in page["HITs"]]
        assert found == hits[::-1]
