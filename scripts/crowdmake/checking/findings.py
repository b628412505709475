"""What a check of pages finds: errors that stop it, warnings that do not."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from crowdmake.inputs.rows import Row
from crowdmake.rendering.faults import Faults


class Finding(NamedTuple):
    """One thing found on a page, in words."""

    text: str
    is_error: bool = True


class Findings:
    """The findings on the pages of one input file, each once.

    What is true of every page that was looked at is the template's, the rest is its rows'.
    """

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._found: dict[Finding, list[Row]] = {}
        self._looked: set[str] = set()

    def add(self, row: Row, found: Iterable[Finding]) -> None:
        """Take in what was found on one row's page."""
        self._looked.add(row.key)
        for finding in dict.fromkeys(found):
            self._found.setdefault(finding, []).append(row)

    def lines(self, *, errors: bool) -> list[str]:
        """Return a line per error, or per warning."""
        faults = Faults(self._path)
        for finding, rows in self._found.items():
            if finding.is_error != errors:
                continue
            if len(rows) == len(self._looked):
                faults.note(f"{self._source}: {finding.text}", None)
            else:
                for row in rows:
                    faults.note(f"{self._source}: {finding.text}", row)
        return faults.lines()
