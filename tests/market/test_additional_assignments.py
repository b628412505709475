"""More assignments for a HIT that is there already."""

from datetime import timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from market.test_concurrency import at_once

INCREASE = "AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease"


def add(client, hit_id, number=1, **more):
    """Ask for more assignments."""
    client.create_additional_assignments_for_hit(
        HITId=hit_id, NumberOfAdditionalAssignments=number, **more
    )


def test_a_hit_on_offer(client, requester):
    """MaxAssignments and what is available grow, and reward and fee of the new ones are held."""
    hit_id = requester.hit(MaxAssignments=2)
    add(client, hit_id, 3)
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 5
    assert requester.state(hit_id) == ("Assignable", 5, 0, 0)
    assert requester.money() == ("9999.40", "0.60")


@pytest.mark.parametrize("status", ["Unassignable", "Reviewable", "Reviewing"])
def test_a_hit_without_free_assignments(client, requester, people, status):
    """A HIT that is taken or done is offered again, and a new worker can accept it."""
    hit_id = requester.hit()
    held = people.accept("Ann", hit_id)
    if status != "Unassignable":
        people.submit(held)
    if status == "Reviewing":
        client.update_hit_review_status(HITId=hit_id)
    assert requester.state(hit_id)[0] == status
    add(client, hit_id)
    pending = int(status == "Unassignable")
    assert requester.state(hit_id) == ("Assignable", 1, pending, 0)
    people.do("Bob", hit_id)
    assert len(requester.work(hit_id)) == 2 - pending


def test_an_expired_hit_stays_expired(client, requester, people, market):
    """Nothing is held for it until its expiry is put off, and then all its assignments are."""
    hit_id = requester.hit(MaxAssignments=2)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    add(client, hit_id, 3)
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    assert requester.money() == ("10000.00", "0.00")
    moment = market.clock.now() + timedelta(hours=1)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
    assert requester.state(hit_id) == ("Assignable", 5, 0, 0)
    assert requester.money() == ("9999.40", "0.60")


def test_not_from_below_ten_to_ten(client, requester):
    """The fee of a HIT with ten assignments is another one, so that fewer cannot become ten."""
    hit_id = requester.hit(MaxAssignments=8)
    with requester.refused(INCREASE):
        add(client, hit_id, 2)
    add(client, hit_id, 1)
    with requester.refused(INCREASE):
        add(client, hit_id, 1)
    assert requester.state(hit_id) == ("Assignable", 9, 0, 0)
    add(client, requester.hit(MaxAssignments=10), 5)


def test_a_hit_keeps_its_fee(client, requester):
    """Twelve assignments at 40 % cost what they did apiece, and so do the two that are added."""
    hit_id = requester.hit(MaxAssignments=12)
    add(client, hit_id, 2)
    assert requester.money()[1] == "1.96"


def test_it_needs_funds(client, requester, market):
    """Without funds the HIT stays as it is."""
    hit_id = requester.hit(MaxAssignments=2)
    market.set_balance(Decimal("0.35"))
    with requester.refused("AWS.MechanicalTurk.InsufficientFunds"):
        add(client, hit_id, 3)
    assert requester.state(hit_id) == ("Assignable", 2, 0, 0)
    assert requester.money() == ("0.35", "0.24")


@pytest.mark.parametrize("number", [0, -1, 1_000_000_001])
def test_numbers_that_cannot_be(client, requester, number):
    """One to a thousand million assignments are added."""
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError"):
        add(client, requester.hit(), number)


def test_a_thousand_million_in_all(client, requester, market):
    """A HIT has no more assignments than one could have been made with."""
    hit_id = requester.hit(MaxAssignments=10, Reward="0.00")
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError"):
        add(client, hit_id, 1_000_000_000 - 9)
    market.set_balance(Decimal(10_000_000))
    add(client, hit_id, 1_000_000_000 - 10)
    assert requester.state(hit_id) == ("Assignable", 1_000_000_000, 0, 0)


def test_a_token_adds_once(client, requester, market):
    """The same token is refused for a day, naming itself; a call that failed has not used it."""
    hit_id, token = requester.hit(), {"UniqueRequestToken": "again"}
    with requester.refused(INCREASE):
        add(client, hit_id, 9, **token)
    add(client, hit_id, **token)
    message = 'The idempotency token "again" has already been processed.'
    for other in (hit_id, requester.hit()):
        with requester.refused("AWS.MechanicalTurk.DuplicateRequest", message=message):
            add(client, other, **token)
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 2
    market.clock.advance(timedelta(hours=24))
    add(client, hit_id, **token)
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 3


def test_a_deleted_hit(client, requester):
    """A deleted HIT does not exist."""
    hit_id = requester.hit()
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    client.delete_hit(HITId=hit_id)
    with requester.refused("AWS.MechanicalTurk.HITDoesNotExist"):
        add(client, hit_id)


def test_many_at_once(client, requester):
    """Calls at the same moment add up, in assignments and in money."""
    hit_id = requester.hit(MaxAssignments=10)
    at_once(lambda _: add(client, hit_id, 2))
    assert requester.state(hit_id) == ("Assignable", 42, 0, 0)
    assert requester.money()[1] == "5.88"


def test_one_token_at_once(client, requester):
    """Of calls with one token at the same moment one succeeds."""
    hit_id = requester.hit()

    def attempt(_):
        try:
            add(client, hit_id, UniqueRequestToken="t")
        except ClientError as error:
            return error.response["TurkErrorCode"]
        return None

    answers = at_once(attempt, 8)
    assert sorted(answers, key=str) == ["AWS.MechanicalTurk.DuplicateRequest"] * 7 + [None]
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 2
