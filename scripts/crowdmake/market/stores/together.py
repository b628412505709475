"""Writers that wait at the same time share a transaction, and with it one wait for the disk.

The thread whose turn it is also does what the others wait for, each within a savepoint
(sqlite.org/lang_savepoint.html), so that what one of them is refused undoes nothing of the
others'. None of them returns before all of it is on the disk.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from django.db import transaction

from crowdmake.market.stores import turns
from crowdmake.market.stores.base import due_done

# For as long as they take nobody else can write, other processes included.
MOST = 32

Result = TypeVar("Result")


class Together:
    """Does what any number of threads want to write, inside ``writing``."""

    def __init__(self, writing: Callable[[], AbstractContextManager[datetime]], lock: Path) -> None:
        """Begin with the way to write, and the file by whose lock processes take turns."""
        self._writing, self._lock = writing, lock
        self._turn = Lock()
        # Where the one whose turn it is looks for others; each sees to its own job itself.
        self._waiting: list[_Job] = []

    def run(self, action: Callable[[datetime], Result]) -> Result:
        """Return what ``action`` returns, called by whichever thread it was that had the turn.

        It is called again, alone, where the database took back all that was shared. Raises
        OperatorError where others do not come to an end.
        """
        job = _Job(action)
        self._waiting.append(job)
        try:
            if not self._turn.acquire(timeout=turns.TURN_SECONDS):
                raise turns.too_long(self._lock)
            try:
                if not job.done:
                    self._lead(job)
            finally:
                self._turn.release()
        finally:
            # Nobody does it any more, now that its thread goes its way.
            job.done = True
        result: Result = job.result()
        return result

    def _lead(self, own: "_Job") -> None:
        try:
            self._share(own)
        except _TakenBack:
            with self._writing() as now:
                own.do(now)

    def _share(self, own: "_Job") -> None:
        """Do a job, and those that wait with it; raises _TakenBack where nothing of it stays."""
        with self._writing() as now:
            waiting, self._waiting = self._waiting, []
            others = [each for each in waiting if each is not own and not each.done]
            if others:
                shared = [own, *others[: MOST - 1]]
                for each in shared:
                    each.attempt()
            else:
                shared = [own]
                own.do(now)
        for each in shared:
            each.done = True


class _TakenBack(Exception):  # noqa: N818 - says what to do next, not what went wrong
    """The database has undone the whole transaction, not just what failed in it."""


class _Job:
    """An action, and what came of it."""

    def __init__(self, action: Callable[[datetime], Any]) -> None:
        self._action = action
        self._value: Any = None
        self._error: Exception | None = None
        self.done = False

    def do(self, now: datetime) -> None:
        """Carry the action out."""
        self._value, self._error = self._action(now), None

    def attempt(self) -> None:
        """Carry the action out so that it can fail by itself; raises _TakenBack."""
        try:
            with transaction.atomic():
                self.do(due_done())
        except Exception as error:
            self._error = error
            if transaction.get_rollback():
                raise _TakenBack from error

    def result(self) -> Any:
        """Return what the action returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value
