"""Extending and expiring, as a user runs them."""

from workflow.conftest import NOTHING, texts


def test_extend(experiment):
    """HITs get more assignments and more time as ordered, once, within the budget, and are open again."""
    e = experiment(budget__max_usd=1)
    e.rows(*texts(2))
    e.run("launch")
    first, second = e.hit_ids()
    for worker in ("ana", "ben"):
        e.submit(first, worker, {"label": worker})
        e.submit(second, worker, {"label": worker})
    e.run("results")
    assert NOTHING in e.run("results")
    e.calls()
    assert "extend: nothing ordered; expected" in e.run("extend", fails=True)
    order = ("--config", "assignments=3")
    assert "extend main: 2 assignments more of 2 HITs, 0.12 USD" in e.run("extend", "-n", *order)
    assert not e.calls()
    e.run("extend", *order, f"hit={first}")
    assert e.calls() == {"GetAccountBalance": 1, "CreateAdditionalAssignmentsForHIT": 1}
    assert "main: extended 1 HIT\n" in e.run("extend", *order, "hours=400")
    calls = e.calls()
    assert calls["CreateAdditionalAssignmentsForHIT"] == 1
    assert calls["UpdateExpirationForHIT"] == 2
    receipts = e.records("results/extensions/main.jsonl")
    assert [r["max_assignments"] for r in receipts] == [3, 3, None, None]
    assert "main: extended 0 HITs" in e.run("extend", *order)
    assert not e.calls()
    output = e.run("extend", "--config", "assignments=9", fails=True)
    assert "budget.max_usd: extending 2 HITs needs 0.72 USD, 0.64 USD is left" in output
    e.submit(first, "eve", {"label": "c"})
    assert "5 of 6 assignments of 2 HITs, 1 HIT open" in e.run("results")


def test_expire(experiment):
    """One HIT, then all of them, are ended, what was submitted is saved, and results are complete."""
    e = experiment()
    e.rows(*texts(3))
    e.run("launch")
    first, *_ = e.hit_ids()
    e.submit(first, "ana", {"label": "a"})
    e.calls()
    assert "main: expired 1 open HIT" in e.run("expire", "--config", f"hit={first}")
    assert e.calls()["UpdateExpirationForHIT"] == 1
    assert "main: 0 HITs open" in e.run("expire")
    assert e.calls()["UpdateExpirationForHIT"] == 2
    assert "1 of 6 assignments of 3 HITs, complete" in e.run("results")
    assert NOTHING in e.run("results")
