"""The rows of a batch as pages: checked, and to look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, Rows, read_rows
from crowdmake.layout import CONFIG, SHIPPED_TEMPLATES, TEMPLATES
from crowdmake.ledgers.batches import Snapshot
from crowdmake.polling.names import POLLS
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.external import ExternalPage
from crowdmake.rendering.faults import Faults
from crowdmake.rendering.previews import PREVIEWED
from crowdmake.rendering.renderer import Renderer

Say = Callable[[str], None]
Page = Renderer | ExternalPage | QuestionPage


def render_rows(
    path: Path,
    rows: Rows,
    page: Page,
    shown: Mapping[str, Any],
    say: Say,
) -> list[dict[str, Any]]:
    """Return a line per row: key, row, input, title, description, question (the XML).

    Raises:
        UserError: the template or rows have faults; one line each, a template's only once.
    """
    lines: list[dict[str, Any]] = []
    faults = Faults(path)
    for row in rows.rows:
        try:
            title, description, question = _said(page, row, shown)
        except UserError as error:
            faults.add(error, row)
            continue
        lines.append(
            {
                "key": row.key,
                "row": row.number,
                "input": row.value,
                "title": title,
                "description": description,
                "question": question,
            }
        )
    for note in [*rows.notes, *(f"{page.source}: {note}" for note in page.notes)]:
        say(note)
    UserError.collect([*rows.errors, *faults.lines()])
    return lines


def page_of(
    template: str,
    html_fields: Iterable[str],
    url: str | None,
    asked: Mapping[str, Any] | None = None,
) -> Page:
    """Return what makes the questions: a page's template, an external one's address, or a form.

    ``asked`` is what `QuestionPage` takes.

    Raises:
        UserError: the template cannot be read or is not valid.
    """
    if asked:
        return QuestionPage(asked, f"{CONFIG}: hit")
    return ExternalPage(url, f"{CONFIG}: hit.url") if url else renderer(Path(template), html_fields)


def write_frames(
    folder: Path, path: Path, rows: Sequence[Row], page: ExternalPage
) -> Iterator[Path]:
    """Write a page for each of the first rows that frames the external one; yield their paths.

    Raises:
        UserError: one of these rows has faults.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows[:PREVIEWED]:
        try:
            frame = page.preview(row.value)
        except UserError as error:
            faults = Faults(path)
            faults.add(error, row)
            raise UserError(*faults.lines()) from None
        yield _written(folder / f"row-{row.number}.html", frame)


def rows_of(rendered: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows that stand in rendered lines."""
    return [Row(line["key"], line["row"], line["row"], line["input"]) for line in rendered]


def present_rows(paths: Sequence[str], snapshot: Snapshot, say: Say) -> list[Row]:
    """Return the rows of the batch's input as it is now, to put answers in its order.

    A fault in the input is said but keeps nobody from the answers: the rows are then those
    that were launched.
    """
    try:
        return [row for path in paths for row in _present(Path(path))]
    except UserError as error:
        for line in error.lines:
            say(f"warning: {line}")
    put_up = (*snapshot.archived, *snapshot.hits)
    launched = [snapshot.rows[key] for key in put_up if key in snapshot.rows]
    return [Row(row["key"], row["row"], row["row"], row["input"]) for row in launched]


def _present(path: Path) -> Sequence[Row]:
    """Return the rows of a file; the file of a batch's polls may hold none yet."""
    if path.parent == POLLS and not path.stat().st_size:
        return []
    return read_rows(path).rows


def renderer(template: Path, html_fields: Iterable[str]) -> Renderer:
    """Return what renders the pages of a template, the experiment's or a shipped one.

    Raises:
        RenderError: the template cannot be read or is not valid.
    """
    folders = [TEMPLATES, SHIPPED_TEMPLATES]
    return Renderer(template, folders, frozenset(html_fields))


def _said(page: Page, row: Row, shown: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the title, the description and the question's XML of one row's HIT."""
    if isinstance(page, QuestionPage):
        said = page.filled(row.value)
        return said.title, said.description, page.form(said)
    return shown["Title"], shown["Description"], page.question(row.value, shown["FrameHeight"])


def _written(path: Path, page: str) -> Path:
    path.write_text(page, encoding="utf-8")
    return path
