"""A PostgreSQL database.

Writers lock the rows they change, always in the order assignment, HIT, requester. What two
of them both make new (a HIT type, a token) the database's constraints let only one of them
make, and the other begins anew and finds it.
"""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from django.db import (
    DEFAULT_DB_ALIAS,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connections,
    transaction,
)
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from crowdmake.market import clock, due
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.stores import dumps
from crowdmake.market.stores.base import Store, due_done, migrated, unapplied

# Who finds a violation or a deadlock again and again has met a fault, not another writer.
TRIES = 10
# One transaction at a time does what time does, or migrates; the number is the market's own.
TIME_LOCK = 0x4D41524B
# A server that went without a farewell is given up before the clients give up
# (postgresql.org/docs/current/libpq-connect.html); seconds, and milliseconds for the last.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}
# A call that waits longer than that for somebody's rows, or takes longer, is answered with HTTP
# 500, so that one session that holds a row does not stop every thread; milliseconds.
LIMITS = {"lock_timeout": 20_000, "statement_timeout": 60_000}
TAKEN_BACK = (errors.DeadlockDetected, errors.SerializationFailure, errors.UniqueViolation)

Result = TypeVar("Result")


class PostgreSQLStore(Store):
    """A market in a PostgreSQL database, named by its URL."""

    def __init__(self, url: str) -> None:
        """Raise OperatorError for a URL that PostgreSQL would not understand."""
        super().__init__(url)
        self._parts = _parts(url)

    @contextmanager
    def writing(self) -> Iterator[datetime]:
        """Yield the market's time inside a transaction."""
        self.bind()
        now = self._settled()
        with transaction.atomic():
            yield now

    def run(self, action: Callable[[datetime], Result]) -> Result:
        """Return what ``action`` returns for the time, called within `writing()`.

        It is called again where the database took its transaction back for another's sake.
        """

        def attempt() -> Result:
            with self.writing() as now:
                return action(now)

        return _repeated(attempt)

    def advance(self, moment: datetime) -> datetime:
        """Move the clock and do what falls due; return the time.

        The first thing that is done inside a `writing()`: who waits for what time does must
        not hold rows that it needs.
        """
        _hold_time()
        clock.move(moment)
        return due_done()

    def prepare(self) -> None:
        """Make nothing: an operator migrates a database that several programs share.

        Raises OperatorError where that has not been done, and where no database answers.
        """
        with self._answering():
            lacking, number = unapplied()
        if lacking:
            state = "of an earlier version" if number else "not there yet"
            raise OperatorError(
                f"{self.shown()}: the market's tables are {state}:"
                f" run crowdmake market migrate --database {self.shown()}"
            )

    def migrate(self) -> None:
        """Make the database's tables, or bring older ones up to date; raises OperatorError."""
        with self._answering(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            for name in LIMITS:
                cursor.execute(f"SET {name} = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [TIME_LOCK])
            try:
                migrated()
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [TIME_LOCK])
                for name in LIMITS:
                    cursor.execute(f"RESET {name}")

    def back_up(self, target: Path) -> None:
        """Write the market's tables, as they stand now, to the new file ``target``.

        Raises OperatorError where there is no market, a file called ``target``, or no pg_dump.
        """
        with self._answering():
            tables = dumps.present()
        if not tables:
            raise OperatorError(f"{self.shown()}: there is no market")
        dumps.dump(self._parts, tables, target)

    def restore(self, source: Path, *, replace: bool) -> None:
        """Put back what `back_up` wrote to ``source``, all of it or nothing.

        Raises OperatorError where there is a market that it may not ``replace`` or that is in
        use, for a source that is no backup, and without PostgreSQL's programs.
        """
        with self._answering():
            tables, others = dumps.present(), dumps.other_sessions()
        if tables and not replace:
            raise OperatorError(
                f"{self.shown()} holds a market: restore to an empty database, or say with"
                " --replace that this one is to be replaced"
            )
        if tables and others:
            raise OperatorError(
                f"{self.shown()} is in use: stop the market and whatever else is connected to it,"
                " then try again"
            )
        dumps.load(self._parts, tables, source)
        self.migrate()

    def _settled(self) -> datetime:
        while (reading := clock.read()).due:
            _repeated(_settle)
        return reading.now

    def _may_be_broken(self, connection: Any) -> bool:
        """Return whether something came from the server unasked: most often its farewell."""
        raw = connection.connection
        if raw is None or raw.closed:
            return raw is not None
        poll = select.poll()
        poll.register(raw.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Use this thread's connection; raises OperatorError where the database refuses."""
        try:
            self.bind()
            connections[DEFAULT_DB_ALIAS].ensure_connection()
            yield
        except (OperationalError, ProgrammingError) as error:
            said = " ".join(str(error).split())
            raise OperatorError(f"{self.shown()} cannot be used: {said}") from error

    def shown(self) -> str:
        """Return the database's URL without what is secret in it."""
        return dumps.url_without_secrets(self._parts)

    def _database(self) -> dict[str, Any]:
        parts = dict(self._parts)
        limits = [f"-c {name}={most}" for name, most in LIMITS.items()]
        # What comes later holds: the operator's own.
        own = parts.pop("options", os.environ.get("PGOPTIONS", ""))
        parts["options"] = " ".join([*limits, own]).strip()
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.pop("dbname", ""),
            "USER": parts.pop("user", ""),
            "PASSWORD": parts.pop("password", ""),
            "HOST": parts.pop("host", ""),
            "PORT": parts.pop("port", ""),
            "OPTIONS": PATIENCE | parts,
        }


def _parts(url: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # What it says shows the URL, which may hold a password.
        raise OperatorError(
            "the database's URL is malformed: expected postgresql://user@host/database, with"
            " special characters as %XX"
        ) from None


def _repeated(attempt: Callable[[], Result]) -> Result:
    """Return what ``attempt`` returns, a transaction that the database may take back."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, TAKEN_BACK):
                raise
    return attempt()


def _settle() -> None:
    """Do some of what is due, if nobody has done it meanwhile."""
    with transaction.atomic():
        _hold_time()
        due.settle(clock.read().now)


def _hold_time() -> None:
    """Wait until no other transaction does what time does, and keep others from it."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TIME_LOCK])
