"""The README's five steps to an own experiment, taken as they stand there."""

import csv
import os
import re

from crowdmake.cli import main
from workflow.conftest import PROBE, ROOT, Experiment

PAGE = """<!DOCTYPE html><html lang="en"><head><title>City</title></head><body><h1>{{ city }}</h1>
<form method="post"><input type="hidden" name="assignmentId" id="assignmentId">
<label>What of it? <textarea name="said"></textarea></label><button>Submit</button></form>
<script>
  const row = {{ input }}, asked = new URLSearchParams(location.search);
  document.getElementById("assignmentId").value = asked.get("assignmentId");
  document.forms[0].action = asked.get("turkSubmitTo") + "/mturk/externalSubmit";
</script></body></html>
"""


def decided(review: str) -> str:
    """Return the review table as a user fills it in: all approved, but for the last."""
    first, *rows = csv.reader(review.splitlines())
    lines = [first, *([row[0], "approve", "", *row[3:]] for row in rows)]
    lines[-1][1:3] = ["reject", "It says nothing."]
    return "".join(",".join(f'"{cell}"' for cell in line[:3]) + "\n" for line in lines)


def test_five_steps(tmp_path):
    """Rows, page and answers of one's own are checked, rehearsed, decided and deleted."""
    steps = (ROOT / "README.md").read_text(encoding="utf-8").split("in five steps")[1]
    named = set(re.findall(r"`snakemake (\w+)", steps.split("\n## ")[0]))
    assert main(["new", str(tmp_path / "own")]) == 0
    e = Experiment(tmp_path / "own")
    e.environment["PYTHONPATH"] = f"{PROBE}{os.pathsep}{ROOT / 'scripts'}"
    (e.folder / "input/pilot.jsonl").unlink()
    e.rows({"city": "Olot"}, {"city": "Łódź </script>"})
    e.write("hit_templates/page.html", PAGE)
    assert "market.crowd.answer.friendly: found" in e.run("check", fails=True)
    config = (e.folder / "config/config.yaml").read_text(encoding="utf-8")
    changed = re.sub(r'"friendly": .*', "said: \"'I know ' + city\"", config)
    e.write("config/config.yaml", changed)
    output = e.run("preview", "check", "estimate")
    assert "checked 2 rows: no errors" in output
    assert "all: total 0.36 USD" in output
    assert (e.folder / "results/preview/main/index.html").exists()
    e.run()
    e.run("launch", "results")
    assert len(e.records("results/results.jsonl")) == 6
    assert "fill in its column `decision`" in e.run("approve")
    review = (e.folder / "results/review/main.csv").read_text(encoding="utf-8")
    e.write("decisions/main.csv", decided(review))
    assert "main: approved 5 assignments" in e.run("approve")
    assert "confirm=1" in e.run("reject", fails=True)
    assert "main: rejected 1 assignment" in e.run("reject", "--config", "confirm=1")
    assert "main: deleted 2 HITs" in e.run("delete")
    assert named == {
        "preview", "check", "estimate", "launch", "results", "approve", "reject", "delete",
    }  # fmt: skip
