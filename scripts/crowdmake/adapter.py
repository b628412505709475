"""Between Snakemake and the library: what a script prints, and how it ends."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.messages import printable

Say = Callable[[str], None]


@contextmanager
def stage(snakemake: Any) -> Iterator[Say]:
    """Run one script: yield the function that prints a line and keeps it in the job's log.

    A `UserError` and an interruption end the process with plain lines; a bug keeps its
    traceback. SIGTERM is taken as an interruption, so that what is under way gets its receipt.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file, ending(file.write):

        def say(line: str) -> None:
            print(printable(line), flush=True)
            file.write(f"{printable(line)}\n")

        yield say


@contextmanager
def ending(keep: Callable[[str], object] = str) -> Iterator[None]:
    """End the process with one ``error:`` line per problem where the block raises a UserError."""
    try:
        yield
    except UserError as error:
        lines = "".join(f"error: {printable(line)}\n" for line in error.lines)
    except KeyboardInterrupt:
        lines = "interrupted: what was under way has its receipt; the same command continues\n"
    else:
        return
    keep(lines)
    sys.stderr.write(lines)
    sys.exit(1)


def pass_on_library(folder: str) -> None:
    """Let the processes that this one starts find the library in ``folder`` before any other."""
    given = os.environ.get("PYTHONPATH")
    folders = given.split(os.pathsep) if given else []
    if folder not in folders:
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *folders])


def finish_round(token: Path) -> None:
    """Leave ``token``, the mark of this round, as the only one of its stage and batch."""
    token.parent.mkdir(parents=True, exist_ok=True)
    for other in token.parent.iterdir():
        if other != token:
            other.unlink()
    token.touch()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Interrupt the script, once: Snakemake passes on a Ctrl-C that the script has had already."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
