"""Results, decisions and deletions: run again until complete, then offline."""

import csv
import json
import shutil
from datetime import timedelta

import pytest
from workflow.conftest import NOTHING, texts


def test_until_complete(experiment):
    """Results polls while assignments are open, adds what is new, and then says that nothing is to be done."""
    e = experiment()
    e.rows(*texts(2))
    e.run("launch")
    first, second = e.hit_ids()
    e.submit(first, "ana", {"label": "a"})
    assert "1 of 4 assignments" in e.run("results")
    e.submit(first, "ben", {"label": "b"})
    shutil.rmtree(e.folder / ".snakemake")
    assert "2 of 4 assignments" in e.run("results")
    e.submit(second, "ana", {"label": "ñ"})
    assert "3 of 4 assignments" in e.run("results", "--rerun-triggers", "mtime")
    e.submit(second, "ben", {"label": "b"})
    assert "4 of 4 assignments of 2 HITs, complete" in e.run("results", "--rerun-triggers", "mtime")
    results = e.records("results/results.jsonl")
    assert [(r["row"], r["answers"]["label"]) for r in results] == [
        (1, "a"),
        (1, "b"),
        (2, "ñ"),
        (2, "b"),
    ]
    assert {r["input"]["text"] for r in results} == {"text 0", "text 1"}
    e.calls()
    for arguments in (["results"], ["results", "--rerun-triggers", "mtime"]):
        assert NOTHING in e.run(*arguments)
    shutil.rmtree(e.folder / ".snakemake")
    shutil.rmtree(e.folder / "results")
    e.run("results")
    assert not e.calls()
    assert e.records("results/results.jsonl") == results
    assert NOTHING in e.run("results")


def test_failed_poll(experiment):
    """A poll that cannot reach the market leaves the earlier results in place, and the next call polls."""
    e = experiment()
    e.rows(*texts(1))
    e.run("launch")
    (hit,) = e.hit_ids()
    e.submit(hit, "ana", {"label": "a"})
    e.run("results")
    before = (e.folder / "results/results.jsonl").read_bytes()
    e.submit(hit, "ben", {"label": "b"})
    output = e.run("results", fails=True, CROWDMAKE_BREAK="ListAssignmentsForHIT")
    assert "error: market local: Could not connect to the endpoint URL" in output
    assert "Traceback" not in output
    assert (e.folder / "results/results.jsonl").read_bytes() == before
    e.run("results")
    assert len(e.records("results/results.jsonl")) == 2


def test_decisions_and_deletions(experiment):
    """Approvals, rejections and deletions follow what is new, never pay twice, and name every HIT."""
    e = experiment(review__approve="listed")
    e.rows(*texts(2))
    e.run("launch")
    first, second = e.hit_ids()
    for worker in ("ana", "ben"):
        e.submit(first, worker, {"label": worker})
    e.run("results")
    ana, ben = (r["assignment_id"] for r in e.records("results/results.jsonl"))
    e.calls()
    e.run("delete")
    assert "DeleteHIT" not in e.calls()
    e.write(
        "decisions/main.csv",
        f"assignment_id,decision,feedback\n{ana},approve,Thanks\n{ben},reject,It is empty.\n",
    )
    assert "approved 1 assignment" in e.run("approve")
    assert e.calls()["ApproveAssignment"] == 1
    assert "main: rejected 1 assignment\n" in e.run("reject", "--config", "confirm=1")
    assert e.calls()["RejectAssignment"] == 1
    assert [r["assignment_id"] for r in e.records("results/approvals/main.jsonl")] == [ana]
    (rejection,) = e.records("results/rejections/main.jsonl")
    assert (rejection["feedback"], rejection["reward"]) == ("It is empty.", "0.00")
    output = e.run("delete")
    calls = e.calls()
    assert (calls["DeleteHIT"], calls["ApproveAssignment"]) == (1, 0)
    assert f"left 1 HIT ({second}): open; `--config expire=true` ends them" in output
    statuses = [r["status"] for r in (e.run("results") and e.records("results/results.jsonl"))]
    assert statuses == ["Approved", "Rejected"]
    for worker in ("ana", "ben"):
        e.submit(second, worker, {"label": worker})
    e.configure(review__approve="all")
    e.run("approve")
    assert e.calls()["ApproveAssignment"] == 2
    e.run("delete")
    assert {r["hit_id"] for r in e.records("results/deletions/main.jsonl")} == {first, second}
    e.calls()
    for target in ("results", "results", "approve", "reject", "delete"):
        output = e.run(target)
    assert NOTHING in output
    for target in ("results", "approve", "reject", "delete"):
        assert NOTHING in e.run(target), target
    assert not e.calls()


