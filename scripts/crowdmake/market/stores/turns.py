"""Who may write to a market's file, and who has it open: locks beside the file.

They are flock's (man7.org/linux/man-pages/man2/flock.2.html), which the system takes back
from a process that ends in whatever way. The files stay, because one that is removed while
somebody waits for it is no longer the same lock.
"""

import fcntl
import os
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

from crowdmake.market.exceptions import OperatorError

OWNER_ONLY = 0o600
KEPT_SECONDS = 0.05


class Turn:
    """The right to write: a process has it, and in it one thread after the other.

    A process whose threads are waiting keeps it for a moment, because passing it on to
    another process takes longer than most transactions do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = Lock()
        self._counting = Lock()
        self._waiting = 0
        self._file: int | None = None
        self._since: float | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and keep it."""
        self._wait()
        try:
            self._take()
            yield
        finally:
            self._pass_on()
            self._threads.release()

    def _wait(self) -> None:
        """Wait for this process's other threads."""
        self._count(1)
        try:
            self._threads.acquire()
        except BaseException:
            self._count(-1)
            # The turn may have been kept for this thread, which a signal made give up.
            if self._threads.acquire(blocking=False):
                self._pass_on()
                self._threads.release()
            raise
        self._count(-1)

    def _count(self, number: int) -> None:
        with self._counting:
            self._waiting += number

    def _take(self) -> None:
        if self._since is None:
            fcntl.flock(self._opened(), fcntl.LOCK_EX)
            self._since = time.monotonic()

    def _pass_on(self) -> None:
        """Let other processes have the turn, unless threads wait and it was short."""
        long = self._since is None or time.monotonic() - self._since > KEPT_SECONDS
        if long or not self._waiting:
            self._since = None
            fcntl.flock(self._opened(), fcntl.LOCK_UN)

    def _opened(self) -> int:
        if self._file is None:
            self._file = _open(self._path)
            weakref.finalize(self, os.close, self._file)
        return self._file


class Presence:
    """Which processes have the file open: any number of them, or one that replaces it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entered(self) -> ExitStack:
        """Return what is to be closed with the connection; waits while the file is replaced."""
        stack, file = ExitStack(), _open(self._path)
        stack.callback(os.close, file)
        fcntl.flock(file, fcntl.LOCK_SH)
        return stack

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from opening the file; raises OperatorError while somebody has it open."""
        file = _open(self._path)
        try:
            self._be_alone(file)
            yield
        finally:
            os.close(file)

    def _be_alone(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperatorError(
                f"{self._path.with_suffix('')} is in use: stop the market and the pipelines that"
                " have it open, then try again"
            ) from None


_turns: "weakref.WeakValueDictionary[Path, Turn]" = weakref.WeakValueDictionary()
# A child would share its parent's locks, not wait for them.
os.register_at_fork(after_in_child=_turns.clear)


def turn_at(path: Path) -> Turn:
    """Return the turn that this process knows by the lock's ``path``."""
    return _turns.setdefault(path, Turn(path))


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
