"""The sample at the repository's root, as the README's first line runs it."""

import csv
import shutil

import pytest
from workflow.conftest import NOTHING, ROOT, Experiment


@pytest.fixture
def sample(experiment) -> Experiment:
    """Return the repository's own experiment in a directory of its own."""
    made = experiment("sample")
    for part in ("config", "input", "hit_templates"):
        shutil.rmtree(made.folder / part, ignore_errors=True)
        shutil.copytree(ROOT / part, made.folder / part)
    return made


def test_plain(sample):
    """Plain `snakemake` runs the sample through to results and prints where they are."""
    output = sample.run()
    assert "126 assignments in results/results.jsonl and results/results.csv" in output
    results = sample.records("results/results.jsonl")
    assert len(results) == 126
    assert len({r["worker_id"] for r in results}) == 5
    right = {"?": "question"}
    kinds = {r["answers"]["category"] for r in results}
    assert kinds == {"question", "problem", "thanks"}
    asked = [r for r in results if r["input"]["message"][-1] in right]
    agreeing = sum(r["answers"]["category"] == "question" for r in asked) / len(asked)
    assert 0.7 < agreeing < 1
    with (sample.folder / "results/results.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 126
    assert NOTHING in sample.run()


def test_to_the_receipts(sample):
    """The sample goes on to approvals and deletion receipts that name every HIT."""
    sample.run("approve")
    sample.run("delete")
    hits = set(sample.hit_ids("messages"))
    assert len(hits) == 42
    assert {r["hit_id"] for r in sample.records("results/deletions/messages.jsonl")} == hits
    approvals = sample.records("results/approvals/messages.jsonl")
    assert len({r["assignment_id"] for r in approvals}) == 126
    assert NOTHING in sample.run("delete")


def test_appended_rows_go_all_the_way(sample):
    """With a simulated crowd a row appended later is launched, answered and merged by one command."""
    sample.run()
    sample.calls()
    with (sample.folder / "input/messages.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": 43, "channel": "chat", "message": "Is this one new?"}\n')
    sample.run()
    assert sample.calls()["CreateHIT"] == 1
    assert len(sample.records("results/results.jsonl")) == 129
    assert NOTHING in sample.run()
