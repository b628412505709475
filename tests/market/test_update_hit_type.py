"""A HIT under another HIT type."""

from decimal import Decimal

import pytest

from market.kit import TYPE
from market.test_concurrency import at_once

STATE = "AWS.MechanicalTurk.InvalidHITState"
MASTERS = [{"QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Comparator": "Exists"}]


@pytest.fixture
def change(client):
    """What gives a HIT a type with other properties, and returns the type's id."""

    def change_to(hit_id, **properties):
        hit_type_id = client.create_hit_type(**{**TYPE, **properties})["HITTypeId"]
        client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=hit_type_id)
        return hit_type_id

    return change_to


def test_the_properties_are_the_new_types(client, requester, change):
    """Title, reward, times and group are those of the new type; the HIT's own stay."""
    hit_id = requester.hit(RequesterAnnotation="mine")
    before = client.get_hit(HITId=hit_id)["HIT"]
    hit_type_id = change(hit_id, Title="Better", Reward="0.20", AutoApprovalDelayInSeconds=60)
    after = client.get_hit(HITId=hit_id)["HIT"]
    assert after["HITTypeId"] == hit_type_id
    assert after["HITGroupId"] != before["HITGroupId"]
    assert (after["Title"], after["Reward"]) == ("Better", "0.20")
    assert after["AutoApprovalDelayInSeconds"] == 60
    for name in ("HITId", "Question", "Expiration", "RequesterAnnotation", "CreationTime"):
        assert after[name] == before[name]
    listed = client.list_reviewable_hits(HITTypeId=before["HITTypeId"])
    assert listed["NumResults"] == 0


@pytest.mark.parametrize(
    ("properties", "held"),
    [
        ({"Reward": "0.20"}, "0.72"),
        ({"Reward": "0.01"}, "0.06"),
        ({"QualificationRequirements": MASTERS, "Reward": "1.00"}, "3.75"),
        ({"Title": "As dear as before"}, "0.36"),
    ],
)
def test_what_is_held_follows(requester, change, properties, held):
    """Reward and fee of all assignments on offer are held anew."""
    hit_id = requester.hit(MaxAssignments=3)
    change(hit_id, **properties)
    available = Decimal(10000) - Decimal(held)
    assert requester.money() == (f"{available:.2f}", held)


def test_approval_pays_the_new_reward(client, requester, people, change):
    """What a worker gets is the reward of the type under which the work was accepted."""
    hit_id = requester.hit()
    change(hit_id, Reward="0.50")
    client.approve_assignment(AssignmentId=people.do("Ann", hit_id))
    assert requester.money() == ("9999.40", "0.00")


def test_it_needs_funds(client, requester, change, market):
    """Without funds for the new reward the HIT keeps its type and what is held for it."""
    hit_id = requester.hit(MaxAssignments=2)
    before = client.get_hit(HITId=hit_id)["HIT"]
    market.set_balance(Decimal("0.23"))
    with requester.refused("AWS.MechanicalTurk.InsufficientFunds"):
        change(hit_id, Reward="0.20")
    assert client.get_hit(HITId=hit_id)["HIT"] == before
    assert requester.money() == ("0.23", "0.24")
    market.set_balance(Decimal("0.24"))
    change(hit_id, Reward="0.20")
    assert requester.money() == ("0.00", "0.48")


@pytest.mark.parametrize("done", [False, True])
def test_not_once_work_has_begun(requester, people, change, done):
    """A HIT keeps its type as soon as a worker has accepted it, and after submission."""
    hit_id = requester.hit(MaxAssignments=2)
    held = people.accept("Ann", hit_id)
    if done:
        people.submit(held)
    with requester.refused(STATE, message="1 of its assignments"):
        change(hit_id, Title="Better")


def test_after_the_work_was_returned(client, requester, people, change):
    """Where nobody holds or submitted anything any more, the type can change again."""
    hit_id = requester.hit()
    people.give_back(people.accept("Ann", hit_id))
    change(hit_id, Title="Better")
    assert client.get_hit(HITId=hit_id)["HIT"]["Title"] == "Better"


def test_an_expired_hit(client, requester, change):
    """Nothing is held for an expired HIT, also under a dearer type."""
    hit_id = requester.hit()
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    change(hit_id, Reward="9.00")
    assert requester.money() == ("10000.00", "0.00")


def test_the_same_type_again(client, requester):
    """A HIT can be given the type that it has."""
    hit_id = requester.hit()
    hit_type_id = client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"]
    client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=hit_type_id)
    assert requester.money() == ("9999.88", "0.12")


def test_while_others_change_the_hit(client, requester):
    """A HIT that is given another type meanwhile is found all the same, and the money is exact."""
    hit_id = requester.hit(MaxAssignments=10)
    rewards = ["0.10", "0.20"]
    types = [client.create_hit_type(**{**TYPE, "Reward": each})["HITTypeId"] for each in rewards]

    def act(number):
        for turn in range(10):
            if number % 2:
                hit_type_id = types[(number // 2 + turn) % 2]
                client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=hit_type_id)
            else:
                client.create_additional_assignments_for_hit(
                    HITId=hit_id, NumberOfAdditionalAssignments=1
                )

    at_once(act, 8)
    cost = {"0.10": Decimal("0.14"), "0.20": Decimal("0.28")}
    reward = client.get_hit(HITId=hit_id)["HIT"]["Reward"]
    assert requester.state(hit_id) == ("Assignable", 50, 0, 0)
    assert Decimal(requester.money()[1]) == 50 * cost[reward]


def test_what_there_is_not(client, requester, change):
    """HIT and HIT type have to exist; a deleted HIT does not."""
    hit_id = requester.hit()
    with requester.refused("AWS.MechanicalTurk.HITTypeDoesNotExist"):
        client.update_hit_type_of_hit(HITId=hit_id, HITTypeId="3NONE")
    with requester.refused("AWS.MechanicalTurk.HITDoesNotExist"):
        change("3NONE")
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    client.delete_hit(HITId=hit_id)
    with requester.refused("AWS.MechanicalTurk.HITDoesNotExist"):
        change(hit_id)
