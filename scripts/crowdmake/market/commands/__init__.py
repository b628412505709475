"""The command line of the market, `crowdmake market ...`."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
from typing import TYPE_CHECKING

from crowdmake.market.commands import (
    check,
    database,
    invite,
    key,
    layout,
    letters,
    notify,
    requester,
    run,
    serve,
    site,
    worker,
)

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

DESCRIPTION = (
    "Without a COMMAND: serve a market, which speaks the Amazon Mechanical Turk requester API, over"
    " HTTP, and shows workers their site. With one: see to it. A market is an SQLite file or a"
    " PostgreSQL database."
)


def add(subparsers: "Subparsers") -> None:
    """Add the command with everything below it."""
    parser = subparsers.add_parser(
        "market", help="serve a market, and see to it", description=DESCRIPTION
    )
    serve.add(parser)
    commands = parser.add_subparsers(metavar="COMMAND")
    for each in (
        run,
        site,
        invite,
        check,
        key,
        requester,
        worker,
        layout,
        letters,
        notify,
        database,
    ):
        each.add(commands)
