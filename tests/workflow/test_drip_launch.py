"""Launching in drips and putting rejected work up again, as a user runs them."""

from workflow.conftest import NOTHING, texts


def answer(e, hits):
    """Let two workers answer each of the HITs."""
    for hit in hits:
        for worker in ("ana", "ben"):
            e.submit(hit, worker, {"label": "a"})


def test_drips(experiment):
    """Launch puts up the next rows as HITs are completed, and results wait for the last row."""
    e = experiment(hit__open_at_most=2, budget__max_usd=1)
    e.rows(*texts(5))
    assert "launch main: 2 HITs x 2 assignments: rewards 0.20 USD" in e.run("launch", "-n")
    e.run("launch")
    assert e.calls()["CreateHIT"] == 2
    first, second = e.hit_ids()
    assert "main: launched 0 HITs, 2 in all" in e.run("launch")
    answer(e, [first])
    e.calls()
    e.run("launch")
    assert e.calls()["CreateHIT"] == 1
    *_, third = e.hit_ids()
    answer(e, [second, third])
    output = e.run("results")
    assert "6 of 6 assignments of 3 HITs, 0 HITs open" in output
    assert "2 rows not launched" in output
    assert NOTHING not in e.run("results", "--rerun-triggers", "mtime")
    e.run("launch")
    assert e.calls()["CreateHIT"] == 2
    assert NOTHING in e.run("launch")
    answer(e, e.hit_ids()[3:])
    assert "10 of 10 assignments of 5 HITs, complete" in e.run("results")
    assert NOTHING in e.run("results")
    assert NOTHING in e.run("launch")
    assert [r["row"] for r in e.records("results/results.jsonl")] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_replaced(experiment):
    """A rejected assignment is put up again by the next launch, once, and results wait for it."""
    e = experiment(review={"approve": "listed", "replace_rejected": True})
    e.rows(*texts(1))
    e.run("launch")
    answer(e, e.hit_ids())
    e.run("results")
    assert NOTHING in e.run("launch")
    (first, _) = (r["assignment_id"] for r in e.records("results/results.jsonl"))
    e.write("decisions/main.csv", f"assignment_id,decision,feedback\n{first},reject,Empty\n")
    e.run("reject", "--config", "confirm=1")
    assert NOTHING not in e.run("results")
    e.calls()
    cost = "nothing new; 1 live; 1 rejected assignment put up again, 0.06 USD"
    assert cost in e.run("launch", "-n")
    assert "put up rejected assignments of 1 HIT again" in e.run("launch")
    assert e.calls()["CreateAdditionalAssignmentsForHIT"] == 1
    assert NOTHING in e.run("launch")
    e.submit(e.hit_ids()[0], "eve", {"label": "c"})
    assert "3 of 3 assignments of 1 HIT, complete" in e.run("results")
    assert NOTHING in e.run("results")
