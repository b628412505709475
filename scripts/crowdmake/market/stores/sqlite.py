"""One SQLite file.

Settings: sqlite.org/wal.html (readers and a writer do not block each other),
sqlite.org/pragma.html#pragma_synchronous (FULL: what was answered survives a power cut),
docs.djangoproject.com/en/5.2/ref/databases/#sqlite-transaction-behavior (IMMEDIATE: two
transactions that read first cannot both become writers).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from crowdmake.market import clock
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.stores import copies
from crowdmake.market.stores.base import Store, due_done, known_migrations, migrated, unapplied
from crowdmake.market.stores.together import Together
from crowdmake.market.stores.turns import OWNER_ONLY, Presence, turn_at

BUSY_SECONDS = 60

Result = TypeVar("Result")


class SQLiteStore(Store):
    """A market in one file.

    Writers take turns by locks of their own, because SQLite lets those that wait try again
    at longer and longer intervals and so starves some of many.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        super().__init__(str(self.path))
        self._turn = turn_at(self._beside("lock"))
        self._presence = Presence(self._beside("open"))
        self._together = Together(self.writing, self._beside("lock"))

    @contextmanager
    def writing(self) -> Iterator[datetime]:
        """Yield the market's time inside a transaction that no other writer interrupts."""
        self.bind()
        with self._turn.taken(), transaction.atomic():
            yield due_done()

    def run(self, action: Callable[[datetime], Result]) -> Result:
        """Return what ``action`` returns for the time, called within `writing()`.

        What threads want to write at the same time shares one transaction.
        """
        self.bind()
        return self._together.run(action)

    def advance(self, moment: datetime) -> datetime:
        """Move the clock and do what falls due; return the time; inside `writing()`."""
        clock.move(moment)
        return due_done()

    def prepare(self) -> None:
        """Make the file, or bring an older one up to date after a copy was put beside it.

        Raises OperatorError for a file that is no database, or is of a later version.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.bind()
        with self._turn.taken():
            if not self.path.exists():
                self.path.touch(mode=OWNER_ONLY)
            self._write_ahead()
            self._close_to_others()
            lacking, number = unapplied()
            if lacking and number:
                copies.copy(self.path, self._beside(f"before-{number + 1:04d}"))
            if lacking:
                migrated()

    def migrate(self) -> None:
        """Do what is done whenever the file is opened."""
        self.prepare()

    def back_up(self, target: Path) -> None:
        """Copy the file, while it may be in use, to the new file ``target``.

        Raises OperatorError where there is no market, or a file called ``target``.
        """
        if not self.path.is_file():
            raise OperatorError(f"{self.path}: there is no market")
        copies.copy_to_new(self.path, target)

    def restore(self, source: Path, *, replace: bool) -> None:  # noqa: ARG002 - nothing is lost
        """Put ``source`` in the file's place, of which a copy stays beside it.

        Raises OperatorError for a source that is no market, and while the file is in use.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._presence.alone():
            copies.replace(self.path, source, known_migrations())
        self.prepare()

    def _write_ahead(self) -> None:
        try:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=WAL")
        except DatabaseError as error:
            raise OperatorError(f"{self.path} cannot be used: {error}") from error

    def _close_to_others(self) -> None:
        """Make the files their owner's, now that SQLite knows them: a wrong path names others.

        They are not looked into here: closing a database file gives up all the locks that
        this process has on it (sqlite.org/howtocorrupt.html#posix_advisory_locks_canceled).
        """
        for ending in ("", "-wal", "-shm"):
            file = self.path.with_name(self.path.name + ending)
            with suppress(FileNotFoundError):
                file.chmod(OWNER_ONLY)

    def _settled(self) -> datetime:
        reading = clock.read()
        if reading.due:
            with self.writing() as now:
                return now
        return reading.now

    def _admitted(self) -> ExitStack:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self._presence.entered()

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{ending}")

    def _database(self) -> dict[str, Any]:
        options = {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA synchronous=FULL",
        }
        engine = "django.db.backends.sqlite3"
        return {"ENGINE": engine, "NAME": str(self.path), "OPTIONS": options}
