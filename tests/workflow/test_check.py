"""`snakemake check` and `preview`, on an experiment in simple-amt's files."""

import json
from pathlib import Path

from tools import needed

ROOT = Path(__file__).resolve().parents[2]

PAGE = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>
<p>Name a {{ category }}.</p><input id="text">
{% include "hit_templates/simpleamt.html" %}
<script>
  simpleamt.setupSubmit();
  document.getElementById("submit-btn").onclick = () => {
    const word = document.getElementById("text").value;
    simpleamt.setOutput({ of: simpleamt.getInput().category, word });
  };
</script></body></html>
"""
MIXED = {
    "title": "Name an example",
    "Description": "Name an example of a category.",
    "reward": 0.05,
    "duration": 900,
    "MaxAssignments": 1,
    "frame_height": 600,
    "country": "US-CA",
    "hits_approved": 100,
}


def test_an_experiment_in_simple_amts_files(experiment):
    """Mixed properties, a .txt input with blank lines and an old page preview, pass the check and are rehearsed."""
    needed("chromium")
    here = experiment(hit__properties="hit_properties/simple.json", hit__minutes=1)
    here.write("hit_properties/simple.json", json.dumps(MIXED))
    here.write("hit_templates/page.html", PAGE)
    here.write("hit_templates/simpleamt.html", (ROOT / "hit_templates/simpleamt.html").read_bytes())
    here.write("input/simple.txt", '{"category": "dog"}\n{"category": "</script>"}\n\n\n')
    said = here.run("preview", "check", "render")
    assert "checked 2 rows: no errors" in said
    assert "input/simple.txt: blank lines are skipped: 3, 4" in said
    assert "simple: 0.05 USD for 1 minute is 3.00 USD an hour" in said
    arrives = '"output": {"of": "dog", "word": "robot"}}'
    assert f"rehearsal: input/simple.txt:1: would arrive: {{{arrives}" in said.replace("\\", "")
    assert (here.folder / "results/preview/simple/index.html").exists()
    assert (here.folder / "results/check/simple/row-2.png").stat().st_size > 1000
    (first, _) = here.records("results/rendered/simple.jsonl")
    assert (first["title"], first["input"]) == ("Name an example", {"category": "dog"})
    assert "<FrameHeight>600<" in first["question"]
    assert [path.name for path in (here.folder / "state").iterdir()] == ["run.lock"]


def test_errors_fail_the_check_and_warnings_do_not_hide_them(experiment):
    """Every fault of every batch is said at once, the check fails, and nothing is launched."""
    here = experiment(budget__hourly_usd="15", hit__minutes=2)
    here.rows({"text": "t"}, {"txet": "u"})
    here.rows({"text": "t"}, batch="other")
    said = here.run("check", fails=True)
    assert "warning: main: 0.05 USD for 2 minutes is 1.50 USD an hour, below" in said
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    rehearsed = [line for line in errors if line.startswith("error: rehearsal: ")]
    assert len(errors) == 2 + len(rehearsed), said
    assert (
        'input/main.jsonl:2: hit_templates/page.html:2: {{ text }}: the row has no key "text"'
        in errors[0]
    )
    assert errors[1] == (
        "error: hit_templates/page.html: nothing fills in the field assignmentId;"
        " a script has to, from the page's address"
    )
    assert [path.name for path in (here.folder / "state").iterdir()] == ["run.lock"]
