"""Bonuses: paid once, with their fee, and listed."""

from datetime import timedelta
from decimal import Decimal
from time import time

import pytest
from botocore.exceptions import ClientError
from crowdmake.market.embedded import open_market
from crowdmake.market.fees import bonus_fee_cents
from hypothesis import given
from hypothesis import strategies as st

from market.test_concurrency import at_once

UNKNOWN = "AWS.MechanicalTurk.AssignmentDoesNotExist"
DUPLICATE = "AWS.MechanicalTurk.DuplicateRequest"
VALUE = ("AWS.MechanicalTurk.InvalidParameterValue", "ParameterValidationError")
RANGE = ("AWS.ParameterOutOfRange", "ParameterValidationError")
MISSING = ("AWS.MissingParameters", "ParameterValidationError")


@pytest.fixture
def done(requester, people):
    """Ann's submitted work and who she is, as a bonus names them; nothing is held any more."""
    assignment_id = people.do("Ann", requester.hit(Reward="0.00", AutoApprovalDelayInSeconds=0))
    work = requester.client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    return {"AssignmentId": assignment_id, "WorkerId": work["WorkerId"]}


def pay(client, done, amount="1.00", **more):
    """Send a bonus."""
    client.send_bonus(**{**done, "BonusAmount": amount, "Reason": "Well done", **more})


@pytest.mark.parametrize(
    ("amount", "left"),
    [("1.00", "9998.79"), ("0.01", "9999.97"), ("0.12", "9999.85"), ("0.13", "9999.83")],
)
def test_a_bonus_is_paid_at_once(client, requester, done, amount, left):
    """The amount and 20 % of it, rounded half up and at least a cent, leave what is available."""
    pay(client, done, amount)
    assert requester.money() == (left, "0.00")


@pytest.mark.parametrize(
    ("policy", "cents", "fee"),
    [("none", 100, 0), ("0.1", 105, 11), ("0.1", 4, 0), ("amazon", 1, 1), ("amazon", 105, 21)],
)
def test_fees(policy, cents, fee):
    """Each fee policy has its own; only Amazon's has a least one."""
    assert bonus_fee_cents(policy, cents) == fee


@given(st.integers(1, 10**8))
def test_amazons_fee(cents):
    """It is a fifth to within half a cent, and at least a cent."""
    fee = bonus_fee_cents("amazon", cents)
    assert fee >= 1
    assert fee == 1 or abs(5 * fee - cents) * 2 <= 5


def test_no_further_fee_for_many_assignments(client, requester, people):
    """A bonus for a HIT with ten assignments costs 20 % like any other."""
    hit_id = requester.hit(MaxAssignments=10, Reward="0.00", AutoApprovalDelayInSeconds=0)
    people.do("Ann", hit_id)
    (work,) = requester.work(hit_id)
    before = Decimal(requester.money()[0])
    pay(client, {name: work[name] for name in ("AssignmentId", "WorkerId")})
    assert before - Decimal(requester.money()[0]) == Decimal("1.20")


def test_the_market_may_charge_nothing(location, client, requester, transport, done):
    """Where the operator charges no fees, a bonus costs what it gives."""
    before = Decimal(requester.money()[0])
    transport.use(open_market(location, fees="none"))
    pay(client, done)
    assert before - Decimal(requester.money()[0]) == Decimal("1.00")


@pytest.mark.parametrize("status", ["Submitted", "Approved", "Rejected"])
def test_whatever_was_decided(client, requester, people, status):
    """A bonus can follow submitted, approved and rejected work."""
    hit_id = requester.hit()
    key = {"AssignmentId": people.do("Ann", hit_id)}
    if status == "Approved":
        client.approve_assignment(**key)
    elif status == "Rejected":
        client.reject_assignment(**key, RequesterFeedback="no")
    (work,) = requester.work(hit_id)
    assert work["AssignmentStatus"] == status
    pay(client, {**key, "WorkerId": work["WorkerId"]})
    assert client.list_bonus_payments(HITId=hit_id)["NumResults"] == 1


