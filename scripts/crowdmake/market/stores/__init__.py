"""Where a market keeps its rows: an SQLite file or a PostgreSQL database."""

from pathlib import Path

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.stores.base import Store
from crowdmake.market.stores.postgresql import PostgreSQLStore
from crowdmake.market.stores.sqlite import SQLiteStore

__all__ = ["Location", "Store", "store_at"]

# A file's path, or the URL of a PostgreSQL database.
Location = Path | str

SCHEMES = ("postgresql://", "postgres://")


def store_at(location: Location) -> Store:
    """Return the store at ``location``; raises OperatorError for a URL of another kind."""
    if isinstance(location, Path):
        return SQLiteStore(location)
    if location.startswith(SCHEMES):
        return PostgreSQLStore(location)
    raise OperatorError("expected postgresql://user@host/database, or the path of an SQLite file")
