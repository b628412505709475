"""simple-amt's commands: each has its target here, as the documents say and a dry run shows."""

import re

import pytest
from crowdmake.cli import main
from workflow.conftest import ROOT, texts
from workflow.test_documents import TARGETS

COMMANDS = {
    "launch_hits", "show_hit_progress", "get_results", "approve_hits", "approve_assignments",
    "reject_hits", "reject_assignments", "delete_hits", "delete_hit", "get_all_hits",
    "block_workers", "unblock_workers", "render_template", "show_account_balance",
}  # fmt: skip
# Of each target, what a dry run of an experiment with two rows says.
SAID = {
    "all": "all",
    "render": "render main",
    "preview": "preview main",
    "check": "check",
    "estimate": "estimate",
    "launch": "launch main: 2 HITs x 2 assignments: rewards 0.20 USD, fees 0.04 USD, total 0.24 USD",
    "progress": "progress",
    "results": "merge results",
    "combine": "combine",
    "poll": "poll",
    "approve": "approve",
    "reject": "reject",
    "bonus": "bonus",
    "extend": "extend",
    "expire": "expire",
    "delete": "delete",
    "tick": "tick",
    "emit": "emit",
    "hits": "list the account's HITs",
    "block": "block: 1 worker",
    "unblock": "unblock: 1 worker",
    "notify": "notify: nobody yet",
    "qualify": "qualify: 0 changes",
    "balance": "balance",
}


def documents():
    """Return the documents that name commands, by their paths."""
    skeleton = ROOT / "scripts/crowdmake/projects/skeleton/README.md.jinja"
    paths = [ROOT / "README.md", ROOT / "config/README.md", skeleton]
    return {str(path): path.read_text(encoding="utf-8") for path in paths}


def test_each_command_has_its_target():
    """The README's table names every command of simple-amt and, in its place, targets that exist."""
    table = documents()[str(ROOT / "README.md")].split("## Coming from simple-amt")[1]
    rows = re.findall(r"^\| (`\w+\.py.*?) \| (.+) \|$", table, re.MULTILINE)
    named = {name for old, _ in rows for name in re.findall(r"(\w+)\.py", old)}
    assert named == COMMANDS
    for old, new in rows:
        assert set(re.findall(r"`snakemake (\w+)", new)) & TARGETS, old


def test_no_document_names_a_command_that_is_missing(capsys):
    """Every target, command and script that the documents name is there."""
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE))
    for path, text in documents().items():
        assert set(re.findall(r"snakemake (?:-n )?([a-z]+)\b", text)) <= TARGETS, path
        assert set(re.findall(r"(?:^|`)crowdmake (\w+)", text, re.MULTILINE)) <= commands, path
        for script in re.findall(r"(?:bash|python) ([\w.]+/[\w./]+)", text):
            assert (ROOT / script).exists(), path


def tree(folder):
    """Return every path of an experiment but Snakemake's own and Python's."""
    mine = {".snakemake", "__pycache__"}
    return {path for path in folder.rglob("*") if not mine & set(path.parts)}


def test_a_dry_run_of_every_target(experiment):
    """`snakemake -n` says of each target what it would do, calls nobody and leaves nothing behind."""
    e = experiment()
    e.rows(*texts(2))
    e.write("workers/block.txt", "A1\n")
    e.write("workers/unblock.txt", "A2\n")
    before = tree(e.folder)
    assert SAID.keys() == TARGETS
    output = e.run("-n", *SAID)
    said = set(re.findall(r"^Job \d+: (.+)$", output, re.MULTILINE))
    assert set(SAID.values()) <= said
    assert len(output.splitlines()) < 12 * len(SAID)
    assert not e.calls()
    assert tree(e.folder) == before


def test_what_is_asked_before_the_launch(experiment):
    """What a launch costs and what the account holds are said, and no HIT is put up for it."""
    e = experiment(budget__max_usd=1)
    e.rows(*texts(2))
    output = e.run("estimate", "balance")
    assert "main: 2 HITs x 2 assignments: rewards 0.20 USD" in output
    assert "all: total 0.24 USD" in output
    assert "account on local: 10000.00 USD available" in output
    assert "experiment: 0.00 USD committed, 1.00 USD of 1.00 USD left" in output
    assert e.calls() == {"GetAccountBalance": 1}
