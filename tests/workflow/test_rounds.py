"""The examples of what starts rounds, each called as its scheduler would call it."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from workflow.conftest import ROOT, texts

EXAMPLES = ROOT / "examples/rounds"


@pytest.fixture
def home(experiment, tmp_path):
    """Return an experiment in a home directory as the examples name it, with its environment."""
    e = experiment("my-experiment")
    e.rows(*texts(1))
    shutil.copytree(EXAMPLES, tmp_path / "crowdmake/examples/rounds")
    e.environment |= {
        "HOME": str(tmp_path),
        "PATH": os.defpath,  # neither cron nor systemd knows more
        "CROWDMAKE_ENV": str(Path(sys.executable).parents[1]),
    }
    return e


def call(e, command):
    done = subprocess.run(
        ["/bin/bash", "-ec", command], env=e.environment, cwd="/",
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_cron(home):
    """The crontab's line is one that cron reads, and what it calls does a round."""
    (line,) = [x for x in (EXAMPLES / "crontab").read_text().splitlines() if x[:1] != "#"]
    times, command = re.fullmatch(r"((?:\S+ ){5})(.+)", line).groups()
    assert times.split() == ["*/10", "*", "*", "*", "*"]
    assert "%" not in command  # cron takes it for a line's end
    assert call(home, command) == ""
    assert "launched 1 HIT" in (home.folder / "rounds.log").read_text()


def test_systemd(home):
    """The service's command does a round, and the timer is its own."""
    units = {}
    for kind in ("service", "timer"):
        units[kind] = configparser.ConfigParser(interpolation=None)
        units[kind].optionxform = str
        units[kind].read(EXAMPLES / f"crowdmake-round.{kind}")
    command = units["service"]["Service"]["ExecStart"].replace("%h", home.environment["HOME"])
    assert "launched 1 HIT" in call(home, command)
    assert units["timer"]["Timer"]["OnCalendar"] == "*:0/10"
    if verify := shutil.which("systemd-analyze"):
        subprocess.run([verify, "calendar", "*:0/10"], check=True, capture_output=True)


def test_ci(home, tmp_path):
    """The CI schedule's steps, run twice in fresh checkouts, put a row up once: the ledgers last."""
    workflow = yaml.safe_load((EXAMPLES / "round.yml").read_text())
    assert workflow[True]["schedule"] == [{"cron": "*/10 * * * *"}]
    steps = {step["name"]: step for step in workflow["jobs"]["round"]["steps"] if "name" in step}
    home.environment["PATH"] = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], cwd=home.folder, check=True, capture_output=True)
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(home.folder), str(origin)], check=True)
    for number in range(2):
        place = tmp_path / f"runner-{number}"
        place.mkdir()
        subprocess.run(["git", "clone", "-q", str(origin), str(place / "work")], check=True)
        call(home, f"cd {shlex.quote(str(place / 'work'))}\n{steps['ledgers']['run']}")
        call(home, f"cd {shlex.quote(str(place / 'work'))}\n{steps['round']['run']}")
        call(home, f"cd {shlex.quote(str(place / 'ledgers'))}\n{steps['keep']['run']}")
    assert home.calls()["CreateHIT"] == 1
