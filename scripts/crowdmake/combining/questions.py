"""What is asked, as far as combining the answers needs to know it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

SEPARATOR = "|"
"""What stands between the choices of one answer, as `read_answers` joins them."""
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)


@dataclass(frozen=True)
class Question:
    """One question whose answers are combined."""

    key: str
    choices: tuple[str, ...] = ()
    """The keys of its selections in their order, or every value that was given."""
    seeded: bool = True
    """Whether the choices are known beforehand, so that others are unknown."""
    multiple: bool = False
    """Whether one answer may hold several choices."""

    @cached_property
    def places(self) -> dict[str, int]:
        """Return the place of each choice among the choices."""
        return {choice: place for place, choice in enumerate(self.choices)}

    @cached_property
    def numeric(self) -> bool:
        """Return whether every choice is a number, so that an average makes sense."""
        return bool(self.choices) and all(number(each) is not None for each in self.choices)

    def chosen(self, answer: str) -> list[str] | None:
        """Return the choices that one answer holds, or None where one of them is unknown."""
        parts = sorted(set(answer.split(SEPARATOR))) if self.multiple else [answer]
        known = not self.seeded or all(part in self.places for part in parts)
        return parts if known else None

    def read(self) -> dict[str, Any]:
        """Return the question as plain values, for a rule's parameters."""
        return {"key": self.key, "choices": list(self.choices), "multiple": self.multiple}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Question":
        """Return the question that `read` gave as plain values."""
        choices = tuple(plain["choices"])
        return cls(plain["key"], choices, bool(choices), plain["multiple"])


def number(text: str) -> Fraction | None:
    """Return the number that ``text`` writes in decimal digits, exactly, or None."""
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def resolved(
    questions: Iterable[Question] | None, answers: Iterable[Mapping[str, str]]
) -> list[Question]:
    """Return the questions with their choices; without ``questions`` one for every field.

    The choices of a question that has none of its own are the values that were given,
    in the order of numbers where all are numbers, and of letters otherwise.
    """
    given: dict[str, set[str]] = {}
    for answer in answers:
        for key, value in answer.items():
            values = given.setdefault(key, set())
            if value.strip():
                values.add(value)
    asked = [Question(key, seeded=False) for key in given] if questions is None else questions
    return [
        each if each.seeded else replace(each, choices=_in_order(given.get(each.key, set())))
        for each in asked
    ]


def _in_order(values: set[str]) -> tuple[str, ...]:
    def place(value: str) -> tuple[Fraction, str]:
        return number(value) or Fraction(0), value

    if all(number(value) is not None for value in values):
        return tuple(sorted(values, key=place))
    return tuple(sorted(values))
