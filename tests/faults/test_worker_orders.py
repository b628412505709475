"""Orders about workers that crash, or that the market refuses in part."""

from pathlib import Path

import pytest
from crowdmake.account import blocks, orders
from crowdmake.client import in_process
from crowdmake.exceptions import UserError
from crowdmake.market import workers
from crowdmake.market.embedded import open_market
from crowdmake.market.models import WorkerBlock


@pytest.fixture
def market(tmp_path, monkeypatch):
    """Return a market in a folder of its own, made the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("workers").mkdir()
    return open_market(tmp_path / "market.sqlite3")


def listed(market, order, *names):
    ids = [market.run(lambda _, name=name: workers.register(name)).worker_id for name in names]
    Path(f"workers/{order}.txt").write_text("\n".join(ids), encoding="utf-8")
    return ids


def on_the_market(market):
    with market.reading():
        return set(WorkerBlock.objects.values_list("worker__worker_id", flat=True))


def test_a_refused_worker_stops_no_other(market):
    """A worker whom the market does not know is named with the line; the others are blocked once."""
    known = listed(market, "block", "ana", "ben")
    path = Path("workers/block.txt")
    path.write_text("\n".join([known[0], "ANOBODY", known[1]]), encoding="utf-8")
    ledger = orders.worker_ledger("local")
    for _ in range(2):
        with pytest.raises(UserError, match="ANOBODY: CreateWorkerBlock was refused"):
            blocks.carry_out(in_process(market), orders.BLOCK, ledger)
    assert on_the_market(market) == set(known)
    assert {r["worker_id"] for r in orders.receipts(orders.BLOCK, ledger)} == set(known)
    assert list(orders.pending(orders.BLOCK, ledger)) == ["ANOBODY"]


def test_a_crash_between_call_and_receipt(market, monkeypatch):
    """A block whose receipt was lost is made again, which changes nothing, and has its receipt."""
    (ana,) = listed(market, "block", "ana")
    ledger = orders.worker_ledger("local")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            blocks.carry_out(in_process(market), orders.BLOCK, ledger)
    assert on_the_market(market) == {ana}
    assert blocks.carry_out(in_process(market), orders.BLOCK, ledger) == 1
    assert on_the_market(market) == {ana}
    assert [r["worker_id"] for r in orders.receipts(orders.BLOCK, ledger)] == [ana]
