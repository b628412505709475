"""The documents say what the workflow does."""

import re
import subprocess
import sys
import tomllib
import zipfile

import yaml
from workflow.conftest import ROOT, texts

README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = {
    "all", "render", "preview", "check", "estimate", "launch", "progress",
    "results", "combine", "poll", "approve", "reject", "bonus", "extend", "expire", "delete", "balance",
    "tick", "emit", "block", "unblock", "hits", "notify", "qualify",
}  # fmt: skip


def test_targets():
    """Each target's docstring says in one line what it leaves, and stands in the README's table."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-rules"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = dict(re.findall(r"^(\w+) \((.+)\)$", done.stdout + done.stderr, re.MULTILINE))
    table = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", README, re.MULTILINE))
    assert table.keys() == TARGETS
    assert {name: listed.get(name) for name in TARGETS} == table


def test_every_rule_has_a_docstring():
    """Every rule of every rule file begins with a docstring."""
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]:
        for name, following in re.findall(
            r"^rule (\w+):\n(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert following.strip().startswith('"""'), f"{path.name}: {name}"


def test_conda_environment():
    """The environment for `--sdm conda` holds exactly the package's dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment = yaml.safe_load((ROOT / "rules/envs/crowdmake.yaml").read_text(encoding="utf-8"))
    assert environment["dependencies"][-1]["pip"] == project["dependencies"]


def test_botocore_speaks_mturk():
    """The installed botocore still carries the requester API's model."""
    import boto3

    assert "mturk" in boto3.Session().get_available_services()


def test_wheel(experiment, tmp_path):
    """The wheel carries the whole workflow: an experiment elsewhere includes it and launches."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    scripts = {path.name for path in (ROOT / "scripts").glob("*.py")}
    assert {
        path.name for path in (installed / "crowdmake/workflow/scripts").glob("*.py")
    } == scripts
    e = experiment()
    for part in ("rules", "scripts", "schemas"):
        (e.folder / part).rename(tmp_path / f"moved-{part}")
    e.write(
        "Snakefile",
        "import crowdmake\n\ninclude: crowdmake.snakefile, overwrite_default_target=True\n",
    )
    e.environment["PYTHONPATH"] += f":{installed}"
    e.rows(*texts(2))
    e.run("launch")
    assert e.calls()["CreateHIT"] == 2


def test_lines_of_the_readme():
    """The README's section of two commands holds exactly two."""
    section = README.split("## Two commands")[1].split("\n## ")[0]
    commands = re.findall(r"```sh\n(.+)\n```", section)
    assert len(commands) == 2
    assert commands[0].endswith("snakemake")
    assert commands[1].endswith("pytest")


def headings(path):
    """Return the anchors of a document's headings."""
    lines = re.findall("^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in lines}


def test_links():
    """Every relative link of the documents leads to a file, and to a heading of it where it names one."""
    market = ROOT / "scripts/crowdmake/market"
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "config/README.md"]
    for path in [*documents, market / "README.md", market / "CHOICES.md"]:
        text = path.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
            found = path.parent / target if target else path
            assert found.exists(), f"{path.name}: {target}"
            assert not anchor or anchor in headings(found), f"{path.name}: #{anchor}"
