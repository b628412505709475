"""Locks between processes, held on a file and let go by the system when the process ends."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crowdmake.exceptions import UserError

PRIVATE = 0o600


class Lock:
    """An exclusive lock on ``path``; the file names the process that holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Take the lock if it is free; return whether it was."""
        return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def wait(self) -> None:
        """Take the lock, waiting for its holder for as long as that takes."""
        self._lock(fcntl.LOCK_EX)

    def release(self) -> None:
        """Let the lock go; do nothing where it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> str:
        """Return the number of the process that holds the lock, as far as the file tells."""
        return self.path.read_text(encoding="ascii").strip() or "unknown"

    def _lock(self, how: int) -> bool:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        try:
            fcntl.flock(handle, how)
        except BlockingIOError:
            os.close(handle)
            return False
        except BaseException:
            os.close(handle)
            raise
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        self._handle = handle
        return True


def hold_for_run(lock: Lock, *, patient: bool = False, yields: bool = False) -> None:
    """Take the lock that a run holds until its process ends.

    A ``patient`` run, which has waited long already, waits for another to end, and says so.
    One that ``yields`` says so and ends its process with exit code 0.

    Raises:
        UserError: another run holds it.
    """
    if lock.take():
        return
    if patient:
        print(f"waiting for {lock.path}, held by process {lock.holder()}", flush=True)
        lock.wait()
    elif yields:
        print(f"{lock.path}: held by process {lock.holder()}; this round is left to it", flush=True)
        sys.exit(0)
    else:
        raise UserError(
            f"{lock.path}: held by process {lock.holder()}; another run works in this directory,"
            " wait until it has ended"
        )


@contextmanager
def held(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock on ``path`` for the block, waiting for its holder and saying so."""
    lock = Lock(path)
    if not lock.take():
        say(f"waiting for {path}, held by process {lock.holder()}")
        lock.wait()
    try:
        yield
    finally:
        lock.release()
