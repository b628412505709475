"""Backups of a PostgreSQL market, by PostgreSQL's own programs.

Source: postgresql.org/docs/current/app-pgdump.html, app-pgrestore.html, app-psql.html. Passwords
travel in the environment, where other users of the machine do not see them.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote, urlencode

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.stores import copies

# What libpq itself calls secret, and the variable that takes it instead of a command line, where
# there is one (postgresql.org/docs/current/libpq-envars.html).
SECRETS = {
    each.keyword.decode(): (each.envvar or b"").decode()
    for each in Conninfo.get_defaults()
    if each.dispchar == b"*"
}
_ADDRESS = ("user", "host", "port", "dbname")

Parts = Mapping[str, Any]


def present() -> list[str]:
    """Return the names of the market's tables in this thread's database."""
    introspection = connections[DEFAULT_DB_ALIAS].introspection
    ours = {*introspection.django_table_names(), MigrationRecorder.Migration._meta.db_table}
    there = introspection.table_names()
    return sorted(each for each in there if each in ours or each.startswith("market_"))


def other_sessions() -> int:
    """Return how many others are connected to this thread's database.

    Source: postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def dump(parts: Parts, tables: Sequence[str], target: Path) -> None:
    """Write ``tables`` of the database to the new file ``target``.

    Raises OperatorError where that file exists or cannot be written, or pg_dump fails.
    """
    copies.refuse_existing(target)
    with copies.explained(Path("the database"), target), copies.draft(target) as path:
        wanted = [f"--table={each}" for each in tables]
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={path}"]
        _run("pg_dump", parts, *options, *wanted, f"--dbname={_address(parts)}")


def load(parts: Parts, tables: Sequence[str], source: Path) -> None:
    """Put what ``source`` holds in the place of ``tables``, in one transaction.

    Raises OperatorError where the source is no dump of a market, or a program fails.
    """
    if not source.is_file():
        raise OperatorError(f"{source}: there is no such file")
    # Nothing reaches the database before the whole dump was read.
    with TemporaryFile() as script:
        options = ("--no-owner", "--no-privileges", "--file=-", str(source))
        _run("pg_restore", {}, *options, stdout=script)
        script.seek(0)
        if not any(b" TABLE " in line and b"market_clock" in line for line in script):
            raise OperatorError(f"{source} is not the backup of a market's PostgreSQL database")
        script.seek(0)
        _run(
            "psql", parts, *_in_one_transaction(tables), f"--dbname={_address(parts)}", stdin=script
        )


def _in_one_transaction(tables: Sequence[str]) -> Iterator[str]:
    """Yield psql's options to remove ``tables`` and then run the script that it is given."""
    yield from ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    if tables:
        quote_name = connections[DEFAULT_DB_ALIAS].ops.quote_name
        yield f"--command=DROP TABLE {', '.join(map(quote_name, tables))} CASCADE"
    yield "--file=-"


def url_without_secrets(parts: Parts) -> str:
    """Return the URL of a database, as it may be shown."""
    user, host, port, name = (quote(str(parts.get(each, "")), safe="") for each in _ADDRESS)
    place = (f"{user}@" if user else "") + host + (f":{port}" if port else "")
    hidden = {*_ADDRESS, *SECRETS}
    rest = urlencode({key: value for key, value in parts.items() if key not in hidden})
    return f"postgresql://{place}/{name}" + (f"?{rest}" if rest else "")


def _run(program: str, parts: Parts, *arguments: str, **files: Any) -> None:
    """Run a program to its end; raises OperatorError with the last line of its complaint."""
    path = shutil.which(program)
    if path is None:
        raise OperatorError(f"{program} was not found: install PostgreSQL's client programs")
    secrets = {name: str(parts[key]) for key, name in SECRETS.items() if key in parts}
    if "" in secrets:
        shown = ", ".join(key for key, name in SECRETS.items() if key in parts and not name)
        raise OperatorError(
            f"{program} cannot be given {shown} but on its command line, which others see: leave"
            " it out of the URL, and put it into a connection service file"
        )
    streams = {"stdin": DEVNULL, "stdout": DEVNULL, **files, "stderr": PIPE}
    environment = {**os.environ, **secrets, "LC_MESSAGES": "C"}
    done = subprocess.run([path, *arguments], env=environment, check=False, **streams)
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip().splitlines()
        said = complaint[-1] if complaint else f"it ended with {done.returncode}"
        raise OperatorError(f"{program} failed: {said}")


def _address(parts: Parts) -> str:
    """Return how a program finds the database, without what is secret."""
    return make_conninfo(**{key: each for key, each in parts.items() if key not in SECRETS})
