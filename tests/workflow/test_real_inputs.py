"""Real inputs with real people's answers, replayed by the crowd and collected again."""

import json
import shutil

import pytest
from workflow.conftest import NOTHING, ROOT

DATA = ROOT.parent / "shared" / "data"
FORM = """<form method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" value=""><input name="answer"><button>Submit</button></form>
"""
PAGES = {
    "senses": "<h1>{{ word }} ({{ pos }})</h1><ol>{% for each in definitions %}<li>{{ each }}</li>"
    "{% endfor %}</ol>",
    "opiniones": "<blockquote lang=es>{{ sentence }}</blockquote>"
    '<script type="application/json">{{ input }}</script>',
}

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real inputs are not beside the repository"
)


@pytest.mark.parametrize("name", ["senses", "opiniones"])
def test_replay(experiment, name):
    """Every answer comes back exactly as given; rows with fewer answers stay open until they are expired."""
    recorded = [
        json.loads(line)
        for line in (DATA / name / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    most = max(len(line["answers"]) for line in recorded)
    short = [line for line in recorded if len(line["answers"]) < most]
    e = experiment(
        market__crowd={"answers": "crowd/answers.jsonl"},
        hit__properties__MaxAssignments=most,
    )
    e.write("hit_templates/page.html", f"<!DOCTYPE html><title>x</title>{PAGES[name]}{FORM}")
    for source, target in (("input", f"input/{name}"), ("answers", "crowd/answers")):
        (e.folder / target).parent.mkdir(exist_ok=True)
        shutil.copy(DATA / name / f"{source}.jsonl", e.folder / f"{target}.jsonl")
    output = e.run("results")
    results = e.records("results/results.jsonl")
    for number, line in enumerate(recorded, start=1):
        given = sorted(map(json.dumps, line["answers"]))
        came = [r for r in results if r["row"] == number]
        assert sorted(json.dumps(r["answers"]) for r in came) == given
        assert all(r["input"] == line["input"] for r in came)
    assert len({(r["hit_id"], r["worker_id"]) for r in results}) == len(results)
    assert f"{len(short)} HIT{'s' if len(short) != 1 else ''} open" in output
    assert "complete" not in e.run("progress")
    e.run("approve")
    e.run("delete", "--config", "expire=true")
    receipts = e.records(f"results/deletions/{name}.jsonl")
    assert len(receipts) == len(recorded)
    assert sum(r["assignments"] for r in receipts) == len(results)
    e.run("results")
    assert NOTHING in e.run("results")
    assert {r["status"] for r in e.records("results/results.jsonl")} == {"Approved"}
