"""What HITs cost, and where the money is meanwhile."""

from datetime import timedelta
from decimal import Decimal

import pytest
from crowdmake.market.embedded import open_market

from market.kit import PROPERTIES, Requester

FUNDS = "AWS.MechanicalTurk.InsufficientFunds"
MASTERS = [{"QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Comparator": "Exists"}]


def test_a_new_account(requester):
    """The one requester starts with play money."""
    assert requester.money() == ("10000.00", "0.00")


@pytest.mark.parametrize(
    ("reward", "assignments", "masters", "held"),
    [
        ("0.10", 1, False, "0.12"),
        ("1.10", 2, False, "2.64"),
        ("0.01", 3, False, "0.06"),
        ("0.12", 1, False, "0.14"),
        ("0.13", 1, False, "0.16"),
        ("0.10", 9, False, "1.08"),
        ("0.10", 10, False, "1.40"),
        ("1.00", 1, True, "1.25"),
        ("0.10", 1, True, "0.13"),
        ("1.00", 10, True, "14.50"),
        ("0.00", 4, False, "0.04"),
    ],
)
def test_what_a_hit_holds(requester, reward, assignments, masters, held):
    """Reward and fee of every assignment, the fee rounded half up and at least a cent."""
    more = {"QualificationRequirements": MASTERS} if masters else {}
    requester.hit(Reward=reward, MaxAssignments=assignments, **more)
    available = Decimal(10000) - Decimal(held)
    assert requester.money() == (f"{available:.2f}", held)


def test_approval_pays(client, requester, people):
    """What was held for the assignment is gone, the rest stays held."""
    hit_id = requester.hit(MaxAssignments=3)
    client.approve_assignment(AssignmentId=people.do("Ann", hit_id))
    assert requester.money() == ("9999.64", "0.24")


def test_rejection_releases(client, requester, people):
    """What was held for the assignment is available again; an override pays it after all."""
    hit_id = requester.hit(MaxAssignments=3)
    assignment_id = people.do("Ann", hit_id)
    client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    assert requester.money() == ("9999.76", "0.24")
    client.approve_assignment(AssignmentId=assignment_id, OverrideRejection=True)
    assert requester.money() == ("9999.64", "0.24")


def test_an_override_needs_funds(client, requester, people, market):
    """Without funds a rejection stands, and everything else is as before."""
    assignment_id = people.do("Ann", requester.hit())
    client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    market.set_balance(Decimal("0.11"))
    with requester.refused(FUNDS):
        client.approve_assignment(AssignmentId=assignment_id, OverrideRejection=True)
    shown = client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert shown["AssignmentStatus"] == "Rejected"
    assert requester.money() == ("0.11", "0.00")


def test_automatic_approval_pays(requester, people, market):
    """At the end of the delay, or at once without one."""
    later = requester.hit(AutoApprovalDelayInSeconds=60, MaxAssignments=2)
    people.do("Ann", requester.hit(AutoApprovalDelayInSeconds=0))
    people.do("Ann", later)
    people.do("Bob", later)
    assert requester.money() == ("9999.64", "0.24")
    market.clock.advance(timedelta(seconds=61))
    assert requester.money() == ("9999.64", "0.00")


@pytest.mark.parametrize("how", ["lifetime", "request"])
def test_expiry_releases_what_was_not_used(client, requester, people, market, how):
    """Work in progress and work not yet decided stay covered."""
    hit_id = requester.hit(MaxAssignments=5, AssignmentDurationInSeconds=7200)
    people.do("Ann", hit_id)
    held = [people.accept(name, hit_id) for name in ("Bob", "Cy", "Di")]
    if how == "lifetime":
        market.clock.advance(timedelta(seconds=3601))
    else:
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert requester.money() == ("9999.52", "0.48")
    people.give_back(held[0])
    assert requester.money() == ("9999.64", "0.36")
    market.clock.advance(timedelta(hours=2))
    assert requester.money() == ("9999.88", "0.12")


def test_an_extension_holds_again(client, requester, market):
    """An expired HIT that comes back has to be covered; without funds it stays expired."""
    hit_id = requester.hit(MaxAssignments=5)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert requester.money() == ("10000.00", "0.00")
    moment = market.clock.now() + timedelta(hours=1)
    market.set_balance(Decimal("0.59"))
    with requester.refused(FUNDS):
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    market.set_balance(Decimal("0.60"))
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
    assert requester.money() == ("0.00", "0.60")


def test_deletion_leaves_nothing_held(client, requester, people):
    """After the last decision and the deletion no money is held."""
    hit_id = requester.hit(MaxAssignments=3)
    client.approve_assignment(AssignmentId=people.do("Ann", hit_id))
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    client.delete_hit(HITId=hit_id)
    assert requester.money() == ("9999.88", "0.00")


def test_a_hit_needs_funds(client, requester, market):
    """To the cent; and a HIT that was refused is not there."""
    market.set_balance(Decimal("0.35"))
    with requester.refused(FUNDS, message="insufficient funds"):
        requester.hit(MaxAssignments=3)
    assert client.list_hits()["NumResults"] == 0
    market.set_balance(Decimal("0.36"))
    requester.hit(MaxAssignments=3)
    assert requester.money() == ("0.00", "0.36")


@pytest.mark.parametrize("amount", [Decimal("-0.01"), Decimal("0.005")])
def test_balances_that_cannot_be(market, amount):
    """A balance is not below zero and has no parts of a cent."""
    with pytest.raises(ValueError, match=r"cent|at least 0"):
        market.set_balance(amount)


@pytest.mark.parametrize(
    ("fees", "held"),
    [("none", "1.00"), (Decimal("0.05"), "1.10"), (Decimal("0.049"), "1.00"), ("0.2", "1.20")],
)
def test_other_fees(path, transport, session_client, fees, held):
    """A market may charge nothing, or a rate of the reward without a minimum."""
    transport.market = open_market(path, fees=fees)
    requester = Requester(session_client, transport)
    requester.hit(MaxAssignments=10)
    assert requester.money()[1] == held


@pytest.mark.parametrize("fees", ["free", Decimal(-1), Decimal("NaN"), Decimal(101)])
def test_fees_that_cannot_be(path, fees):
    """Anything that is no fee is refused when the market is opened."""
    with pytest.raises(ValueError, match="expected"):
        open_market(path, fees=fees)


def test_a_hit_keeps_its_fee(location, transport, requester, people, client):
    """New fees hold for new HITs only, and are remembered by the market."""
    hit_id = requester.hit(MaxAssignments=2)
    transport.market = open_market(location, fees="none")
    client.approve_assignment(AssignmentId=people.do("Ann", hit_id))
    assert requester.money() == ("9999.76", "0.12")
    client.create_hit(**PROPERTIES)
    assert requester.money() == ("9999.66", "0.22")
