"""Questions with the values of one row in their texts."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from crowdmake.exceptions import UserError
from crowdmake.interpolation.texts import InterpolationError, Text, text_of
from crowdmake.messages import shown
from crowdmake.questions.checks import FIXED
from crowdmake.questions.limits import default_problem

# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html
_LONGEST = {"properties.Title": 128, "properties.Description": 2000}
_NOT_BLANK = ("name", "question", "text", "alt", "error")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+([/?#][!-~]*)?", re.IGNORECASE)
_KEPT = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True)
class Filled:
    """What one row's HIT says: every text is literal."""

    title: str
    description: str
    questions: list[dict[str, Any]]


class Filling:
    """Title, description and questions whose texts are templates, compiled once.

    Raises:
        UserError: one of them is no template of the language.
    """

    def __init__(
        self, title: str, description: str, questions: Sequence[Mapping[str, Any]], language: str
    ) -> None:
        self._head = {
            "properties.Title": _compiled(title, language),
            "properties.Description": _compiled(description, language),
        }
        self._questions = _compiled(list(questions), language)

    def filled(self, row: object) -> Filled:
        """Return what the HIT of ``row`` says.

        Raises:
            UserError: a text cannot be filled, or does not come out as what it has to be; a line
                for each, which begins with its place.
        """
        faults: list[str] = []

        def fill(text: Text, place: str) -> str:
            try:
                return text.filled(row)
            except InterpolationError as problem:
                faults.append(f"{place}: {problem}")
                return ""

        head = {name: _filled(text, name, fill).strip() for name, text in self._head.items()}
        questions = _filled(self._questions, "questions", fill)
        UserError.collect(faults or [*_head_problems(head), *_problems(questions)])
        title, description = head.values()
        return Filled(title, description, questions)


def _compiled(value: Any, language: str) -> Any:
    """Return a value of the configuration in which each text is compiled."""
    if isinstance(value, str):
        try:
            return text_of(value, language)
        except InterpolationError as problem:
            raise UserError(f"{shown(value)}: {problem}") from None
    if isinstance(value, list):
        return [_compiled(each, language) for each in value]
    if isinstance(value, Mapping):
        return {
            name: inner if name in FIXED else _compiled(inner, language)
            for name, inner in value.items()
        }
    return value


def _filled(value: Any, place: str, fill: Callable[[Text, str], str]) -> Any:
    if isinstance(value, list):
        return [_filled(each, f"{place}[{number}]", fill) for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {name: _filled(inner, f"{place}.{name}", fill) for name, inner in value.items()}
    if isinstance(value, str | int):
        return value
    text = fill(value, place).replace("\r\n", "\n").replace("\r", "\n")
    return quote(text.strip(), safe=_KEPT) if place.endswith(".url") else text


def _head_problems(head: Mapping[str, str]) -> Iterator[str]:
    for name, text in head.items():
        if not text or len(text) > _LONGEST[name]:
            yield (
                f"{name}: comes out as {shown(text)}, {len(text)} characters;"
                f" expected 1 to {_LONGEST[name]}"
            )


def _problems(questions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, question in enumerate(questions):
        place = f"questions[{number}]"
        yield from _text_problems(question, place)
        if problem := default_problem(question):
            yield f"{place}.default: {shown(question['default'])} {problem}"


def _text_problems(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _text_problems(each, f"{place}[{number}]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _text_problems(inner, f"{place}.{name}")
    elif isinstance(value, str):
        name = place.rpartition(".")[2]
        if name == "url" and not _ADDRESS.fullmatch(value):
            yield f"{place}: comes out as {shown(value)}; expected http:// or https:// and a host"
        elif name in _NOT_BLANK and not value.strip():
            yield f"{place}: comes out blank; expected a text"
