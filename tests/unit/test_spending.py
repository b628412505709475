"""The experiment's money: reserved within the budget, once, and given back."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from crowdmake.exceptions import UserError
from crowdmake.locks import Lock
from crowdmake.money.spending import Claim, Spending, check_room
from hypothesis import given
from hypothesis import strategies as st


def say(line: str) -> None:
    """Take a line; a lock may have to be waited for."""


def claims(count, amount="0.18", start=0, batch="pilot"):
    return [
        Claim(batch, f"key{number}", "create", Decimal(amount))
        for number in range(start, start + count)
    ]


def purse(folder, limit="1.00", endpoint="local"):
    return Spending(endpoint, limit, folder)


def test_what_is_reserved_is_committed(tmp_path):
    """Reserved claims count against the budget, also for the next run."""
    purse(tmp_path).reserve(claims(3), say)
    assert purse(tmp_path).committed() == Decimal("0.54")
    assert purse(tmp_path, endpoint="sandbox").committed() == 0


def test_reserving_again_is_once(tmp_path):
    """A claim that has its money is not reserved again; new ones beside it are."""
    spending = purse(tmp_path)
    spending.reserve(claims(3), say)
    spending.reserve(claims(5), say)
    purse(tmp_path).reserve(claims(5), say)
    assert spending.committed() == Decimal("0.90")


def test_claims_differ_by_batch_key_and_purpose(tmp_path):
    """The same key in another batch or for another purpose is another claim."""
    spending = purse(tmp_path, limit=None)
    spending.reserve(claims(1), say)
    others = [Claim("main", "key0", "create", Decimal(1)), Claim("pilot", "key0", "x", Decimal(2))]
    assert spending.missing([*claims(1), *others]) == others


def test_a_budget_that_does_not_hold_reserves_nothing(tmp_path):
    """A launch past the budget is refused whole, with the amounts and what would fit."""
    spending = purse(tmp_path)
    spending.reserve(claims(2), say)
    with pytest.raises(UserError) as caught:
        spending.reserve(claims(6), say)
    assert caught.value.lines == (
        "budget.max_usd: launching 4 HITs needs 0.72 USD, 0.64 USD is left of 1.00 USD:"
        " 3 would fit; nothing was launched",
    )
    assert spending.committed() == Decimal("0.36")
    spending.reserve(claims(5), say)
    assert spending.committed() == Decimal("0.90")


def test_the_last_cent_may_be_spent(tmp_path):
    """A budget is spent to the last cent, and not one cent further."""
    purse(tmp_path, "0.54").reserve(claims(3), say)
    with pytest.raises(UserError, match=r"1 HIT needs 0.01 USD, 0.00 USD is left of 0.54 USD: 0"):
        purse(tmp_path, "0.54").reserve(claims(1, "0.01", start=9), say)


def test_a_budget_that_was_lowered_refuses_only_what_is_new(tmp_path):
    """What was reserved under a higher budget stays; nothing new fits."""
    purse(tmp_path).reserve(claims(5), say)
    lower = purse(tmp_path, "0.50")
    lower.reserve(claims(5), say)
    with pytest.raises(UserError, match=r"0\.00 USD is left of 0\.50 USD: 0 would fit"):
        lower.reserve(claims(6), say)


def test_without_a_budget_everything_fits(tmp_path):
    """Without a budget the ledger is kept and nothing refused."""
    spending = purse(tmp_path, limit=None)
    spending.reserve(claims(1000, "1000000.00"), say)
    assert spending.committed() == Decimal(10**9)


def test_released_money_is_free_again(tmp_path):
    """What was not spent can be reserved again, by the same claim too."""
    spending = purse(tmp_path, "0.54")
    spending.reserve(claims(3), say)
    spending.settle(claims(1, "0.00"), say)
    assert spending.committed() == Decimal("0.36")
    assert spending.missing(claims(3)) == claims(1)
    spending.reserve(claims(3), say)
    assert spending.committed() == Decimal("0.54")


def test_what_was_spent_stays_committed(tmp_path):
    """Settling gives back what is reserved beyond what was spent, once however often it is done."""
    spending = purse(tmp_path)
    spending.reserve(claims(2), say)
    for _ in range(3):
        spending.settle(claims(2, "0.06"), say)
        assert spending.committed() == Decimal("0.12")


def test_a_claim_that_grew_reserves_the_difference(tmp_path):
    """A row that costs more than was reserved for it reserves what is missing."""
    spending = purse(tmp_path)
    spending.reserve(claims(2), say)
    spending.reserve(claims(2, "0.20"), say)
    assert spending.committed() == Decimal("0.40")


def test_nothing_is_released_without_a_line(tmp_path):
    """A claim for which nothing is reserved writes nothing."""
    spending = purse(tmp_path)
    spending.settle(claims(2, "0.00"), say)
    assert not (tmp_path / "spending.jsonl").exists()


def test_runs_at_the_same_time_share_one_budget(tmp_path):
    """Several writers at once never reserve more than the budget together."""

    def work(number: int) -> bool:
        try:
            purse(tmp_path, "1.00").reserve(claims(1, "0.30", start=number), say)
        except UserError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(8)))
    assert sum(done) == 3
    assert purse(tmp_path).committed() == Decimal("0.90")


@pytest.mark.parametrize("method", ["reserve", "settle"])
def test_a_writer_waits_for_another(tmp_path, method):
    """Who reserves or releases waits for another that does, and says so."""
    said, done = [], threading.Event()

    def work() -> None:
        getattr(purse(tmp_path), method)(claims(1), said.append)
        done.set()

    lock = Lock(tmp_path / "spending.lock")
    lock.take()
    thread = threading.Thread(target=work)
    thread.start()
    assert not done.wait(0.2)
    lock.release()
    assert done.wait(20)
    thread.join(20)
    assert said == [f"waiting for {lock.path}, held by process {os.getpid()}"]


AMOUNTS = st.lists(st.integers(0, 500), max_size=8)


@given(cents=AMOUNTS, room=st.integers(-100, 2000))
def test_what_would_fit_fits_and_one_more_does_not(cents, room):
    """The number that would fit is the most claims whose sum the room holds."""
    wanted = [
        Claim("pilot", str(number), "create", Decimal(cent).scaleb(-2))
        for number, cent in enumerate(cents)
    ]
    fits = max(n for n in range(len(cents) + 1) if n == 0 or sum(sorted(cents)[:n]) <= room)
    if sum(cents) <= room or not cents:
        check_room("balance", Decimal(room).scaleb(-2), wanted)
        return
    with pytest.raises(UserError, match=f" {fits} would fit; nothing was launched$"):
        check_room("balance", Decimal(room).scaleb(-2), wanted)
