"""A market served by its own command, in processes of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from crowdmake.market.serving.keys import NewKey

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Served(NamedTuple):
    """A running command: its process, its address, and the file that it logs to."""

    process: "subprocess.Popen[str]"
    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def children(self) -> list[int]:
        """Return the ids of the processes that it started."""
        parent = self.process.pid
        return [int(each) for each in _read(f"/proc/{parent}/task/{parent}/children").split()]

    def memory(self) -> int:
        """Return how many bytes the most that its processes had in memory is, added up."""
        found = (_read(f"/proc/{each}/status") for each in [self.process.pid, *self.children()])
        return sum(int(re.search(r"VmHWM:\s+(\d+)", each)[1]) for each in found) * 1024

    def logged(self) -> str:
        return self.log.read_text()


def command(*arguments: object) -> list[str]:
    """Return a command line of crowdmake's."""
    return [sys.executable, "-m", "crowdmake.cli", *map(str, arguments)]


def crowdmake(*arguments: object, cwd: Path, **more: str) -> "subprocess.CompletedProcess":
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def serving(
    location: object, *more: object, cwd: Path, files: int | None = None
) -> Iterator[Served]:
    """Serve a market on a free port until the end, or until the test has ended it.

    No process of it opens more than so many ``files``.
    """
    log = cwd / "log"
    limit = [] if files is None else ["prlimit", f"--nofile={files}"]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*limit, *command("market", "--database", location, "--port", 0, *more)],
            cwd=cwd,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        address = next((line for line in process.stdout if "http://" in line), "")
        assert address, log.read_text()
        yield Served(process, address.strip(), log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


def new_key(location: object, cwd: Path) -> NewKey:
    """Return a key made by the command."""
    done = crowdmake("market", "key", "make", "--database", location, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return NewKey(*(line.partition("=")[2] for line in done.stdout.splitlines()))


def environment(**more: str) -> dict[str, str]:
    """Return the environment of the commands, with more in it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(SCRIPTS), **more}


def _read(path: str) -> str:
    return Path(path).read_text()
