"""Where an embedded market keeps its rows: one SQLite file, safe for many threads and processes.

Settings: sqlite.org/wal.html (readers and a writer do not block each other),
sqlite.org/pragma.html#pragma_synchronous (FULL: what was answered survives a power cut),
docs.djangoproject.com/en/5.2/ref/databases/#sqlite-transaction-behavior (IMMEDIATE: two
transactions that read first cannot both become writers).
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from crowdmake.market import clock, due

BUSY_SECONDS = 60
OWNER_ONLY = 0o600

_write_locks: dict[Path, Lock] = {}


def advance(moment: datetime) -> datetime:
    """Move the clock and do what falls due; return the time; inside a store's `writing()`."""
    clock.move(moment)
    return _settled()


class Store:
    """One market's file.

    Each thread has one connection at a time, to the file of the store that it last used.
    One lock per file keeps this process's writers in line, because SQLite lets those that
    wait try again at longer and longer intervals and so starves some of many threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._write_lock = _write_locks.setdefault(self.path, Lock())

    @contextmanager
    def reading(self) -> Iterator[datetime]:
        """Yield the market's time, with everything done that was due by then."""
        self._bind()
        reading = clock.read()
        if reading.due:
            with self.writing():
                pass
        yield reading.now

    @contextmanager
    def writing(self) -> Iterator[datetime]:
        """Yield the market's time inside a transaction that no other writer interrupts."""
        self._bind()
        with self._write_lock, transaction.atomic():
            yield _settled()

    def prepare(self) -> None:
        """Make the file, or bring an older one up to date after a copy was put beside it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self.path.touch(mode=OWNER_ONLY)
            self.path.chmod(OWNER_ONLY)
            self._bind()
            connection = connections[DEFAULT_DB_ALIAS]
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=WAL")
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self._back_up(len(executor.loader.applied_migrations))
                call_command("migrate", verbosity=0, interactive=False)
                clock.start()

    def close(self) -> None:
        """Close this thread's connection."""
        connections[DEFAULT_DB_ALIAS].close()

    def _back_up(self, version: int) -> None:
        """Copy a file that holds a schema to `<name>.before-<number of the next migration>`."""
        if not version:
            return
        copy = self.path.with_name(f"{self.path.name}.before-{version + 1:04d}")
        copy.unlink(missing_ok=True)
        copy.touch(mode=OWNER_ONLY)
        with (
            closing(sqlite3.connect(self.path)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from preparing the file at the same time."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        lock.touch(mode=OWNER_ONLY)
        with self._write_lock, lock.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _bind(self) -> None:
        """Point this thread's connection at this store's file."""
        if connections[DEFAULT_DB_ALIAS].settings_dict["NAME"] != str(self.path):
            connections[DEFAULT_DB_ALIAS].close()
            settings = connections.configure_settings(self._databases())[DEFAULT_DB_ALIAS]
            connections[DEFAULT_DB_ALIAS] = DatabaseWrapper(settings, DEFAULT_DB_ALIAS)

    def _databases(self) -> dict[str, dict[str, object]]:
        options = {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA synchronous=FULL",
        }
        engine = "django.db.backends.sqlite3"
        return {DEFAULT_DB_ALIAS: {"ENGINE": engine, "NAME": str(self.path), "OPTIONS": options}}


def _settled() -> datetime:
    """Return the market's time, with everything done that was due by then."""
    reading = clock.read()
    if reading.due:
        due.settle(reading.now)
    return reading.now
