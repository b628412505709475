"""Who may write to a market's file, and who has it open: locks beside the file.

They are flock's (man7.org/linux/man-pages/man2/flock.2.html), which the system takes back
from a process that ends in whatever way. The files stay, because one that is removed while
somebody waits for it is no longer the same lock.
"""

import fcntl
import os
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Condition, Lock, Thread

from crowdmake.market.exceptions import OperatorError

OWNER_ONLY = 0o600
KEPT_SECONDS = 0.05
# As long as SQLite itself waits: a process that was stopped while it wrote does not stop others.
TURN_SECONDS = 60.0


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
        self._close_file: Callable[[], object] = lambda: None
        self._pending: _Pending | None = None
        self._since: float | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and keep it; raises OperatorError where it does not come."""
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
            came = self._threads.acquire(timeout=TURN_SECONDS)
        except BaseException:
            self._stop_waiting()
            raise
        if not came:
            self._stop_waiting()
            raise too_long(self._path)
        self._count(-1)

    def _stop_waiting(self) -> None:
        self._count(-1)
        # The turn may have been kept for this thread, which gives up.
        if self._threads.acquire(blocking=False):
            self._pass_on()
            self._threads.release()

    def _count(self, number: int) -> None:
        with self._counting:
            self._waiting += number

    def _take(self) -> None:
        if self._since is None:
            try:
                fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._wait_for_processes()
            self._since = time.monotonic()

    def _wait_for_processes(self) -> None:
        """Wait for the file's lock; raises OperatorError where that takes too long."""
        if self._pending is None or self._pending.over:
            self._pending = _Pending(self._path)
        file = self._pending.locked_within(TURN_SECONDS)
        if file is None:
            raise too_long(self._path)
        self._pending = None
        self._use(file)

    def _pass_on(self) -> None:
        """Let other processes have the turn, unless threads wait and it was short."""
        long = self._since is None or time.monotonic() - self._since > KEPT_SECONDS
        if long or not self._waiting:
            self._since = None
            fcntl.flock(self._opened(), fcntl.LOCK_UN)

    def _opened(self) -> int:
        return self._use(_open(self._path)) if self._file is None else self._file

    def _use(self, file: int) -> int:
        self._close_file()
        self._file, self._close_file = file, weakref.finalize(self, os.close, file)
        return file


class _Pending:
    """A wait for the lock that may outlast the patience of who wants it.

    flock knows no time limit, so that a thread waits in the others' place. When the lock comes
    and nobody wants it any more, it is given back at once.
    """

    def __init__(self, path: Path) -> None:
        self.over = False
        self._file = _open(path)
        self._locked = False
        self._wanted = True
        self._changed = Condition()
        Thread(target=self._wait, daemon=True).start()

    def locked_within(self, seconds: float) -> int | None:
        """Return the locked file, None where the lock did not come in time; one thread calls."""
        with self._changed:
            self._wanted = True
            try:
                self._changed.wait_for(lambda: self._locked, seconds)
            except BaseException:
                self._give_up()
                raise
            if not self._locked:
                self._give_up()
                return None
            return self._file

    def _wait(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._changed:
            self._locked = True
            if not self._wanted:
                self._give_up()
            self._changed.notify_all()

    def _give_up(self) -> None:
        self._wanted = False
        if self._locked:
            self.over = True
            os.close(self._file)


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


def too_long(lock: Path) -> OperatorError:
    """Return what is said where another writer does not come to an end."""
    return OperatorError(
        f"{lock.with_suffix('')} is being written to by somebody else for more than"
        f" {TURN_SECONDS:.0f} seconds: see whether a process that has it open was stopped"
    )


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
