"""The `crowdmake` command."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from crowdmake.exceptions import UserError
from crowdmake.market import commands as market
from crowdmake.market.commands.common import note
from crowdmake.market.exceptions import OperatorError
from crowdmake.projects import commands as projects
from crowdmake.projects import events


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; return the exit code.

    What a person can mend is one line on stderr and exit code 1; a bug keeps its traceback.
    Where nobody reads the output any more, it ends with exit code 1 and without a word.
    """
    parser = ArgumentParser(
        prog="crowdmake",
        description="Human-computation experiments as a pipeline, and a market for them.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    projects.add(commands)
    events.add(commands)
    market.add(commands)
    parsed = parser.parse_args(arguments)
    try:
        status = parsed.run(parsed) or 0
        sys.stdout.flush()
    except OperatorError as error:
        note(f"error: {error}")
        return 1
    except UserError as error:
        for line in error.lines:
            note(f"error: {line}")
        return 1
    except KeyboardInterrupt:
        note("stopped")
        return 130
    except BrokenPipeError:
        # The interpreter would try to write the rest at its end
        # (docs.python.org/3/library/signal.html#note-on-sigpipe).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    else:
        return status


if __name__ == "__main__":
    sys.exit(main())
