"""The page of a poll: the answers of one HIT, each to be rated from 5 to 1.

The requester's texts are templates; what a worker wrote is only ever a value in them, put in
once. It cannot stop a poll either: characters that a question cannot hold are replaced, and a
text that is too long is cut. The results keep what was written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from crowdmake import files
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row
from crowdmake.interpolation.texts import InterpolationError, text_of
from crowdmake.layout import CONFIG
from crowdmake.messages import printable
from crowdmake.polling.ballots import RATINGS
from crowdmake.polling.rows import keyed
from crowdmake.questions.filling import Filled
from crowdmake.questions.form import question_form
from crowdmake.questions.pages import form_page
from crowdmake.rendering.escaping import ASTRAL, bad_character, references

# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI-legacy/ApiReference_CreateHITOperation.html
LONGEST_TITLE, LONGEST_DESCRIPTION = 128, 2000
# Of a question's 65,535 bytes; what stands around each item takes less than the second number.
_ROOM, _AROUND = 60_000, 800
_BLANK = "(blank)"
PREVIEWED = 3
"""How many answers stand in a poll to look at."""
_CUT = "…"
_FAILS = "(this answer cannot be shown)"

Say = Callable[[str], None]
Line = dict[str, Any]


class PollPage:
    """Makes the questions of polls.

    ``fields`` are the names that any answer may have, each with its choices where there are some.
    """

    def __init__(
        self, options: Mapping[str, Any], language: str, fields: Mapping[str, Sequence[str]]
    ) -> None:
        """Compile the texts of `poll_options`.

        Raises:
            InterpolationError: one is no template.
        """
        self._title = text_of(options["title"], language)
        self._instructions = text_of(options["instructions"], language)
        self._row = text_of(options["row_template"], language)
        self._fields = fields

    def headings(self, row: object) -> tuple[str, str]:
        """Return title and description of the poll about a HIT that showed ``row``.

        Raises:
            InterpolationError: the row lacks what they need.
        """
        title = _cut(" ".join(self._title.filled(row).split()), LONGEST_TITLE)
        description = _cut(self._instructions.filled(row).strip(), LONGEST_DESCRIPTION)
        for name, text in (("title", title), ("instructions", description)):
            if not text:
                raise InterpolationError(f"poll_options.{name} comes out blank")
        return title, description

    def line(self, row: Row) -> Line:
        """Return a row's line: key, row, input, title, description, question (the XML).

        Raises:
            InterpolationError, UserError: the row cannot be shown.
        """
        said = self.filled(row.value)
        return {
            "key": row.key,
            "row": row.number,
            "input": row.value,
            "title": said.title,
            "description": said.description,
            "question": question_form(said.title, said.description, said.questions),
        }

    def filled(self, value: Mapping[str, Any]) -> Filled:
        """Return what the poll says about ``value``, a row's ``input`` and ``items``.

        Raises:
            InterpolationError: the row cannot be shown.
        """
        title, description = self.headings(value["input"])
        items = value["items"]
        names = {name for each in items.values() for name in each}.union(self._fields)
        blank = dict.fromkeys(names, "")
        room = (_ROOM - _size(title) - _size(description)) // len(items) - _AROUND
        texts = {number: self._item({**blank, **each}, room) for number, each in items.items()}
        return Filled(title, description, [_question(*item) for item in texts.items()])

    def made_up(self, row: object, answers: int) -> Filled:
        """Return what a poll about ``answers`` that nobody gave says, to look at beforehand.

        Raises:
            InterpolationError: the row cannot be shown.
        """
        names = sorted({*self._fields, *self._row.names()})
        items = {
            str(number): {name: self._example(name, number) for name in names}
            for number in range(1, answers + 1)
        }
        return self.filled({"input": row, "items": items})

    def _example(self, name: str, number: int) -> str:
        choices = self._fields.get(name)
        return choices[number % len(choices)] if choices else f"{name} {number}"

    def _item(self, answer: Mapping[str, str], room: int) -> str:
        """Return what is shown of an answer; one on which row_template fails spoils no other."""
        try:
            text = self._row.filled(answer).strip()
        except InterpolationError:
            text = _FAILS
        return _fitted(_plain(text), room) or _BLANK


def render_polls(path: Path, page: PollPage, say: Say) -> list[Line]:
    """Return a line for each row of ``path`` that can be shown, and say which cannot and why."""
    lines = []
    for row in keyed(files.read_records(path)):
        try:
            lines.append(page.line(row))
        except (InterpolationError, UserError) as problem:
            reason = printable(str(problem))
            say(f"{path}:{row.number}: no poll for HIT {row.value['hit_id']}: {reason}")
    return lines


def check_headings(path: Path, rows: Iterable[Row], page: PollPage) -> None:
    """Refuse rows with which no poll could be headed, while nothing is spent on them.

    Raises:
        UserError: a line for each such row of the file ``path``.
    """
    errors = []
    for row in rows:
        try:
            page.headings(row.value)
        except InterpolationError as problem:
            errors.append(f"{path}:{row.line}: poll_options: {problem}")
    UserError.collect(errors)


def rehearsed(page: PollPage, row: object, answers: int) -> Iterator[str]:
    """Yield what would go wrong with a poll about ``answers`` to ``row``, as far as can be known.

    Raises:
        InterpolationError, UserError: there could be no poll.
    """
    said = page.made_up(row, answers)
    question_form(said.title, said.description, said.questions)
    texts = [question["question"] for question in said.questions]
    if _FAILS in texts:
        yield "row_template fails on made-up answers; workers would see that it does"
    if any(text.endswith(_CUT) for text in texts):
        yield f"{answers} answers are too many to be shown in one poll; they would be cut"


def preview_of_poll(polls: Mapping[str, Any], row: object) -> str:
    """Return the page of a poll about made-up answers to ``row``; ``polls`` is `PollPage`'s.

    Raises:
        UserError: the row cannot be shown.
    """
    try:
        return form_page(PollPage(**polls).made_up(row, PREVIEWED))
    except InterpolationError as problem:
        raise UserError(f"{CONFIG}: poll_options: {problem}") from None


def _question(number: str, text: str) -> dict[str, Any]:
    choices = [{"key": rating, "text": rating} for rating in RATINGS]
    about = {"type": "selection", "key": number, "name": f"Item {number}", "required": True}
    return about | {"question": text, "selections": choices}


def _plain(text: str) -> str:
    """Return text with U+FFFD in the place of what XML cannot hold."""
    if not bad_character(text):
        return text
    return "".join("\ufffd" if bad_character(character) else character for character in text)


def _fitted(text: str, room: int) -> str:
    """Return as much of ``text`` as has ``room`` bytes in XML."""
    if _size(text) <= room:
        return text
    used, kept = 0, []
    for character in text:
        used += _size(character)
        if used > room:
            break
        kept.append(character)
    return "".join(kept) + _CUT


def _size(text: str) -> int:
    return len(ASTRAL.sub(lambda found: references(found[0]), escape(text)).encode())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + _CUT
