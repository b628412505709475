"""Launching: each row once, whatever is edited, deleted, killed or started twice."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from workflow.conftest import NOTHING, texts


def test_first_and_second_launch(experiment):
    """A first launch makes one CreateHIT call a row and lists the ids, a second has nothing to do."""
    e = experiment()
    e.rows(*texts(4))
    e.run("launch")
    assert e.calls()["CreateHIT"] == 4
    assert [line["row"] for line in e.records("results/hits/main.jsonl")] == [1, 2, 3, 4]
    ids = (e.folder / "results/hit_ids/main.txt").read_text(encoding="ascii")
    assert ids == "".join(f"{hit_id}\n" for hit_id in e.hit_ids())
    assert NOTHING in e.run("launch")
    assert not e.calls()


def test_appended_rows(experiment):
    """Appending five rows makes exactly five CreateHIT calls, and results or approve before it none."""
    e = experiment()
    e.rows(*texts(3))
    e.run("launch")
    e.rows(*texts(8))
    e.calls()
    for target in ("results", "approve", "delete"):
        output = e.run(target)
        assert "CreateHIT" not in e.calls()
        if target == "results":
            assert "5 rows not launched (4, 5, 6, 7, 8)" in output
    e.run("launch")
    assert e.calls()["CreateHIT"] == 5
    assert len(set(e.hit_ids())) == 8


@pytest.mark.parametrize(
    ("path", "old", "new", "stale"),
    [
        ("hit_templates/page.html", "<p>", "<p>Please: ", True),
        ("config/config.yaml", "0.05", "0.06", True),
        ("scripts/launch.py", "from pathlib", "# a comment\nfrom pathlib", False),
        ("config/config.yaml", "experiment: test", "experiment: test\nresults: {wait: 1}", False),
    ],
    ids=["template", "reward", "script", "wait"],
)
def test_edits_launch_nothing(experiment, path, old, new, stale):
    """Editing the template, the reward, a script or the wait launches nothing and names stale HITs."""
    e = experiment()
    e.rows(*texts(2))
    e.run("launch")
    file = e.folder / path
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    e.calls()
    output = e.run("launch")
    assert not e.calls()
    assert (
        "2 HITs still show an earlier page or earlier properties (rows 1, 2)" in output
    ) == stale
    assert NOTHING in e.run("launch")


def test_edited_and_removed_rows(experiment):
    """An edited row is said with the command that expires its HIT, and that command expires it."""
    e = experiment()
    e.rows(*texts(3))
    e.run("launch")
    first = e.hit_ids()[0]
    e.rows({"text": "edited"}, *texts(2, start=1))
    output = e.run("launch")
    assert e.calls()["CreateHIT"] == 4
    assert f"snakemake delete --config expire=true hit={first}" in output
    manifest = e.records("results/hits/main.jsonl")
    assert [line["row"] for line in manifest] == [1, 2, 3, None]
    assert manifest[-1]["hit_id"] == first
    e.run("delete", "--config", "expire=true", f"hit={first}")
    receipts = e.records("results/deletions/main.jsonl")
    assert [receipt["hit_id"] for receipt in receipts] == [first]
    assert e.calls()["DeleteHIT"] == 1


def test_rebuild(experiment):
    """Without results and .snakemake a launch makes no call and rebuilds the identical manifest."""
    e = experiment()
    e.rows(*texts(3), *texts(2))
    e.run("launch")
    manifest = (e.folder / "results/hits/main.jsonl").read_bytes()
    shutil.rmtree(e.folder / "results")
    shutil.rmtree(e.folder / ".snakemake")
    e.calls()
    e.run("launch")
    assert not e.calls()
    assert (e.folder / "results/hits/main.jsonl").read_bytes() == manifest


def test_dry_run(experiment):
    """A dry run needs no credentials, calls nobody, makes no state, and shows the cost."""
    e = experiment()
    e.rows(*texts(3))
    output = e.run("-n", "launch")
    assert "3 HITs x 2 assignments: rewards 0.30 USD, fees 0.06 USD, total 0.36 USD" in output
    assert not e.calls()
    assert not (e.folder / "state").exists()
    assert not (e.folder / "results").exists()
    assert not (e.folder / "logs").exists()


def test_forced(experiment):
    """Even a forced launch puts no row up again."""
    e = experiment()
    e.rows(*texts(2))
    e.run("launch")
    e.calls()
    e.run("-F", "launch")
    assert "CreateHIT" not in e.calls()


def test_budget(experiment):
    """A launch of two batches that together pass the budget is refused before the first call."""
    e = experiment(budget__max_usd=1)
    e.rows(*texts(5), batch="a")
    e.rows(*texts(5), batch="b")
    output = e.run("launch", fails=True)
    assert (
        "error: budget.max_usd: launching 10 HITs needs 1.20 USD, 1.00 USD is left of 1.00 USD:"
        " 8 would fit; nothing was launched"
    ) in output
    assert not e.calls()
    e.configure(budget__max_usd="1.20")
    e.run("launch")
    assert e.calls()["CreateHIT"] == 10


def test_balance(experiment):
    """A launch that the account does not hold is refused before the first CreateHIT."""
    from decimal import Decimal

    e = experiment()
    e.rows(*texts(5))
    (e.folder / "state").mkdir()
    e.market().set_balance(Decimal("0.30"))
    output = e.run("launch", fails=True)
    assert (
        "the account's balance: launching 5 HITs needs 0.60 USD, 0.30 USD is left: 2 would fit"
        in output
    )
    assert "CreateHIT" not in e.calls()


def _wait_for_receipts(e, count: int) -> None:
    ledger = e.folder / "state/main/ledger.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if ledger.exists() and ledger.read_bytes().count(b'"created"') >= count:
            return
        time.sleep(0.05)
    raise AssertionError("the launch did not get that far")


def _on_the_market(e) -> int:
    from crowdmake.calls import pages
    from crowdmake.client import in_process

    client = in_process(e.market())
    return sum(len(page["HITs"]) for page in pages(client.list_hits))


@pytest.mark.parametrize("way", ["group", "snakemake", "interrupt"])
def test_killed(experiment, way):
    """After SIGKILL of all, SIGKILL of Snakemake alone, or Ctrl-C, the plain command ends with 500 HITs."""
    e = experiment()
    e.rows(*texts(500))
    process = e.start("launch", CROWDMAKE_LATENCY="0.05")
    _wait_for_receipts(e, 60)
    if way == "group":
        os.killpg(process.pid, signal.SIGKILL)
    elif way == "snakemake":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGINT)
    if way != "snakemake":  # its job lives on and keeps the pipe open
        output, _ = process.communicate(timeout=60)
        if way == "interrupt":
            assert "interrupted: what was under way has its receipt" in output
            assert "Traceback" not in output
    output = e.run("launch")
    if way == "snakemake":
        process.communicate(timeout=60)
    manifest = e.records("results/hits/main.jsonl")
    assert len(manifest) == 500
    assert len({line["hit_id"] for line in manifest}) == 500
    assert _on_the_market(e) == 500


def test_lost_receipt(experiment):
    """A HIT whose receipt was lost is settled, within a day by its token and later by the market's list."""
    from datetime import timedelta

    for days in (0, 2):
        e = experiment(f"after-{days}-days")
        e.rows(*texts(6))
        e.run("launch")
        ledger = e.folder / "state/main/ledger.jsonl"
        lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
        lost = [line for line in lines if '"created"' in line][2:4]
        ledger.write_text("".join(line for line in lines if line not in lost), encoding="utf-8")
        e.market().clock.advance(timedelta(days=days))
        shutil.rmtree(e.folder / "results")
        before = (e.folder / "state/spending.jsonl").read_bytes()
        e.run("launch")
        assert len(set(e.hit_ids())) == 6
        assert _on_the_market(e) == 6
        assert (e.folder / "state/spending.jsonl").read_bytes() == before


