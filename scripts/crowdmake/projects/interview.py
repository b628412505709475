"""What `crowdmake new` asks on a terminal."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from crowdmake.configuration.properties import problems
from crowdmake.exceptions import UserError
from crowdmake.messages import printable, shown
from crowdmake.projects.new import Wishes, properties_of
from crowdmake.projects.question_list import EXPECTED, one_question
from crowdmake.rendering.external import url_problem

_PAGE = "Your page, a file, or an external one, https://… (Enter: it is made here)"
_FIRST = "A question for the worker, as NAME: TEXT [yes | no] (Enter: a sample)"
_NEXT = "Another question (Enter: no more)"


def answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person answers to the questions that no option has answered.

    Raises:
        UserError: there is no answer: the input ends, or is interrupted.
    """
    said: dict[str, Any] = {}
    for name, question, read in (
        ("title", "Title that workers see", str),
        ("description", "What the worker does", str),
        ("reward", "Reward in US dollars per assignment", str),
        ("assignments", "How many workers do each HIT", _count),
    ):
        if name not in given:
            said[name] = _ask(question, _checked(name, read), getattr(Wishes, name))
    if not given.keys() & {"page", "url", "questions"}:
        said |= _ask(_PAGE, _page, {}) or _questions()
    return said


def _questions() -> dict[str, Any]:
    questions: list[str] = []
    while written := _ask(_NEXT if questions else _FIRST, _new_question(questions), ""):
        questions.append(written)
    return {"questions": questions}


def _ask(question: str, read: Callable[[str], Any], default: Any) -> Any:
    """Return the answer to one question, asked until it can be read; Enter takes the default."""
    suffix = f" [{default}]" if default else ""
    while True:
        try:
            answer = input(f"{question}{suffix}: ").strip()
            answer.encode()
            if not answer:
                return default
            return read(answer)
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            raise UserError("no answer; nothing was made") from None
        except UnicodeError:
            _say("found bytes that are no text (UTF-8)")
        except ValueError as problem:
            _say(str(problem))


def _checked(name: str, read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what reads one wish, and refuses one that cannot be met."""

    def reader(text: str) -> Any:
        value = read(text)
        changed: dict[str, Any] = {name: value}
        found = problems(properties_of(replace(Wishes(name=""), **changed)), "")
        if found:
            raise ValueError(found[0].removeprefix("."))
        return value

    return reader


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise ValueError(f"found {shown(text)}; expected a number")
    return int(text)


def _page(text: str) -> dict[str, Any]:
    """Return a page's file or address by its name in the wishes."""
    if "://" in text:
        if fault := url_problem(text):
            raise ValueError(f"found {shown(text)}; {fault}")
        return {"url": text}
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"found {shown(text)}; expected a file that exists, or an address")
    return {"page": path}


def _new_question(questions: list[str]) -> Callable[[str], str]:
    """Return what reads a question whose name none of ``questions`` has."""

    def reader(text: str) -> str:
        name = one_question(text).partition(":")[0].strip().lower()
        if name in (each.partition(":")[0].strip().lower() for each in questions):
            raise ValueError(f"found {shown(name)} once more; expected another name, {EXPECTED}")
        return text

    return reader


def _say(line: str) -> None:
    sys.stdout.write(printable(line) + "\n")
