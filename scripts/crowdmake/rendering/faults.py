"""What is wrong with the pages of an input file, each fault once with the lines it is true of."""

from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row
from crowdmake.messages import listed
from crowdmake.rendering.renderer import RenderError


class Faults:
    """The faults of one input file's pages, the template's apart from the rows'."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._template: dict[str, None] = {}
        self._rows: dict[str, list[int]] = {}

    def add(self, error: UserError, row: Row) -> None:
        """Take in the faults of one row's page."""
        if isinstance(error, RenderError):
            for problem in error.problems:
                self.note(problem.text, None if problem.where == "template" else row)
        else:
            for line in error.lines:
                self.note(line, row)

    def note(self, text: str, row: Row | None) -> None:
        """Take in one fault, of a row's page or (None) of every page."""
        if row is None:
            self._template[text] = None
        else:
            self._rows.setdefault(text, []).append(row.line)

    def lines(self) -> list[str]:
        """Return a line per fault: the template's, then the rows'."""
        return [*self._template, *map(self._line, self._rows.items())]

    def _line(self, fault: tuple[str, list[int]]) -> str:
        text, (first, *others) = fault
        also = f" (also in line {listed(others)})" if others else ""
        return f"{self._path}:{first}: {text}{also}"