def test_valid(experiment):
    """What fails the answer schema stays undecided, with its reason and the time of auto-approval."""
    schema = {"type": "object", "properties": {"label": {"enum": ["good", "bad"]}}}
    e = experiment(review={"approve": "valid", "answer_schema": schema})
    e.rows(*texts(1))
    e.run("launch")
    (hit,) = e.hit_ids()
    e.submit(hit, "ana", {"label": "good"})
    e.submit(hit, "ben", {"label": "=HYPERLINK(1)"})
    output = e.run("approve")
    assert e.calls()["ApproveAssignment"] == 1
    assert (
        "main: 1 assignment left undecided, see results/review/main.csv: fill in its column"
        " `decision` and save it as decisions/main.csv; the market"
    ) in output
    assert "the market approves the first by itself at 20" in output
    with (e.folder / "results/review/main.csv").open(encoding="utf-8", newline="") as file:
        (left,) = csv.DictReader(file)
    assert "is not one of ['good', 'bad']" in left["reason"]
    assert left["decision"] == ""
    output = e.run("delete")
    assert "DeleteHIT" not in e.calls()
    assert "work is undecided; `snakemake approve` or `reject` decide it" in output
    e.market().clock.advance(timedelta(days=4))
    e.run("delete")
    assert e.calls()["DeleteHIT"] == 1
    assert len(e.records("results/deletions/main.jsonl")) == 1


def test_expire(experiment):
    """Delete with expire=true ends open HITs, deletes those without work and frees their budget."""
    e = experiment(budget__max_usd=1)
    e.rows(*texts(3))
    e.run("launch")
    e.submit(e.hit_ids()[0], "ana", {"label": "a"})
    output = e.run("delete", "--config", "expire=true")
    assert "expired 3 open HITs" in output
    calls = e.calls()
    assert (calls["UpdateExpirationForHIT"], calls["DeleteHIT"]) == (3, 2)
    e.run("approve")
    e.run("delete")
    assert e.calls()["DeleteHIT"] == 1
    assert len(e.records("results/deletions/main.jsonl")) == 3
    assert "0.06 USD committed, 0.94 USD of 1.00 USD left" in e.run("balance")
    e.run("results")
    assert [r["answers"] for r in e.records("results/results.jsonl")] == [{"label": "a"}]


def test_progress_of_one_batch(experiment):
    """A batch's progress is printed with its histogram and pace, and --config batch limits it to the batch."""
    e = experiment()
    for batch in ("a", "b"):
        e.rows(*texts(2), batch=batch)
    e.run("launch")
    e.submit(e.hit_ids("b")[1], "ana", {"label": "a"})
    e.calls()
    output = e.run("progress", "--config", "batch=b")
    assert "b: 1 of 4 assignments of 2 HITs, 2 HITs open" in output
    assert "  0 / 2: 1\n  1 / 2: 1\n  launched 0 min ago, last answer 0 min ago" in output
    assert "a: 0 of" not in output
    assert e.calls() == {"ListHITs": 1, "ListAssignmentsForHIT": 1}


def test_removed_input(experiment):
    """A batch whose input file is gone keeps its answers, listed with row null."""
    e = experiment()
    e.rows(*texts(1), batch="old")
    e.rows(*texts(1), batch="new")
    e.run("launch")
    e.submit(e.hit_ids("old")[0], "ana", {"label": "a"})
    (e.folder / "input/old.jsonl").unlink()
    output = e.run("results")
    (result,) = e.records("results/results.jsonl")
    assert (result["row"], result["input"], result["batch"]) == (None, {"text": "text 0"}, "old")
    assert "was edited or removed after launch" in output


def test_output_field(experiment):
    """A field called output is parsed as JSON, and what is not JSON stays in the answers only."""
    e = experiment(hit__properties__MaxAssignments=2)
    e.rows(*texts(1))
    e.run("launch")
    (hit,) = e.hit_ids()
    e.submit(hit, "ana", {"output": json.dumps({"labels": ["ä", "\n"]})})
    e.submit(hit, "ben", {"output": "{"})
    e.run("results")
    results = {r["answers"]["output"]: r["output"] for r in e.records("results/results.jsonl")}
    assert {"labels": ["ä", "\n"]} in results.values()
    assert results["{"] is None


def test_wait(experiment):
    """With results.wait the same command polls again by itself, holding no lock meanwhile."""
    import time

    e = experiment(results__wait=600, hit__properties__MaxAssignments=1)
    e.rows(*texts(1))
    e.run("launch")
    process = e.start("results")
    token = e.folder / ".snakemake/crowdmake/merged"
    deadline = time.monotonic() + 60
    while not token.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    assert "0.06 USD committed" in e.run("balance")
    e.submit(e.hit_ids()[0], "ana", {"label": "a"})
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert "asking again in 30 s" in output
    assert "1 of 1 assignment of 1 HIT, complete" in output


@pytest.mark.parametrize("target", ["results", "approve", "delete", "progress"])
def test_nothing_launched(experiment, target):
    """Targets behind the launch do not launch, and call nobody where nothing was launched."""
    e = experiment()
    e.rows(*texts(1))
    output = e.run(target)
    assert not e.calls()
    if target in {"results", "progress"}:
        assert "nothing is launched yet on local: `snakemake launch` puts HITs up" in output
