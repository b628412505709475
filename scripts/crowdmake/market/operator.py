"""What the operator does with a market's database as a whole.

The key file under which secrets are encrypted is no part of it: it is kept elsewhere.
"""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crowdmake.market.stores import Location, Store, store_at


def migrate(location: Location) -> None:
    """Make the tables, or bring older ones up to date; of an older file a copy is kept.

    Raises OperatorError.
    """
    with _store(location) as store:
        store.migrate()


def backup(location: Location, target: Path) -> None:
    """Write all that the market holds to the new file ``target``, while it may be in use.

    Raises OperatorError where there is no market, or the file cannot be written or exists.
    """
    with _store(location) as store:
        store.back_up(target)


def restore(location: Location, source: Path, *, replace: bool = False) -> None:
    """Put back what `backup` wrote to ``source``, and bring it up to date.

    An SQLite file is replaced while nobody has it open, and a copy of it kept beside it. A
    PostgreSQL database that holds a market is replaced if ``replace`` says so. Raises
    OperatorError otherwise, and then changes nothing.
    """
    with _store(location) as store:
        store.restore(source, replace=replace)


@contextmanager
def _store(location: Location) -> Iterator[Store]:
    store = store_at(location)
    try:
        yield store
    finally:
        store.close()