def test_after_deletion(client, requester, done):
    """The bonuses of a deleted HIT are listed, and more of them can be paid."""
    (hit,) = client.list_hits()["HITs"]
    pay(client, done)
    client.delete_hit(HITId=hit["HITId"])
    pay(client, done, "2.00")
    for key in ({"HITId": hit["HITId"]}, {"AssignmentId": done["AssignmentId"]}):
        found = client.list_bonus_payments(**key)["BonusPayments"]
        assert [each["BonusAmount"] for each in found] == ["1.00", "2.00"]


def test_work_that_nobody_submitted(client, requester, people, done):
    """Accepted and returned work gets no bonus, no more than work that there is not."""
    held = people.accept("Ann", requester.hit())
    with requester.refused(UNKNOWN):
        pay(client, {**done, "AssignmentId": held.assignment_id})
    people.give_back(held)
    with requester.refused(UNKNOWN):
        pay(client, {**done, "AssignmentId": held.assignment_id})
    with requester.refused(UNKNOWN, message="Assignment 3NONE does not exist."):
        pay(client, {**done, "AssignmentId": "3NONE"})


def test_another_worker(client, requester, people, done):
    """Worker and assignment have to belong together."""
    other = people.do("Bob", requester.hit())
    worker = client.get_assignment(AssignmentId=other)["Assignment"]["WorkerId"]
    money = requester.money()
    for wrong in (worker, "A2NOBODY"):
        message = f'The value "{wrong}" is not valid for the parameter WorkerId.'
        with requester.refused(*VALUE, message):
            pay(client, {**done, "WorkerId": wrong})
    assert requester.money() == money


def test_amounts_at_their_limits(client, requester, done, market):
    """A bonus is a cent to a million dollars."""
    market.set_balance(Decimal(2_000_000))
    for amount in ("0.01", "1000000.00"):
        pay(client, done, amount)
    for amount in ("0", "0.00", "1000000.01"):
        with requester.refused(*RANGE, "BonusAmount"):
            pay(client, done, amount)


def test_a_reason_is_needed(client, requester, done):
    """A worker is always told why."""
    with requester.refused(*MISSING, "Reason"):
        pay(client, done, Reason="")
    pay(client, done, Reason="x" * 4096)
    with requester.refused(*RANGE, "Reason"):
        pay(client, done, Reason="x" * 4097)


def test_it_needs_funds(client, requester, done, market):
    """The fee counts; a bonus that was refused is neither paid nor listed."""
    market.set_balance(Decimal("1.19"))
    with requester.refused("AWS.MechanicalTurk.InsufficientFunds"):
        pay(client, done, UniqueRequestToken="t")
    assert requester.money() == ("1.19", "0.00")
    assert client.list_bonus_payments(AssignmentId=done["AssignmentId"])["NumResults"] == 0
    market.set_balance(Decimal("1.20"))
    pay(client, done, UniqueRequestToken="t")
    assert requester.money() == ("0.00", "0.00")


def test_a_token_pays_once(client, requester, done, market):
    """The same token is refused for a day, before anything else is looked at."""
    pay(client, done, UniqueRequestToken="b1")
    message = 'The idempotency token "b1" has already been processed.'
    for more in ({}, {"AssignmentId": "3NONE"}, {"Reason": ""}):
        with requester.refused(DUPLICATE, message=message):
            pay(client, done, **{"UniqueRequestToken": "b1", **more})
    pay(client, done, UniqueRequestToken="b2")
    client.create_additional_assignments_for_hit(
        HITId=client.list_hits()["HITs"][0]["HITId"],
        NumberOfAdditionalAssignments=1,
        UniqueRequestToken="b1",
    )
    market.clock.advance(timedelta(hours=24))
    pay(client, done, UniqueRequestToken="b1")
    assert client.list_bonus_payments(AssignmentId=done["AssignmentId"])["NumResults"] == 3


