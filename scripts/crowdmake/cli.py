"""The `crowdmake` command."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from crowdmake.market import commands as market
from crowdmake.market.commands.common import note
from crowdmake.market.exceptions import OperatorError


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; return the exit code.

    What a person can mend is one line on stderr and exit code 1; a bug keeps its traceback.
    """
    parser = ArgumentParser(
        prog="crowdmake",
        description="Human-computation experiments as a pipeline, and a market for them.",
    )
    market.add(parser.add_subparsers(metavar="COMMAND", required=True))
    parsed = parser.parse_args(arguments)
    try:
        return parsed.run(parsed) or 0
    except OperatorError as error:
        note(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
