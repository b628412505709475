"""QuestionForm: the page on which its questions are asked.

docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormDataStructureArticle.html
says what the blocks, styles and constraints mean. Fields are named as `forms.parts.Question` says.
"""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from crowdmake.market.forms import question_form
from crowdmake.market.forms.parts import (
    Application,
    Binary,
    Block,
    EmbeddedBinary,
    FileUploadAnswer,
    FormattedContent,
    FreeTextAnswer,
    ItemList,
    Overview,
    Question,
    Range,
    SelectionAnswer,
    Text,
    Title,
)
from crowdmake.market.forms.question_form import MAX_FILE_BYTES
from crowdmake.market.site.frames import libraries
from crowdmake.market.site.frames.links import NOT_ACCEPTED, Pass

MAX_LINES = 50
_LISTS = frozenset({"list", "dropdown", "combobox", "multichooser"})
_OPEN_LISTS = frozenset({"list", "multichooser"})
_LONGEST_LIST = 12
# What browsers show themselves; the rest is linked to.
_MEDIA = frozenset({"image", "audio", "video"})


class Formatted(str):
    """Formatted content for a template: it holds nothing but the markup that was checked."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return what Django puts into a page as it is."""
        return self


@dataclass(frozen=True)
class Shown:
    """A block as the template shows it: ``kind`` names its branch there."""

    kind: str
    content: Any


@dataclass(frozen=True)
class Choice:
    """A selection: what it posts, and what is shown beside it."""

    value: str
    content: Shown


@dataclass(frozen=True)
class Field:
    """A field of free text: ``hints`` say what is asked for, the rest is for the script."""

    name: str
    answer: FreeTextAnswer
    required: bool
    hints: list[str]
    lines: int


@dataclass(frozen=True)
class Asked:
    """A part of the form; an overview has content alone."""

    number: str
    content: list[Shown]
    kind: str = "overview"
    question: Question | None = None
    choices: tuple[Choice, ...] = ()
    field: Field | None = None
    hints: tuple[str, ...] = ()
    rows: int = 0


def page(title: str, xml: str, found: Pass, pages: str) -> str:
    """Return the page of a question form, which posts to the site that ``found`` names."""
    form = question_form.parse(xml)
    context = {
        "title": title,
        "parts": [_part(str(number), part) for number, part in enumerate(form.parts, 1)],
        "assignment": found.assignment or NOT_ACCEPTED,
        "hit": found.hit,
        "is_preview": not found.assignment,
        "site": found.site,
        "style": f"{pages}/{libraries.address('form.css')}",
        "script": f"{pages}/{libraries.address('form.js')}",
    }
    return render_to_string("frames/form.html", context)


def _part(number: str, part: Overview | Question) -> Asked:
    content = [_block(each) for each in part.content]
    if isinstance(part, Overview):
        return Asked(number, content)
    answer = part.answer
    if isinstance(answer, SelectionAnswer):
        return _selection(number, content, part, answer)
    if isinstance(answer, FileUploadAnswer):
        return Asked(number, content, "file", part, hints=tuple(_file_hints(answer)))
    field = _field(part.identifier, answer, part.required)
    return Asked(number, content, "text", part, field=field)


def _selection(
    number: str, content: list[Shown], question: Question, answer: SelectionAnswer
) -> Asked:
    return Asked(
        number,
        content,
        _style(answer),
        question,
        choices=tuple(Choice(each.identifier, _block(each.content)) for each in answer.selections),
        field=_field(question.other_field, answer.other, False) if answer.other else None,
        hints=tuple(_count_hints(answer)),
        rows=min(len(answer.selections), _LONGEST_LIST) if answer.style in _OPEN_LISTS else 0,
    )


def _style(answer: SelectionAnswer) -> str:
    """Return how selections are shown; a list can show nothing but text."""
    if answer.style in _LISTS and all(isinstance(each.content, Text) for each in answer.selections):
        return "list" if answer.maximum == 1 else "lists"
    return "radio" if answer.maximum == 1 and answer.style != "checkbox" else "checkbox"


def _field(name: str, answer: FreeTextAnswer, required: bool) -> Field:
    return Field(name, answer, required, list(_text_hints(answer)), min(answer.lines, MAX_LINES))


def _text_hints(answer: FreeTextAnswer) -> list[str]:
    hints = []
    if answer.numeric is not None:
        hints.append(f"A number{_between(answer.numeric)}.")
    if answer.length is not None:
        hints.append(f"Characters:{_between(answer.length)}.")
    return hints


def _count_hints(answer: SelectionAnswer) -> list[str]:
    if answer.maximum == 1:
        return []
    if answer.minimum == answer.maximum:
        return [f"Choose {answer.minimum}."]
    return [f"Choose {answer.minimum} to {answer.maximum}."]


def _file_hints(answer: FileUploadAnswer) -> list[str]:
    most = min(answer.maximum, MAX_FILE_BYTES)
    return [f"A file of {answer.minimum} to {most} bytes."]


def _between(limits: Range) -> str:
    if limits.low is None:
        return "" if limits.high is None else f" at most {limits.high}"
    if limits.high is None:
        return f" at least {limits.low}"
    return f" from {limits.low} to {limits.high}"


def _block(block: Block) -> Shown:
    if isinstance(block, Title | Text):
        return Shown(type(block).__name__.lower(), block.text)
    if isinstance(block, ItemList):
        return Shown("items", block.items)
    if isinstance(block, FormattedContent):
        return Shown("formatted", Formatted(block.html))
    if isinstance(block, Application):
        return Shown("application", block)
    return Shown(block.type if block.type in _MEDIA else "file", _sized(block))


def _sized(block: Binary) -> dict[str, str]:
    """Return what the template needs of a picture, sound, film or file."""
    box = {"url": block.url, "alt": block.alt_text, "width": "", "height": ""}
    if isinstance(block, EmbeddedBinary):
        box |= {"width": block.width, "height": block.height}
    return box
