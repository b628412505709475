"""What a round with nothing due costs above Snakemake's own floor: python tests/bench/bench_tick.py.

The floor is a workflow of one rule whose file is there, run by the same Snakemake on the same
machine. Rounds and floor alternate; the fastest of each are compared, since others may work on
the machine. The bound is one second.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from crowdmake.market.crowd import SimulatedWorker, Task, work  # noqa: E402
from crowdmake.market.embedded import open_market  # noqa: E402

ROUNDS = 7
ROWS = 100
BOUND_SECONDS = 1.0
FLOOR = (
    'rule all:\n    input: "there"\nrule there:\n    output: "there"\n    shell: "touch there"\n'
)
CONFIG = """\
experiment: bench
market: {endpoint: local}
hit:
  template: hit_templates/page.html
  properties: {Title: t, Description: d, Reward: "0.05", MaxAssignments: 1}
review: {approve: all}
trigger_on: event
expected_receive_period_in_days: 2
tick: {delete: true}
"""
PAGE = """<!DOCTYPE html><html><head><title>t</title></head><body><p>{{ text }}</p>
<form method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" value=""><input name="label"><button>Submit</button>
</form></body></html>
"""


def _snakemake(folder: Path, *arguments: str) -> str:
    """Run Snakemake to its end and return what it printed."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def _seconds(folder: Path, *arguments: str) -> float:
    start = time.perf_counter()
    output = _snakemake(folder, *arguments)
    assert "Nothing to be done" in output, output
    return time.perf_counter() - start


def _finished(folder: Path) -> None:
    """Make an experiment whose every HIT was put up, answered, approved, emitted and deleted."""
    for name, content in {
        "Snakefile": f'include: "{ROOT / "Snakefile"}"\n',
        "config/config.yaml": CONFIG,
        "hit_templates/page.html": PAGE,
        "input/main.jsonl": "".join(f'{{"text": "text {n}"}}\n' for n in range(ROWS)),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    profile = ("--profile", str(ROOT / "profiles/default"))
    _snakemake(folder, *profile, "tick")
    hits = (folder / "results/hit_ids/main.txt").read_text(encoding="ascii").split()
    tasks = [Task(hit, recorded=({"label": "a"},)) for hit in hits]
    work(open_market(folder / "state/market.sqlite3"), tasks, [SimulatedWorker("w", 1.0, 1.0)], 1)
    for _ in range(3):
        _snakemake(folder, *profile, "tick")


def main() -> None:
    """Print both times and what lies between them."""
    with tempfile.TemporaryDirectory() as name:
        floor, ours = Path(name, "floor"), Path(name, "ours")
        floor.mkdir()
        (floor / "Snakefile").write_text(FLOOR, encoding="utf-8")
        _snakemake(floor, "--cores", "1")
        _finished(ours)
        profile = ("--profile", str(ROOT / "profiles/default"))
        pairs = [
            (_seconds(floor, "--cores", "1"), _seconds(ours, *profile, "tick"))
            for _ in range(ROUNDS)
        ]
    floors, rounds = (min(each) for each in zip(*pairs, strict=True))
    above = rounds - floors
    print(f"tick     {rounds:10.2f} {floors:10.2f} s        above {above:6.2f}")  # noqa: T201
    if above > BOUND_SECONDS:
        sys.exit(f"a round with nothing due costs more than {BOUND_SECONDS} s above the floor")


if __name__ == "__main__":
    print(f"{'':8} {'crowdmake':>10} {'baseline':>10}")  # noqa: T201
    main()
