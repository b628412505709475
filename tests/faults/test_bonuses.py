"""Bonuses through crashes, lost answers and markets that do not tell: paid once or not at all."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from crowdmake.client import in_process
from crowdmake.exceptions import UserError
from crowdmake.money.spending import Spending
from crowdmake.reviewing import bonuses
from crowdmake.reviewing.bonus_lines import Bonus
from faults.scenes import (
    HITS,
    WORKERS,
    Crash,
    Elsewhere,
    Lossy,
    Scene,
    crash_everywhere,
    crashing,
    prepared,
)

REASON = "Careful work"
EACH = Decimal("0.50")
COST = HITS * len(WORKERS) * Decimal("0.60")


def _wanted(scene, amount=EACH, purpose="bonus"):
    return [Bonus(name, purpose, amount, REASON) for name in scene.batch.read().assignments()]


def _payer(scene, client, limit="100"):
    spending = Spending("local", limit, scene.folder)
    return bonuses.Payer(client, scene.batch, "faults", "amazon", spending, print)


def _pay(scene, client):
    return bonuses.pay(_payer(scene, client), _wanted(scene))


def _listed(scene):
    """Return how much the market lists for each assignment."""
    client = in_process(scene.market)
    return {
        name: [
            payment["BonusAmount"]
            for payment in client.list_bonus_payments(AssignmentId=name)["BonusPayments"]
        ]
        for name in scene.batch.read().assignments()
    }


def _once(scene):
    """Check that every assignment has its bonus once, in the ledgers and on the market."""
    assert set(map(tuple, _listed(scene).values())) == {("0.50",)}
    assert len(scene.batch.bonuses()) == HITS * len(WORKERS)
    assert scene.batch.outline().done("bonus")
    assert scene.spending.committed() == HITS * Decimal("0.12") + COST


@pytest.fixture
def scene(tmp_path):
    """Return a scene whose answers are saved."""
    return prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)("scene")


def test_crashes(monkeypatch, tmp_path):
    """A payment that crashes at any append ends, when run again, with each bonus paid once."""
    prepare = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)
    assert crash_everywhere(monkeypatch, prepare, _pay, _once) >= 2 * HITS * len(WORKERS)


def test_lost_answers(scene):
    """Where the market's answers are lost, botocore's repeats pay nothing twice."""
    lossy = in_process(Lossy(scene.market, "SendBonus", every=2))
    assert _pay(scene, lossy) == HITS * len(WORKERS)
    _once(scene)
    assert _pay(scene, lossy) == 0


def _interrupted(monkeypatch, scene):
    """Pay, and crash when the first bonus is on the market and its receipt is not written."""
    with monkeypatch.context() as patch:
        monkeypatch.setattr("crowdmake.calls.CALLS_IN_FLIGHT", 1)
        crashing(patch, 3, after=False)
        with pytest.raises(Crash):
            _pay(scene, in_process(scene.market))
    assert sum(map(len, _listed(scene).values())) == 1
    assert not scene.batch.bonuses()
    (name,) = scene.batch.outline().payments
    return name


@pytest.mark.parametrize("hours", [0, 25])
def test_a_file_edited_after_a_crash(monkeypatch, scene, hours, capsys):
    """A payment that was cut off keeps its amount, and a line removed since is still receipted."""
    name = _interrupted(monkeypatch, scene)
    scene.market.clock.advance(timedelta(hours=hours))
    client = in_process(scene.market)
    assert bonuses.pay(_payer(scene, client), []) == 0
    assert list(scene.batch.bonuses()) == [name]
    assert bonuses.pay(_payer(scene, client), _wanted(scene, Decimal("0.70"))) == 5
    assert f"left so: {name[0]} (0.50 USD)" in capsys.readouterr().out
    assert sorted(_listed(scene).values()) == [["0.50"], *[["0.70"]] * 5]


def test_a_token_tells_before_the_list_does(monkeypatch, scene):
    """On a market that remembers the token, a repeat is told of the payment and pays nothing."""
    _interrupted(monkeypatch, scene)
    monkeypatch.setattr("crowdmake.reviewing.bonuses.LOCAL", "not the endpoint of this test")
    _pay(scene, in_process(scene.market))
    _once(scene)


def test_after_a_day_the_list_tells(monkeypatch, scene):
    """Where the market has forgotten the token, what was cut off is found in its list, not repeated."""
    _interrupted(monkeypatch, scene)
    scene.market.clock.advance(timedelta(hours=25))
    monkeypatch.setattr("crowdmake.reviewing.bonuses.LOCAL", "not the endpoint of this test")
    monkeypatch.setattr("crowdmake.reviewing.bonuses.forgotten", lambda _intent: True)
    assert _pay(scene, in_process(scene.market)) == HITS * len(WORKERS) - 1
    _once(scene)


def test_a_market_that_cannot_tell_is_not_asked_to_pay_again(monkeypatch, scene, capsys):
    """With credentials that see none of our assignments, what was cut off is not repeated."""
    name = _interrupted(monkeypatch, scene)
    with pytest.raises(UserError) as caught:
        _pay(scene, in_process(Elsewhere(scene.market)))
    assert len(caught.value.lines) == HITS * len(WORKERS) - 1
    assert "the market does not show" in capsys.readouterr().out
    assert name in scene.batch.outline().payments


def test_an_equal_payment_of_another_reason(monkeypatch, scene, capsys):
    """A payment that was cut off and a listed one of the same amount for another reason: a person decides."""
    client = in_process(scene.market)
    (first, *_) = _wanted(scene)
    worker = scene.batch.read().assignments()[first.assignment_id]["worker_id"]

    class Down:
        def respond(self, headers, body):
            if b"Reason" in body:
                return 500, {"Content-Type": "application/x-amz-json-1.1"}, b"{}"
            return scene.market.respond(headers, body)

    with pytest.raises(ClientError):
        bonuses.pay(_payer(scene, in_process(Down())), [first])
    client.send_bonus(
        WorkerId=worker, AssignmentId=first.assignment_id, BonusAmount="0.50", Reason="Mine"
    )
    assert bonuses.pay(_payer(scene, client), [first]) == 0
    assert "the market does not show" in capsys.readouterr().out
    assert _listed(scene)[first.assignment_id] == ["0.50"]
    again = Bonus(first.assignment_id, "again", EACH, REASON)
    assert bonuses.pay(_payer(scene, client), [again]) == 1


def test_past_the_budget_nothing_is_paid(scene):
    """Bonuses that pass the budget are refused together, with what would fit."""
    with pytest.raises(UserError) as caught:
        bonuses.pay(_payer(scene, in_process(scene.market), "2"), _wanted(scene))
    assert caught.value.lines == (
        "budget.max_usd: paying 6 bonus payments needs 3.60 USD, 1.64 USD is left of 2.00 USD:"
        " 2 would fit; nothing was paid",
    )
    assert not scene.batch.bonuses()


def test_past_the_account_the_rest_waits(monkeypatch, scene):
    """Where the account runs dry, what it held is paid, and the rest by the next run, each once."""
    monkeypatch.setattr("crowdmake.calls.CALLS_IN_FLIGHT", 1)
    scene.market.set_balance(Decimal("1.00"))
    with pytest.raises(UserError, match=r"SendBonus was refused: .*insufficient funds"):
        _pay(scene, in_process(scene.market))
    assert len(scene.batch.bonuses()) == 1
    scene.market.set_balance(Decimal("10"))
    assert _pay(scene, in_process(scene.market)) == HITS * len(WORKERS) - 1
    _once(scene)


def test_a_refused_bonus_stops_no_other_and_is_free_again(scene):
    """A bonus that the market refuses is named, costs nothing, and can be paid later."""
    wanted = _wanted(scene)

    class Market:
        def respond(self, headers, body):
            if wanted[0].assignment_id.encode() in body and b"Reason" in body:
                body = body.replace(b'"WorkerId": "A', b'"WorkerId": "AX')
            return scene.market.respond(headers, body)

    with pytest.raises(UserError, match=f"bonus for assignment {wanted[0].assignment_id} of b"):
        bonuses.pay(_payer(scene, in_process(Market())), wanted)
    assert len(scene.batch.bonuses()) == len(wanted) - 1
    assert not scene.batch.outline().payments
    committed = HITS * Decimal("0.12") + (len(wanted) - 1) * Decimal("0.60")
    assert scene.spending.committed() == committed
    assert bonuses.pay(_payer(scene, in_process(scene.market)), wanted) == 1
    _once(scene)


def test_two_purposes(scene):
    """One assignment is paid once for each purpose, also where amount and reason are the same."""
    client = in_process(scene.market)
    both = [*_wanted(scene), *_wanted(scene, purpose="speed")]
    for paid in (len(both), 0):
        assert bonuses.pay(_payer(scene, client), both) == paid
    assert set(map(tuple, _listed(scene).values())) == {("0.50", "0.50")}


def test_money_for_lines_that_were_edited_is_free_again(monkeypatch, scene):
    """What was reserved and never paid goes back when lines are edited or removed after a crash."""
    with monkeypatch.context() as patch:
        crashing(patch, 1, after=True)
        with pytest.raises(Crash):
            _pay(scene, in_process(scene.market))
    (first, second, *_) = _wanted(scene, Decimal("0.10"))
    assert bonuses.pay(_payer(scene, in_process(scene.market)), [first, second]) == 2
    assert scene.spending.committed() == HITS * Decimal("0.12") + 2 * Decimal("0.12")


def test_a_person_says_that_a_payment_was_made(monkeypatch, scene):
    """A payment that the market does not show is taken as made when a person says so, and is over."""
    name = _interrupted(monkeypatch, scene)
    payer = _payer(scene, in_process(Elsewhere(scene.market)))
    assert bonuses.pay(replace(payer, gone=True), []) == 0
    assert list(scene.batch.bonuses()) == [name]
    assert scene.batch.outline().done("bonus")


def test_a_payment_in_doubt_keeps_its_hit(monkeypatch, scene, capsys):
    """A HIT is not deleted while a bonus for its work was perhaps paid: it would not show it any more."""
    name = _interrupted(monkeypatch, scene)
    client = in_process(scene.market)
    scene.approve(client)
    scene.delete(client)
    assert "a payment was cut off; `snakemake approve` and" in capsys.readouterr().out
    assert len(scene.batch.outline().deleted) == HITS - 1
    assert bonuses.pay(_payer(scene, client), []) == 0
    assert list(scene.batch.bonuses()) == [name]
    scene.delete(client)
    assert scene.batch.outline().all_deleted()
