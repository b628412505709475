"""Who asked for what on the workers' site: a file for each day, beside the database.

Addresses of workers are in these files alone, and go with them. No line has what would let its
reader in: neither queries nor the tokens of links.
"""

import logging
import os
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from crowdmake.market.faults import Faults

DIRECTORY = "market-access"
# As long as files are kept that have no addresses in them.
DAYS_WITHOUT_ADDRESSES = 7
OWNER_ONLY = 0o600
LONGEST_PATH = 200
_ENDING = ".log"
# What follows is a secret, or is encrypted, or is longer than any id of the market's.
_SECRETS = re.compile(r"(?<=^/join/).+|(?<=^/reset/).+|(?<=^/files/).+|[^/]{41,}", re.DOTALL)

logger = logging.getLogger(__name__)
_faults = Faults(logger, "the access log cannot be written")


class AccessLog:
    """The access log of a market; any number of threads and processes write to it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, moment: datetime, address: str, what: str) -> None:
        """Add a line; what fails is said on stderr, and keeps nobody from the site."""
        line = f"{moment:%Y-%m-%dT%H:%M:%SZ} {address or '-'} {what}\n"
        path = self.directory / f"{moment:%Y-%m-%d}{_ENDING}"
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, OWNER_ONLY)
            try:
                os.write(file, line.encode("ascii", "backslashreplace"))
            finally:
                os.close(file)
            _faults.over()
        except OSError as error:
            _faults.note(error)

    def forget(self, days: int) -> None:
        """Remove the files that hold lines from ``days`` days ago, or from before.

        So no line lasts longer than that; with 0 days there are no addresses in them.
        """
        last = datetime.now(UTC).date() - timedelta(days=days or DAYS_WITHOUT_ADDRESSES)
        for path in self.directory.glob(f"*{_ENDING}"):
            with suppress(ValueError, FileNotFoundError):
                if date.fromisoformat(path.stem) <= last:
                    path.unlink()


def shown(path: str) -> str:
    """Return a request's path as it may be kept: without tokens, and in ASCII on one line."""
    return quote(_SECRETS.sub("*", path), safe="/*")[:LONGEST_PATH]
