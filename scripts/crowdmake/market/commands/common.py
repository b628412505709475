"""What the commands share: the market they are for, and how they print."""

import json
import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from crowdmake.market import requesters
from crowdmake.market.embedded import REQUESTER
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Requester
from crowdmake.market.serving import fingerprints
from crowdmake.market.serving.vault import Vault, make_key_file
from crowdmake.market.stores import Location, Store, store_at
from crowdmake.market.stores.postgresql import PostgreSQLStore

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Subparsers = _SubParsersAction[ArgumentParser]

DATABASE = "CROWDMAKE_MARKET_DATABASE"
KEY_FILE = "CROWDMAKE_MARKET_KEY_FILE"
DEFAULT_DATABASE = Path("state/market.sqlite3")
DEFAULT_KEY_FILE = Path("state/market.key")

Run = Callable[[Namespace], int | None]


def group(subparsers: "Subparsers", name: str, help_: str) -> "Subparsers":
    """Return where the subcommands of a new command go."""
    parser = subparsers.add_parser(name, help=help_, description=help_)
    return parser.add_subparsers(metavar="COMMAND", required=True)


def command(subparsers: "Subparsers", name: str, help_: str, run: Run) -> ArgumentParser:
    """Return the parser of a new command that ``run`` carries out."""
    parser = subparsers.add_parser(name, help=help_, description=help_)
    # What stands before the subcommand holds unless it is given again.
    add_places(parser, default=SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def add_places(parser: ArgumentParser, default: str | None = None) -> None:
    """Add the options that say which market is meant."""
    parser.add_argument(
        "--database",
        metavar="PLACE",
        default=default,
        help="an SQLite file, or postgresql://user@host/database"
        f" (otherwise {DATABASE}, otherwise {DEFAULT_DATABASE})",
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        type=Path,
        default=default,
        help="the file with the key under which secrets are stored"
        f" (otherwise {KEY_FILE}, otherwise market.key beside the SQLite file,"
        f" or {DEFAULT_KEY_FILE})",
    )


def location(arguments: Namespace) -> Location:
    """Return where the market is."""
    given = arguments.database or os.environ.get(DATABASE) or str(DEFAULT_DATABASE)
    return given if "://" in given else Path(given)


def shown(place: Location) -> str:
    """Return where the market is as it may be shown, without a password."""
    return str(place) if isinstance(place, Path) else PostgreSQLStore(place).shown()


def opened(arguments: Namespace) -> Store:
    """Return the store, its tables ready; raises OperatorError where it cannot be opened.

    A market that nobody has an account in is new: it gets the one of the embedded market.
    """
    with explained():
        store = store_at(location(arguments))
        store.prepare()
        store.bind()
        if not Requester.objects.exists():
            store.run(lambda _: requesters.ensure(REQUESTER))
            note(f"This is a new market: {shown(location(arguments))}")
    return store


@contextmanager
def explained() -> Iterator[None]:
    """Turn what is wrong with the database's place into an OperatorError."""
    try:
        yield
    except (DatabaseError, OSError) as error:
        first = printable(str(error).strip().partition("\n")[0])
        raise OperatorError(f"the database cannot be opened: {first}") from None


def opened_with_vault(arguments: Namespace) -> tuple[Store, Vault]:
    """Return the store and the vault of its secrets; the key file is made for a new market.

    Raises OperatorError where one of them cannot be opened, or they do not belong together.
    """
    store = opened(arguments)
    path = key_file(arguments)
    with store.reading():
        if not fingerprints.secrets_are_kept():
            make_key_file(path)
        elif not path.exists():
            raise OperatorError(
                f"{path}: the key file of this market is not there; put it back, or name it with"
                " --key-file (if it is lost: revoke all keys, end all notification secrets, then"
                " make new ones)"
            )
        vault = Vault(path)
        fingerprints.check(vault)
    store.vault = vault
    return store, vault


def key_file(arguments: Namespace) -> Path:
    """Return where the key file is, or is to be."""
    named = arguments.key_file or os.environ.get(KEY_FILE)
    if named:
        return Path(named)
    return beside(arguments, DEFAULT_KEY_FILE.name)


def beside(arguments: Namespace, name: str) -> Path:
    """Return the path of what stands beside the market's file, or in `state` where it has none."""
    place = location(arguments)
    return (place if isinstance(place, Path) else DEFAULT_KEY_FILE).with_name(name)


def requester_named(name: str) -> Requester:
    """Return the requester; raises OperatorError where there is none of that name."""
    requester = Requester.objects.filter(name=name).first()
    if requester is None:
        raise OperatorError(
            f"there is no requester {printable(name)!r}: crowdmake market requester make NAME"
        )
    return requester


def say(text: str) -> None:
    """Print one line for people, where no control character reaches the terminal."""
    sys.stdout.write(printable(text) + "\n")


def note(text: str) -> None:
    """Print one line beside a command's output."""
    sys.stderr.write(printable(text) + "\n")


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows with the same members: as a table, or as a JSON list for programs."""
    if as_json:
        sys.stdout.write(json.dumps(rows, default=_json_text, indent=2) + "\n")
        return
    if not rows:
        return
    lines = [list(rows[0]), *([cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def printable(text: str) -> str:
    """Return ``text`` on one line with every control character spelt out."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def cell(value: Any) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return printable(str(value))


def _json_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def add_json(parser: ArgumentParser) -> None:
    """Add the option that makes a list one for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def of_each(items: Iterable[Any], **members: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Return a row for each item, with the members' values."""
    return [{name: value(item) for name, value in members.items()} for item in items]
