"""Questions in one line each, as `crowdmake new --question` takes them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.messages import shown
from crowdmake.projects.placeholders import protected
from crowdmake.rendering.escaping import html_text

EXPECTED = "NAME: TEXT, such as 'colour: Which colour is it?' or 'sky: Is it blue? [yes | no]'"
_WRITTEN = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]{0,63})\s*:\s*(\S.*?)\s*", re.DOTALL)
_CHOICES = re.compile(r"(.*\S)\s*\[([^\[\]]*\|[^\[\]]*)\]", re.DOTALL)
_KEY = re.compile(r"(\{\{\s*[A-Za-z_][A-Za-z0-9_.]*\s*\}\})")
LONGEST = 64
"""How many characters a choice may have, which is its key as well."""
# What the market adds to an answer, or the page needs for itself.
_TAKEN = {"assignmentid", "hitid", "workerid", "turksubmitto", "submit"}


@dataclass(frozen=True)
class Question:
    """One field of the form: a text, or one of the choices."""

    name: str
    text: str
    choices: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        """Return the text as a template prints it: escaped, but for `{{ key }}`."""
        parts = _KEY.split(self.text)
        return "".join(part if number % 2 else markup(part) for number, part in enumerate(parts))

    @property
    def options(self) -> list[str]:
        """Return the choices as a template prints them."""
        return [markup(choice) for choice in self.choices]

    @property
    def asked(self) -> dict[str, Any]:
        """Return the question as one of `hit.questions`."""
        question: dict[str, Any] = {"key": self.name, "name": self.name, "required": True}
        question["question"] = templated(self.text)
        if not self.choices:
            return {"type": "free_text", **question, "lines": 3}
        choices = [{"key": each, "text": protected(each)} for each in self.choices]
        return {"type": "selection", **question, "selections": choices}

    @property
    def answer(self) -> str:
        """Return an expression for what a simulated worker answers."""
        said = self.choices[0] if self.choices else "what a worker might answer"
        return "'" + said.replace("\\", "\\\\").replace("'", "\\'") + "'"


def read_questions(written: Sequence[str]) -> list[Question]:
    """Return the questions of a list of NAME: TEXT, with ` [one | other]` behind for choices.

    Raises:
        UserError: one cannot be read or has a name that another has; a line each.
    """
    questions, problems = [], []
    for line in written:
        try:
            questions.append(_question(line))
        except ValueError as problem:
            problems.append(f"--question: {problem}")
    names = [question.name.lower() for question in questions]
    repeated = sorted({name for name in names if names.count(name) > 1})
    problems += [f"--question: {shown(name)} stands twice; expected once" for name in repeated]
    UserError.collect(problems)
    return questions


def one_question(written: str) -> str:
    """Return what is a question as it was written.

    Raises:
        ValueError: it is none; the message says what is expected.
    """
    _question(written)
    return written


def templated(text: str) -> str:
    """Return text as a template that prints it, but for `{{ key }}`, which is the row's."""
    parts = _KEY.split(text)
    return "".join(part if number % 2 else protected(part) for number, part in enumerate(parts))


def markup(text: str) -> str:
    """Return text as a template that prints it, whatever it holds."""
    return protected(html_text(text))


def _question(written: str) -> Question:
    found = _WRITTEN.fullmatch(written)
    if not found:
        raise ValueError(f"found {shown(written)}; expected {EXPECTED}")
    name, text = found[1], found[2]
    if name.lower() in _TAKEN:
        raise ValueError(f"found {shown(name)}, a name that the market uses; expected another")
    choices = _CHOICES.fullmatch(text)
    if not choices:
        return Question(name, text)
    options = tuple(_options(choices[2]))
    if any(len(option) > LONGEST for option in options):
        raise ValueError(f"found [{choices[2]}]; expected choices of {LONGEST} characters at most")
    if len(set(options)) < max(2, len(options)):
        raise ValueError(f"found [{choices[2]}]; expected two or more different choices")
    return Question(name, choices[1], options)


def _options(written: str) -> Iterator[str]:
    yield from (option.strip() for option in written.split("|") if option.strip())
