"""Experiments in directories of their own, run by Snakemake as a user would run it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from crowdmake.market.embedded import EmbeddedMarket, open_market

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).parent / "probe"
WORKFLOW = ("Snakefile", "rules", "scripts", "schemas", "profiles")
PAGE = """<!DOCTYPE html><html><head><title>t</title></head><body>
<p>{{ text }}</p><form method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" value=""><input name="label">
<button>Submit</button></form></body></html>
"""


class Experiment:
    """An experiment's directory, with what a test does to it from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder.parent / f"{folder.name}.calls"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "PYTHONPATH": str(PROBE),
            "CROWDMAKE_CALLS": str(self.calls_file),
        }

    def configure(self, **changes: Any) -> None:
        """Write config/config.yaml, ``changes`` over a plain experiment without a crowd."""
        values = {
            "experiment": "test",
            "market": {"endpoint": "local"},
            "hit": {
                "template": "hit_templates/page.html",
                "properties": {
                    "Title": "Label a text",
                    "Description": "Read it and label it.",
                    "Reward": "0.05",
                    "MaxAssignments": 2,
                },
            },
            "review": {"approve": "all"},
        }
        for path, value in changes.items():
            *parents, last = path.split("__")
            place: Any = values
            for name in parents:
                place = place.setdefault(name, {})
            place[last] = value
        self.write("config/config.yaml", yaml.safe_dump(values, allow_unicode=True))

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the experiment."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def rows(self, *values: object, batch: str = "main") -> None:
        """Write the input of a batch."""
        lines = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        self.write(f"input/{batch}.jsonl", lines)

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Snakemake."""
        return [sys.executable, "-m", "snakemake", *arguments]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start Snakemake in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A runner in the background ignores Ctrl-C, and its children would too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def run(self, *arguments: str, fails: bool = False, **environment: str) -> str:
        """Run Snakemake to its end, and return what it printed."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output
        return output

    def calls(self) -> Counter[str]:
        """Return how often each operation was called since last asked."""
        if not self.calls_file.exists():
            return Counter()
        names = self.calls_file.read_text(encoding="ascii").split()
        self.calls_file.unlink()
        return Counter(names)

    def records(self, path: str) -> list[dict[str, Any]]:
        """Return the lines of a stage file."""
        with (self.folder / path).open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def market(self) -> EmbeddedMarket:
        """Return the experiment's market, opened beside the pipeline."""
        return open_market(self.folder / "state/market.sqlite3")

    def hit_ids(self, batch: str = "main") -> list[str]:
        """Return the HIT ids of the manifest, in its order."""
        return [line["hit_id"] for line in self.records(f"results/hits/{batch}.jsonl")]

    def submit(self, hit_id: str, worker: str, fields: Mapping[str, str]) -> None:
        """Let a worker accept a HIT and submit an answer."""
        from crowdmake.market.crowd import SimulatedWorker, Task, work

        market = self.market()
        recorded = (fields,)
        work(market, [Task(hit_id, recorded=recorded)], [SimulatedWorker(worker, 1.0, 1.0)], seed=1)


def new_experiment(folder: Path, **changes: Any) -> Experiment:
    """Return a new experiment: the workflow, one page, no crowd, no rows yet."""
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for part in WORKFLOW:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy(source, folder / part)
    made = Experiment(folder)
    made.write("hit_templates/page.html", PAGE)
    made.configure(**changes)
    return made


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[..., Experiment]:
    """Return a maker of experiments."""

    def make(name: str = "experiment", **changes: Any) -> Experiment:
        return new_experiment(tmp_path / name, **changes)

    return make


NOTHING = "Nothing to be done"


def texts(count: int, start: int = 0) -> list[dict[str, str]]:
    """Return rows that differ."""
    return [{"text": f"text {number}"} for number in range(start, start + count)]
