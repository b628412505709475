"""Copies of an SQLite market: consistent, complete before they bear their name, their owner's.

Source: sqlite.org/backup.html (the online backup, beside which others go on writing).
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Set
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.stores.turns import OWNER_ONLY

WAITING_SECONDS = 60


def copy(source: Path, target: Path) -> None:
    """Copy the database ``source``, as it stands now, to the file ``target``."""
    with draft(target) as path:
        _copy_pages(source, path)


def copy_to_new(source: Path, target: Path) -> None:
    """Copy the database ``source`` to ``target``.

    Raises OperatorError where that file exists or cannot be written, or for a broken source.
    """
    refuse_existing(target)
    with explained(source, target):
        copy(source, target)


def replace(path: Path, source: Path, known: Set[str]) -> None:
    """Put the database ``source`` in the place of ``path``, which nobody has open.

    What stood there stays beside it, under a name with the time. Raises OperatorError for a
    source that is no market or has had migrations besides the ``known`` ones, and for files
    that cannot be read or written.
    """
    with explained(source, path):
        _check(source, known)
        with draft(path) as new:
            _copy_pages(source, new, "ro")
            _keep(path)


@contextmanager
def draft(target: Path) -> Iterator[Path]:
    """Yield a new file of the owner's alone, which is to bear the name ``target`` at the end."""
    path = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
        yield path
        _to_disk(path)
        path.replace(target)
        _to_disk(target.parent)
    finally:
        path.unlink(missing_ok=True)


def refuse_existing(target: Path) -> None:
    """Raise OperatorError where there is something called ``target``."""
    if target.exists():
        raise OperatorError(f"{target} exists already: name a new file for the backup")


@contextmanager
def explained(source: Path, target: Path) -> Iterator[None]:
    """Raise OperatorError where a file cannot be read or written."""
    try:
        yield
    except sqlite3.Error as error:
        raise OperatorError(f"{source} cannot be copied to {target}: {error}") from error
    except OSError as error:
        raise OperatorError(f"{error.filename or target}: {error.strerror}") from error


def _copy_pages(source: Path, target: Path, mode: str = "rw") -> None:
    """Copy a database to an empty file, which then needs no other file beside it."""
    with closing(_connected(source, mode)) as old, closing(_connected(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def _check(source: Path, known: Set[str]) -> None:
    """Raise OperatorError unless ``source`` is an undamaged market of no later version."""
    if not source.is_file():
        raise OperatorError(f"{source}: there is no such file")
    try:
        with closing(_connected(source, "ro")) as connection:
            sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            rows = connection.execute("SELECT name FROM django_migrations WHERE app = 'market'")
            applied = {name for (name,) in rows}
    except sqlite3.DatabaseError:
        sound, applied = False, set()
    if not sound or not applied:
        raise OperatorError(f"{source} is not the undamaged backup of a market's SQLite file")
    if applied - known:
        raise OperatorError(f"{source} is of a later version of Crowdmake: restore it with that")


def _keep(path: Path) -> None:
    """Copy a file that nobody has open to a name that tells when, and leave only the file."""
    if not path.exists():
        return
    with suppress(sqlite3.DatabaseError), closing(_connected(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    kept = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    with draft(kept) as file:
        shutil.copyfile(path, file)
    # What a damaged file may have left would be taken for part of what comes in its place.
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _connected(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection to a file that exists; mode "ro" needs no right to write."""
    address = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=WAITING_SECONDS)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
