"""Pages to look at and try before anything is launched: they behave as on a market.

Each page is the one that is launched, with a script before it that stands in for the market:
what the page submits is shown, as the fields and the XML that would arrive. The pages open
from files, and nothing here loads or sends anything from or to anywhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from selectolax.lexbor import LexborHTMLParser

from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row
from crowdmake.messages import shown
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.escaping import html_text, json_text
from crowdmake.rendering.faults import Faults
from crowdmake.rendering.renderer import Renderer, RenderError

PREVIEWED = 3
_FILES = Path(__file__).parent / "previewing"
_DOCTYPE = re.compile(r"(\s|<!--.*?-->)*<!doctype[^>]*>", re.IGNORECASE | re.DOTALL)
_NO_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>No page</title></head>
<body><p>This template cannot be shown without a row, and need not be:</p><ul>{reasons}</ul></body>
</html>
"""
_HIT = {"hitId": "3PREVIEW0HIT"}
# The host's name can never be anybody's (https://www.rfc-editor.org/rfc/rfc6761#section-6.4).
_WEB = "https://market.invalid/"
# The order of the parameters is that of real logs.
PARAMETERS = {
    "preview": urlencode({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE", **_HIT}),
    "accepted": urlencode(
        {
            "assignmentId": "3PREVIEW0ASSIGNMENT",
            **_HIT,
            "workerId": "APREVIEW0WORKER",
            "turkSubmitTo": _WEB.rstrip("/"),
        }
    ),
}


def write_previews(
    folder: Path,
    path: Path,
    rows: Sequence[Row],
    page: Renderer | QuestionPage,
    hit: Mapping[str, Any],
    polls: Callable[[object], str] | None = None,
) -> Iterator[Path]:
    """Write the pages of the first rows and the one without input; yield the paths to open.

    ``hit`` has the Title, Description and FrameHeight that go with them. ``polls``, if there are
    any, makes the page of a poll with made-up answers to a row; that of the first is written.

    Raises:
        UserError: the template or one of these rows has faults; a template that only fails
            without a row has none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {}
    for row in rows[:PREVIEWED]:
        pages[f"row-{row.number}.html"] = (_label(row), _page(page, path, row))
    if polls and rows:
        pages["poll.html"] = ("a poll, with made-up answers", polls(rows[0].value))
    pages["no-input.html"] = ("no input", _empty_page(page))
    index = folder / "index.html"
    _write(index, _index([(name, label) for name, (label, _) in pages.items()], hit))
    yield index
    _write(folder / "answer.html", (_FILES / "answer.html").read_text(encoding="utf-8"))
    for name, (_, html) in pages.items():
        _write(folder / name, with_market(html))
        yield folder / name


def with_market(html: str) -> str:
    """Return a page before which the stand-in of the market runs."""
    script = (_FILES / "market.js").read_text(encoding="utf-8")
    doctype = _DOCTYPE.match(html)
    at = doctype.end() if doctype else 0
    # A market's server says that the page is UTF-8, and where it stands; a file has to say it
    # itself, or `//cdn.example.org/a.js` would be looked for among the files.
    own = LexborHTMLParser(html).css_first("base[href]")
    base = "" if own else f'<base href="{_WEB}">'
    return f'{html[:at]}<meta charset="utf-8">{base}<script>\n{script}</script>{html[at:]}'


def _page(page: Renderer | QuestionPage, path: Path, row: Row) -> str:
    try:
        return page.page(row.value)
    except UserError as error:
        faults = Faults(path)
        faults.add(error, row)
        raise UserError(*faults.lines()) from None


def _empty_page(page: Renderer | QuestionPage) -> str:
    """Return the page without input, or why the template has none: it may calculate with a row."""
    try:
        return page.empty_page()
    except RenderError as error:
        reasons = "".join(f"<li>{html_text(line)}</li>" for line in error.lines)
        return _NO_PAGE.format(reasons=reasons)


def _index(pages: Sequence[tuple[str, str]], hit: Mapping[str, Any]) -> str:
    data = {
        "title": hit["Title"],
        "description": hit["Description"],
        "frameHeight": hit["FrameHeight"],
        "pages": [{"file": name, "label": label} for name, label in pages],
        "parameters": PARAMETERS,
    }
    template = (_FILES / "index.html").read_text(encoding="utf-8")
    return template.replace(">HIT<", f">{json_text(data)}<", 1)


def _label(row: Row) -> str:
    return f"{row.number}: {shown(row.value)}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
