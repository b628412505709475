"""Qualifications that owners give and take."""

from datetime import timedelta

from crowdmake.market.models import Message

from market.exams import LABEL, NOBODY, new_type
from market.kit import another

PREFIX = "AWS.MechanicalTurk."


def named(people, type_id, name="Ann"):
    return {"QualificationTypeId": type_id, "WorkerId": people.worker(name).worker_id}


def grants(client, type_id, **filters):
    found = client.list_workers_with_qualification_type(QualificationTypeId=type_id, **filters)
    return [(each["WorkerId"], each["Status"]) for each in found["Qualifications"]]


def letters(market):
    with market.reading():
        return [(each.subject, each.text) for each in Message.objects.order_by("pk")]


def test_a_grant_is_1_unless_it_is_said(client, people):
    """A grant without a value has the value 1; any 32-bit integer is a value."""
    key = named(people, new_type(client))
    client.associate_qualification_with_worker(**key)
    assert client.get_qualification_score(**key)["Qualification"]["IntegerValue"] == 1
    for value in (0, -(2**31), 2**31 - 1):
        client.associate_qualification_with_worker(**key, IntegerValue=value)
        assert client.get_qualification_score(**key)["Qualification"]["IntegerValue"] == value


def test_a_grant_again_changes_the_value_alone(market, client, people):
    """The time stays that of the grant, until there is one after a revocation."""
    key = named(people, new_type(client))
    client.associate_qualification_with_worker(**key, IntegerValue=1)
    first = client.get_qualification_score(**key)["Qualification"]
    market.clock.advance(timedelta(hours=1))
    client.associate_qualification_with_worker(**key, IntegerValue=2)
    second = client.get_qualification_score(**key)["Qualification"]
    assert second == {**first, "IntegerValue": 2}
    client.disassociate_qualification_from_worker(**key)
    client.associate_qualification_with_worker(**key, IntegerValue=2)
    third = client.get_qualification_score(**key)["Qualification"]
    assert third["GrantTime"] - first["GrantTime"] >= timedelta(hours=1)


def test_revocation(client, requester, people):
    """What was revoked has no score, is listed as revoked, and can be granted again."""
    type_id = new_type(client)
    key = named(people, type_id)
    with requester.refused(
        PREFIX + "QualificationDoesNotExist",
        message="You requested a Qualification that does not exist.",
    ):
        client.get_qualification_score(**key)
    client.associate_qualification_with_worker(**key)
    client.disassociate_qualification_from_worker(**key, Reason="r")
    for call in (client.get_qualification_score, client.disassociate_qualification_from_worker):
        with requester.refused(
            PREFIX + "InvalidQualificationState", message="with a status of: Granted"
        ):
            call(**key)
    assert grants(client, type_id) == []
    assert grants(client, type_id, Status="Revoked") == [(key["WorkerId"], "Revoked")]
    client.associate_qualification_with_worker(**key)
    assert grants(client, type_id) == [(key["WorkerId"], "Granted")]
    assert grants(client, type_id, Status="Revoked") == []


def test_pages_of_grants(client, people):
    """Each worker is listed once, in the order in which workers came to the market."""
    type_id = new_type(client)
    keys = [named(people, type_id, f"Worker {number}") for number in range(5)]
    for key in reversed(keys):
        client.associate_qualification_with_worker(**key)
    found, token = [], {}
    while page := client.list_workers_with_qualification_type(
        QualificationTypeId=type_id, MaxResults=2, **token
    ):
        found += [each["WorkerId"] for each in page["Qualifications"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == [key["WorkerId"] for key in keys]


def test_a_workers_grants_are_the_owners(market, client, requester, people):
    """Another requester neither gives nor takes nor sees them."""
    other = another(market)
    key = named(people, new_type(client))
    client.associate_qualification_with_worker(**key)
    for call in (
        other.client.associate_qualification_with_worker,
        other.client.disassociate_qualification_from_worker,
    ):
        with other.refused(PREFIX + "PermissionDenied"):
            call(**key)
    with other.refused(PREFIX + "QualificationDoesNotExist"):
        other.client.get_qualification_score(**key)
    assert client.get_qualification_score(**key)["Qualification"]["Status"] == "Granted"


def test_workers_have_to_exist(client, requester, people):
    """An id of no worker is a value that the parameter cannot have."""
    key = {**named(people, new_type(client)), "WorkerId": NOBODY}
    for call in (
        client.associate_qualification_with_worker,
        client.disassociate_qualification_from_worker,
        client.get_qualification_score,
    ):
        with requester.refused(
            PREFIX + "InvalidParameterValue",
            "ParameterValidationError",
            f'The value "{NOBODY}" is not valid for the parameter WorkerId.',
        ):
            call(**key)
    with requester.refused(None, "ValidationException", "workerId"):
        client.get_qualification_score(**{**key, "WorkerId": "worker"})


def test_what_the_worker_is_told(market, client, people):
    """A grant is written to the worker unless that is not wished, a revocation always."""
    key = named(people, new_type(client))
    client.associate_qualification_with_worker(**key, SendNotification=False)
    assert letters(market) == []
    client.associate_qualification_with_worker(**key)
    client.disassociate_qualification_from_worker(**key, Reason="You asked for it")
    label = f"Your qualification: {LABEL['Name']}"
    assert letters(market) == [
        ("You were granted a qualification", label),
        ("A qualification of yours was revoked", f"{label}\n\nYou asked for it"),
    ]