def test_two_at_once(experiment):
    """Of two launches at once one works and the other says so in one line; every row has one HIT."""
    e = experiment()
    e.rows(*texts(200))
    first = e.start("launch", CROWDMAKE_LATENCY="0.6")
    _wait_for_receipts(e, 5)
    os.killpg(first.pid, signal.SIGSTOP)
    try:
        output = e.run("launch", fails=True)
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    assert "error: state/run.lock: held by process" in output
    assert "Traceback" not in output
    printed, _ = first.communicate(timeout=120)
    assert first.returncode == 0, printed
    assert _on_the_market(e) == 200
    assert len(e.hit_ids()) == 200


def test_launch_is_private(experiment):
    """Everything under state/ is readable by its owner alone."""
    e = experiment()
    e.rows(*texts(1))
    e.run("launch")
    files = [path for path in (e.folder / "state").rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_damaged_ledger(experiment):
    """A ledger damaged in the middle stops the run with its file and line, and no call is made."""
    e = experiment()
    e.rows(*texts(3))
    e.run("launch")
    ledger = e.folder / "state/main/ledger.jsonl"
    lines = ledger.read_bytes().split(b"\n")
    lines[1] = lines[1][:20]
    ledger.write_bytes(b"\n".join(lines))
    e.calls()
    output = e.run("launch", fails=True)
    assert "error: state/main/ledger.jsonl:2: damaged" in output
    assert not e.calls()


def test_in_version_control(experiment):
    """A dry run in a clone leaves `git status` clean."""
    e = experiment()
    e.rows(*texts(1))
    shutil.copy(Path(__file__).parents[2] / ".gitignore", e.folder)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], cwd=e.folder, check=True)
    e.run("-n", "launch")
    status = subprocess.run(
        [*git, "status", "--porcelain"], cwd=e.folder, check=True, capture_output=True, text=True
    )
    assert not status.stdout


def test_the_library_beside_the_rules(experiment, tmp_path):
    """Jobs use the library that stands beside their rules, whatever else is installed."""
    other = tmp_path / "other" / "crowdmake"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise ImportError('another clone')\n", encoding="utf-8")
    e = experiment()
    e.environment["PYTHONPATH"] += f":{other.parent}"
    e.rows(*texts(1))
    e.run("launch")
    assert e.calls()["CreateHIT"] == 1
