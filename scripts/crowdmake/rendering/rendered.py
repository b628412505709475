"""The rows of a batch as pages: checked, and to look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crowdmake.configuration.config import SHIPPED_TEMPLATES, TEMPLATES
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, Rows, read_rows
from crowdmake.ledgers.batches import Snapshot
from crowdmake.messages import listed
from crowdmake.rendering.renderer import Renderer, RenderError, html_question

PREVIEWED = 3

Say = Callable[[str], None]


def render_rows(
    path: Path,
    rows: Rows,
    template: Path,
    html_fields: Iterable[str],
    shown: Mapping[str, Any],
    say: Say,
) -> list[dict[str, Any]]:
    """Return a line per row: key, row, input, title, description, question (the XML).

    Raises:
        UserError: the template or rows have faults; one line each, a template's only once.
    """
    renderer = _renderer(template, html_fields)
    lines: list[dict[str, Any]] = []
    faults = _Faults(path)
    for row in rows.rows:
        try:
            question = html_question(renderer.page(row.value), shown["FrameHeight"])
        except UserError as error:
            faults.add(error, row)
            continue
        lines.append(
            {
                "key": row.key,
                "row": row.number,
                "input": row.value,
                "title": shown["Title"],
                "description": shown["Description"],
                "question": question,
            }
        )
    for note in [*rows.notes, *(f"{template}: {note}" for note in renderer.notes)]:
        say(note)
    UserError.collect([*rows.errors, *faults.lines()])
    return lines


def write_previews(
    folder: Path, path: Path, rows: Sequence[Row], template: Path, html_fields: Iterable[str]
) -> Iterator[Path]:
    """Write the pages of the first rows and the one without input; yield each file's path.

    Raises:
        UserError: the template or one of these rows has faults.
    """
    renderer = _renderer(template, html_fields)
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows[:PREVIEWED]:
        try:
            page = renderer.page(row.value)
        except UserError as error:
            faults = _Faults(path)
            faults.add(error, row)
            raise UserError(*faults.lines()) from None
        yield _written(folder / f"row-{row.number}.html", page)
    yield _written(folder / "no-input.html", renderer.empty_page())


def rows_of(rendered: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows that stand in rendered lines."""
    return [Row(line["key"], line["row"], line["row"], line["input"]) for line in rendered]


def present_rows(paths: Sequence[str], snapshot: Snapshot, say: Say) -> list[Row]:
    """Return the rows of the batch's input as it is now, to put answers in its order.

    A fault in the input is said but keeps nobody from the answers: the rows are then those
    that were launched.
    """
    try:
        return [row for path in paths for row in read_rows(Path(path)).rows]
    except UserError as error:
        for line in error.lines:
            say(f"warning: {line}")
    launched = [snapshot.rows[key] for key in snapshot.hits if key in snapshot.rows]
    return [Row(row["key"], row["row"], row["row"], row["input"]) for row in launched]


def _renderer(template: Path, html_fields: Iterable[str]) -> Renderer:
    folders = [TEMPLATES, SHIPPED_TEMPLATES]
    return Renderer(template, folders, frozenset(html_fields))


class _Faults:
    """What is wrong with the pages of an input file, each fault once with its lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._template: dict[str, None] = {}
        self._rows: dict[str, list[int]] = {}

    def add(self, error: UserError, row: Row) -> None:
        """Take in the faults of one row's page."""
        texts = [("row", line) for line in error.lines]
        if isinstance(error, RenderError):
            texts = [(problem.where, problem.text) for problem in error.problems]
        for where, text in texts:
            if where == "template":
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


def _written(path: Path, page: str) -> Path:
    path.write_text(page, encoding="utf-8")
    return path
