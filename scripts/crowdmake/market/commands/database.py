"""`crowdmake market migrate`, `backup` and `restore`."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.market import operator
from crowdmake.market.commands import common

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    text = "Make a market's tables, or bring older ones up to date."
    common.command(subparsers, "migrate", text, _migrate)
    text = (
        "Write all that a market holds to a new file, also while it is being served."
        " The key file is not part of it: keep a copy of that elsewhere."
    )
    backup = common.command(subparsers, "backup", text, _backup)
    backup.add_argument("file", type=Path)
    text = "Put a market back as a backup has it."
    restore = common.command(subparsers, "restore", text, _restore)
    restore.add_argument("file", type=Path)
    restore.add_argument(
        "--replace", action="store_true", help="also in a PostgreSQL database that holds a market"
    )


def _migrate(arguments: Namespace) -> None:
    with common.explained():
        operator.migrate(common.location(arguments))
    common.say(f"The market {_place(arguments)} is up to date.")


def _backup(arguments: Namespace) -> None:
    with common.explained():
        operator.backup(common.location(arguments), arguments.file)
    common.say(f"Wrote {arguments.file}, without the key file {common.key_file(arguments)}.")


def _restore(arguments: Namespace) -> None:
    with common.explained():
        operator.restore(common.location(arguments), arguments.file, replace=arguments.replace)
    common.say(f"The market {_place(arguments)} is as {arguments.file} had it.")


def _place(arguments: Namespace) -> str:
    return common.shown(common.location(arguments))
