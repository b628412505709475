"""Bonuses."""

from decimal import Decimal

from market.cases import Scene, case
from market.cases.assignments import done
from market.cases.hits import OTHER_PAGE


def bonus(scene: Scene, **more) -> dict[str, str]:
    """Return the parameters of a bonus for submitted work."""
    return {
        "AssignmentId": done(scene),
        "WorkerId": scene.people.worker("Ann").worker_id,
        "BonusAmount": "1.50",
        "Reason": "Well done",
        **more,
    }


@case("SendBonus")
def a_bonus(scene: Scene):
    """The answer is empty, and amount and fee are paid."""
    answer = scene.client.send_bonus(**bonus(scene))
    assert set(answer) == {"ResponseMetadata"}
    assert scene.requester.money() == ("9998.08", "0.12")


@case("SendBonus", "AWS.MissingParameters")
def a_bonus_without_a_reason(scene: Scene):
    """A worker is told why."""
    scene.client.send_bonus(**bonus(scene, Reason=""))


@case("SendBonus", "AWS.ParameterOutOfRange")
def a_bonus_of_nothing(scene: Scene):
    """A bonus is a cent at least."""
    scene.client.send_bonus(**bonus(scene, BonusAmount="0.00"))


@case("SendBonus", "AssignmentDoesNotExist")
def a_bonus_for_no_work(scene: Scene):
    """An id of no assignment is refused."""
    scene.client.send_bonus(**bonus(scene, AssignmentId="3NONE"))


@case("SendBonus", "DuplicateRequest")
def a_bonus_twice(scene: Scene):
    """A token that paid pays nothing again."""
    given = bonus(scene, UniqueRequestToken="t")
    scene.client.send_bonus(**given)
    scene.client.send_bonus(**given)


@case("SendBonus", "InsufficientFunds")
def a_bonus_that_is_not_covered(scene: Scene):
    """Amount and fee have to be there."""
    given = bonus(scene)
    scene.market.set_balance(Decimal("1.79"))
    scene.client.send_bonus(**given)


@case("SendBonus", "InvalidParameterValue")
def a_bonus_for_somebody_else(scene: Scene):
    """The worker is the one who did the work."""
    other = scene.people.worker("Bob").worker_id
    scene.client.send_bonus(**bonus(scene, WorkerId=other))


@case("ListBonusPayments")
def payments(scene: Scene):
    """A bonus is listed as it was sent, with its time."""
    given = bonus(scene)
    scene.client.send_bonus(**given)
    page = scene.client.list_bonus_payments(AssignmentId=given["AssignmentId"])
    (listed,) = page["BonusPayments"]
    assert listed.pop("GrantTime")
    assert listed == given
    assert page["NumResults"] == 1
    assert page["NextToken"]


@case("ListBonusPayments", "AWS.MissingParameters")
def payments_for_anything(scene: Scene):
    """A HIT or an assignment has to be named."""
    scene.client.list_bonus_payments()


@case("ListBonusPayments", "AWS.ParameterOutOfRange")
def too_many_payments_a_page(scene: Scene):
    """A page has 100 bonuses at most."""
    scene.client.list_bonus_payments(HITId=scene.requester.hit(), MaxResults=101)


@case("ListBonusPayments", "AssignmentDoesNotExist")
def payments_for_no_work(scene: Scene):
    """An id of no assignment is refused."""
    scene.client.list_bonus_payments(AssignmentId="3NONE")


@case("ListBonusPayments", "HITDoesNotExist")
def payments_for_no_hit(scene: Scene):
    """An id of no HIT is refused."""
    scene.client.list_bonus_payments(HITId="3NONE")


@case("ListBonusPayments", "InvalidParameterValue")
def a_foreign_token_of_payments(scene: Scene):
    """A token is one that the market made."""
    hit_id = scene.requester.hit()
    scene.client.list_bonus_payments(HITId=hit_id, NextToken=OTHER_PAGE)
