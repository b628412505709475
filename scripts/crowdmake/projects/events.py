"""`crowdmake event` on the command line: rows that another program sends."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from crowdmake.configuration.config import read_config
from crowdmake.configuration.triggers import SCHEDULE
from crowdmake.exceptions import UserError
from crowdmake.inputs.arrivals import append, rows_in
from crowdmake.layout import CONFIG
from crowdmake.ledgers.batches import STATE
from crowdmake.messages import counted
from crowdmake.projects.commands import say

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Subparsers = _SubParsersAction[ArgumentParser]

_EVENT = (
    "Append a row to the experiment in the working directory: one JSON value from standard input,"
    " or several, one a line. When it ends well they are on the disk, in input/NAME.jsonl; the next"
    " `snakemake tick` or `launch` puts them up."
)


def add(subparsers: "Subparsers") -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "event", help="append rows from standard input", description=_EVENT
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "--batch", metavar="NAME", default="events", help="the batch (otherwise events)"
    )


def _run(arguments: Namespace) -> int:
    if read_config().get("trigger_on") == SCHEDULE:
        raise UserError(
            f"{CONFIG}: trigger_on: found schedule, where the clock makes the rows; expected event"
        )
    rows = rows_in(sys.stdin.buffer.read())
    path = append(arguments.batch, rows, STATE, say)
    say(f"{path}: appended {counted(len(rows), 'row')}")
    return 0
