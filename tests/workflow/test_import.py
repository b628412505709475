"""Imported projects run: what was done before is final, the rest is launched as usual."""

import io
import json
import os

import pytest
from crowdmake.cli import main
from unit.projects_kit import project
from unit.test_import_requester_site import PAGE, batch, table
from unit.test_import_requester_site import ROWS as CELLS
from unit.test_import_simple_amt import IDS, PROPERTIES, ROWS, result
from workflow.conftest import NOTHING, PROBE, ROOT, Experiment


@pytest.fixture
def imported(tmp_path):
    """Return what imports a project by the command line."""

    def run(files, *options):
        root = project(tmp_path / "old", files)
        assert main(["import", str(root), str(tmp_path / "new"), *options]) == 0
        made = Experiment(tmp_path / "new")
        made.environment["PYTHONPATH"] = f"{PROBE}{os.pathsep}{ROOT / 'scripts'}"
        return made

    return run


def test_a_closed_archive(imported):
    """Results stand with their source; only rows without a HIT are launched; nobody asks for the rest."""
    e = imported(
        {
            "hit_templates/label.html": '{% include "simpleamt.html" %}<p>{{ text }}</p>',
            "hit_properties/label.json": PROPERTIES,
            "rows.txt": ROWS,
            "hit_ids.txt": "\n".join(IDS[:2]),
            "results.txt": [result(IDS[1], "B1", {"l": 1}), result(IDS[1], "B2", {"l": 2})],
        }
    )
    e.run("results")
    assert not e.calls()
    kept = e.records("results/results.jsonl")
    assert [(r["row"], r["hit_id"], r["input"], r["output"], r["source"]) for r in kept] == [
        (2, IDS[1], ROWS[1], {"l": 1}, "results.txt:1"),
        (2, IDS[1], ROWS[1], {"l": 2}, "results.txt:2"),
    ]
    assert NOTHING in e.run("results")
    assert "1 HIT x 2 assignments" in e.run("-n", "launch")
    e.run("launch")
    assert e.calls()["CreateHIT"] == 1
    (hit_id,) = e.hit_ids("rows")
    e.submit(hit_id, "worker-1", {"output": '{"l": 3}'})
    e.run("approve")
    assert set(e.calls()) <= {"ListAssignmentsForHIT", "ListHITs", "GetHIT"}
    e.run("results")
    results = e.records("results/results.jsonl")
    assert [r["row"] for r in results] == [2, 2, 3]
    e.run("delete", "--config", "expire=true")
    called = e.calls()
    assert called["DeleteHIT"] <= 1
    assert IDS[1] not in (e.folder / "state/rows/ledger.jsonl").read_text(encoding="utf-8")


def test_a_requester_site_project(imported):
    """Earlier Batch CSVs are results with worker, status and answers; new rows are launched."""
    done = batch(("3B", "A1", CELLS[1], {"label": "x"}), ("3B", "A2", CELLS[1], {"label": "y"}))
    e = imported({"page.html": PAGE, "input.csv": table(CELLS), "Batch_1_batch_results.csv": done})
    e.run("launch")
    assert e.calls()["CreateHIT"] == 2
    e.run("results")
    kept = e.records("results/results.jsonl")
    assert [(r["worker_id"], r["status"], r["answers"]) for r in kept] == [
        ("WA1", "Approved", {"label": "x"}),
        ("WA2", "Approved", {"label": "y"}),
    ]
    assert {r["row"] for r in kept} == {2}


def test_what_nobody_can_take(tmp_path, capsys):
    """A directory that is no project of a known tool is refused in one line."""
    root = project(tmp_path / "old", {"notes.txt": "nothing"})
    assert main(["import", str(root), str(tmp_path / "new")]) == 1
    error = capsys.readouterr().err
    assert "found notes.txt; expected a simple-amt checkout" in error
    assert error.count("\n") == 1
    assert main(["import", str(tmp_path / "gone"), str(tmp_path / "new")]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_an_agents_rounds(tmp_path, monkeypatch):
    """An imported agent's rounds do nothing about a HIT until it is complete, then all, once (l.314, l.335, l.370)."""
    options = json.loads((ROOT / "examples/sentiment/agent.json").read_text(encoding="utf-8"))
    options["hit"]["assignments"] = "2"
    (tmp_path / "agent.json").write_text(json.dumps(options), encoding="utf-8")
    assert main(["import", str(tmp_path / "agent.json"), str(tmp_path / "new")]) == 0
    e = Experiment(tmp_path / "new")
    e.environment["PYTHONPATH"] = f"{PROBE}{os.pathsep}{ROOT / 'scripts'}"
    monkeypatch.chdir(e.folder)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"message": "Hi"}')))
    assert main(["event"]) == 0
    e.run("tick")
    (hit_id,) = e.hit_ids("events")
    e.submit(hit_id, "ana", {"sentiment": "happy", "feedback": "one"})
    e.calls()
    e.run("tick")
    assert not e.calls().keys() & {"ApproveAssignment", "DeleteHIT", "CreateHIT"}
    assert e.records("results/events/events.jsonl") == []
    e.submit(hit_id, "ben", {"sentiment": "sad", "feedback": "two"})
    e.run("tick")
    (told,) = e.records("results/events/events.jsonl")
    assert told["answers"] == [
        {"sentiment": "happy", "feedback": "one"},
        {"sentiment": "sad", "feedback": "two"},
    ]
    called = e.calls()
    assert (called["ApproveAssignment"], called["DeleteHIT"], called["CreateHIT"]) == (2, 1, 0)
