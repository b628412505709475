"""Locks between processes: refused, waited for, and gone with the process."""

import os
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.locks import Lock, held, hold_for_run

LIBRARY = Path(__file__).parents[2] / "scripts"
HOLD = """
import sys
from pathlib import Path
from crowdmake.locks import Lock
print(Lock(Path(sys.argv[1])).take(), flush=True)
sys.stdin.read()
"""
WAIT = """
import sys
from pathlib import Path
from crowdmake.locks import held
with held(Path(sys.argv[1]), lambda line: print(line, flush=True)):
    print("in", flush=True)
"""
GO_ON = """
import sys
from pathlib import Path
from crowdmake.locks import Lock, hold_for_run
hold_for_run(Lock(Path(sys.argv[1])), patient=True)
print("in", flush=True)
"""
PATIENCE = 20


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "run.lock"


@contextmanager
def process(code: str, path: Path):
    """Run ``code`` in another process and end it with the block."""
    started = subprocess.Popen(
        [sys.executable, "-c", code, path],
        env={"PYTHONPATH": str(LIBRARY)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate(timeout=PATIENCE)


@contextmanager
def holder(path: Path):
    with process(HOLD, path) as started:
        assert started.stdout.readline() == "True\n"
        yield started


def test_a_second_process_is_refused_with_the_first_ones_number(path):
    """A run in a directory where another works is refused in one line naming the process."""
    with holder(path) as other, pytest.raises(UserError) as caught:
        hold_for_run(Lock(path))
    (line,) = caught.value.lines
    assert line.startswith(f"{path}: held by process {other.pid}; another run works in this dir")


def test_a_lock_goes_with_a_killed_process(path):
    """SIGKILL of the holder frees the lock without a word to anybody."""
    with holder(path) as other:
        assert not Lock(path).take()
        other.kill()
        other.wait(PATIENCE)
        lock = Lock(path)
        assert lock.take()
        assert lock.holder() == str(os.getpid())
        lock.release()


@pytest.mark.parametrize("code", [WAIT, GO_ON])
def test_a_waiting_process_says_so_and_goes_on(path, code):
    """Who waits, a job or a poll of `results.wait`, says for whom, and goes on when it may."""
    lock = Lock(path)
    assert lock.take()
    with process(code, path) as other:
        assert other.stdout.readline() == f"waiting for {path}, held by process {os.getpid()}\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.3)
        lock.release()
        assert other.stdout.readline() == "in\n"
        assert other.wait(PATIENCE) == 0


def test_a_free_lock_is_taken_without_a_word(path):
    """Nothing is said where nobody has to wait."""
    said = []
    with held(path, said.append):
        assert not Lock(path).take()
    with held(path, said.append):
        pass
    assert said == []


def test_a_lock_goes_with_the_block_that_fails(path):
    """An exception in the block frees the lock."""
    with pytest.raises(KeyError), held(path, print):
        raise KeyError
    assert Lock(path).take()


def test_a_child_process_does_not_keep_the_lock(path):
    """A program that the holder starts does not inherit the lock."""
    lock = Lock(path)
    lock.take()
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False
    )
    try:
        lock.release()
        deadline = time.monotonic() + PATIENCE
        while not Lock(path).take():  # a test beside this one may be about to start a program
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        child.communicate(b"\n", timeout=PATIENCE)


def test_the_holder_of_an_empty_file_is_unknown(path):
    """A lock's file without a number names no process."""
    path.parent.mkdir()
    path.touch()
    assert Lock(path).holder() == "unknown"


def test_a_shorter_number_leaves_nothing_of_a_longer_one(path):
    """The file names the present holder only."""
    path.parent.mkdir()
    path.write_text("123456789012\n")
    lock = Lock(path)
    lock.take()
    assert lock.holder() == str(os.getpid())


def test_a_lock_is_for_its_owner_only(path):
    """A lock's file has mode 600."""
    Lock(path).take()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_releasing_what_is_not_held_is_nothing(path):
    """Releasing twice, or before taking, does nothing."""
    lock = Lock(path)
    lock.release()
    lock.take()
    lock.release()
    lock.release()
    assert Lock(path).take()
