"""What every store does: bind a thread to its database, and keep the market's time."""

import atexit
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from crowdmake.market import clock, due
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.serving.vault import Vault

APP = "market"

Result = TypeVar("Result")


class Store(ABC):
    """One market's database, for any number of threads and processes.

    Each thread has one connection at a time, to the database of the store that it last used.
    ``vault``, where whoever opened the store has one, reads the secrets kept in it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.vault: Vault | None = None

    @contextmanager
    def reading(self) -> Iterator[datetime]:
        """Yield the market's time, with everything done that was due by then."""
        self.bind()
        yield self._settled()

    @abstractmethod
    def writing(self) -> AbstractContextManager[datetime]:
        """Enter a transaction with everything done that was due; the value is the time."""

    @abstractmethod
    def run(self, action: Callable[[datetime], Result]) -> Result:
        """Return what ``action`` returns for the time, called within `writing()`.

        It is called again where the database took its transaction back for another's sake.
        """

    @abstractmethod
    def advance(self, moment: datetime) -> datetime:
        """Move the clock and do what falls due; return the time.

        The first thing that is done inside a `writing()`.
        """

    @abstractmethod
    def prepare(self) -> None:
        """Make the database ready, where that is done without being asked.

        Raises OperatorError where it is not ready, and says what makes it so.
        """

    @abstractmethod
    def migrate(self) -> None:
        """Make the database's tables, or bring older ones up to date; raises OperatorError."""

    @abstractmethod
    def back_up(self, target: Path) -> None:
        """Write all that the database holds to the new file ``target``; raises OperatorError."""

    @abstractmethod
    def restore(self, source: Path, *, replace: bool) -> None:
        """Put back what `back_up` wrote to ``source``; raises OperatorError."""

    @abstractmethod
    def _settled(self) -> datetime:
        """Return the market's time, with everything done that was due; outside `writing()`."""

    @abstractmethod
    def _database(self) -> dict[str, Any]:
        """Return the connection's settings, as Django's DATABASES has them."""

    def close(self) -> None:
        """Close this thread's connection."""
        _let_go()

    def bind(self) -> None:
        """Point this thread's connection at this store's database, and replace a broken one."""
        bound: _Bound | None = getattr(_thread, "bound", None)
        if bound is None or bound.name != self._name:
            _let_go()
            bound = _thread.bound = _Bound(self._name, self._connection(), self._admitted())
            connections[DEFAULT_DB_ALIAS] = bound.connection
        if not bound.connection.in_atomic_block:
            bound.connection.errors_occurred |= self._may_be_broken(bound.connection)
            bound.connection.close_if_unusable_or_obsolete()

    def _connection(self) -> Any:
        """Return a connection that lives as long as its thread, but for one that broke."""
        wanted = {DEFAULT_DB_ALIAS: {"CONN_MAX_AGE": None, **self._database()}}
        return type(connections)(wanted).create_connection(DEFAULT_DB_ALIAS)

    def _admitted(self) -> ExitStack:
        """Return what is held while a connection is open."""
        return ExitStack()

    def _may_be_broken(self, connection: Any) -> bool:  # noqa: ARG002 - for those that know better
        """Return whether a connection should be tried before it is used."""
        return False


class _Bound:
    """A thread's connection; it is closed when the thread ends."""

    def __init__(self, name: str, connection: Any, held: ExitStack) -> None:
        self.name, self.connection, self._held = name, connection, held

    def close(self) -> None:
        self.connection.close()
        self._held.close()

    def __del__(self) -> None:
        self.close()


# What a thread keeps here is let go of when it ends.
_thread = threading.local()


def _let_go() -> None:
    """Close this thread's connection, if it has one."""
    bound: _Bound | None = _thread.__dict__.pop("bound", None)
    if bound is not None:
        bound.close()


# The main thread's goes while there still is an interpreter to close it.
atexit.register(_let_go)


def due_done() -> datetime:
    """Return the market's time, with everything done that was due; inside a transaction."""
    while (reading := clock.read()).due:
        due.settle(reading.now)
    return reading.now


def unapplied() -> tuple[bool, int]:
    """Return whether this thread's database lacks a migration, and how many it has had.

    Raises OperatorError for the database of a later version.
    """
    executor = _executor()
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return bool(plan), len(executor.loader.applied_migrations)


def migrated() -> None:
    """Bring the tables of this thread's database up to date.

    Raises OperatorError for the database of a later version.
    """
    _executor()
    call_command("migrate", verbosity=0, interactive=False)
    clock.start()


def known_migrations() -> frozenset[str]:
    """Return the names of the market's migrations."""
    return frozenset(name for app, name in MigrationLoader(None).disk_migrations if app == APP)


def _executor() -> MigrationExecutor:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    applied = {name for app, name in executor.loader.applied_migrations if app == APP}
    if applied - known_migrations():
        raise OperatorError("the market's tables are of a later version of Crowdmake: use that")
    return executor
