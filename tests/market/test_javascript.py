"""A HIT's whole life through the mturk client of the JavaScript SDK, version 3, from npm."""

import json
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import npm
import pytest
from tools import needed

from market.kit import KEY

HERE = Path(__file__).parent / "javascript"
SECONDS = 60


@pytest.fixture(scope="session")
def node_modules():
    """The SDK in the versions of the lock file, installed once per lock file outside the tree."""
    return npm.node_modules(HERE)


@pytest.fixture
def program(node_modules, tmp_path, url, market):
    """The running script, where Node.js finds the SDK beside it."""
    (tmp_path / "node_modules").symlink_to(node_modules)
    shutil.copy(HERE / "life.mjs", tmp_path)
    keys = {"AWS_ACCESS_KEY_ID": KEY.key_id, "AWS_SECRET_ACCESS_KEY": KEY.secret}
    process = subprocess.Popen(
        [needed("node"), "life.mjs", url],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **keys},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_whole_life(program, people):
    """What the SDK sends is understood, and it reads every answer and names every error."""
    first = program.stdout.readline()
    assert first, program.stderr.read()
    hit_id = json.loads(first)["published"]
    for name, answer in (("Ada", "1 good"), ("Ben", "2 bad"), ("Cleo", "3 late")):
        people.do(name, hit_id, ("label", answer))
    rest, errors = program.communicate(timeout=SECONDS)
    assert program.returncode == 0, errors
    balance = json.loads(rest)
    spent = Decimal(balance["before"]) - Decimal(balance["after"])
    assert spent == 2 * Decimal("0.12") + Decimal("0.30")