def test_one_token_at_once(client, requester, done):
    """Of calls with one token at the same moment one pays."""

    def attempt(_):
        try:
            pay(client, done, UniqueRequestToken="t")
        except ClientError as error:
            return error.response["TurkErrorCode"]
        return None

    assert sorted(at_once(attempt, 8), key=str) == [DUPLICATE] * 7 + [None]
    assert requester.money() == ("9998.79", "0.00")


def test_many_at_once(client, requester, done):
    """Bonuses at the same moment are all paid, and the account is not overdrawn."""
    at_once(lambda _: pay(client, done))
    assert requester.money() == ("9980.79", "0.00")


class TestLists:
    """ListBonusPayments."""

    def test_a_payment_is_shown_whole(self, client, done):
        """A bonus is listed with its worker, amount, assignment, reason and time."""
        pay(client, done, "5", Reason="Für <alles>")
        page = client.list_bonus_payments(AssignmentId=done["AssignmentId"])
        (bonus,) = page["BonusPayments"]
        assert page["NumResults"] == 1
        assert abs(bonus.pop("GrantTime").timestamp() - time()) < 60
        assert bonus == {**done, "BonusAmount": "5.00", "Reason": "Für <alles>"}

    def test_of_a_hit_and_of_an_assignment(self, client, requester, people):
        """A HIT's list holds all its workers' bonuses, an assignment's its own."""
        hit_id = requester.hit(MaxAssignments=2)
        for name in ("Ann", "Bob"):
            people.do(name, hit_id)
        for number, work in enumerate(requester.work(hit_id), 1):
            key = {name: work[name] for name in ("AssignmentId", "WorkerId")}
            pay(client, key, f"{number}.00")
            listed = client.list_bonus_payments(AssignmentId=key["AssignmentId"])
            assert [each["BonusAmount"] for each in listed["BonusPayments"]] == [f"{number}.00"]
            both = client.list_bonus_payments(HITId=hit_id, AssignmentId=key["AssignmentId"])
            assert both["BonusPayments"] == listed["BonusPayments"]
        listed = client.list_bonus_payments(HITId=hit_id)["BonusPayments"]
        assert [each["BonusAmount"] for each in listed] == ["1.00", "2.00"]
        other = requester.hit()
        assert client.list_bonus_payments(HITId=other)["NumResults"] == 0
        assert client.list_bonus_payments(HITId=other, **_only(key))["NumResults"] == 0

    def test_pages(self, client, done):
        """Pages follow one another in the order of payment, whatever is paid meanwhile."""
        for number in range(1, 6):
            pay(client, done, f"{number}.00")
        found, token = [], {}
        while True:
            page = client.list_bonus_payments(**_only(done), MaxResults=2, **token)
            found += [each["BonusAmount"] for each in page["BonusPayments"]]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert found == ["1.00", "2.00", "3.00", "4.00", "5.00"]
        paginator = client.get_paginator("list_bonus_payments")
        pages = list(paginator.paginate(**_only(done)))
        assert sum(page["NumResults"] for page in pages) == 5

    def test_what_it_is_asked_for(self, client, requester, done):
        """A HIT or an assignment is named, one that there is, with a token of the same list."""
        with requester.refused(*MISSING, "HITId or AssignmentId"):
            client.list_bonus_payments()
        with requester.refused("AWS.MechanicalTurk.HITDoesNotExist"):
            client.list_bonus_payments(HITId="3NONE")
        with requester.refused(UNKNOWN):
            client.list_bonus_payments(AssignmentId="3NONE")
        pay(client, done)
        token = client.list_bonus_payments(**_only(done))["NextToken"]
        (hit,) = client.list_hits()["HITs"]
        with requester.refused(*VALUE, "NextToken"):
            client.list_bonus_payments(HITId=hit["HITId"], NextToken=token)


def _only(done):
    return {"AssignmentId": done["AssignmentId"]}
