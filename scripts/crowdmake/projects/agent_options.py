"""The options of Huginn's HumanTaskAgent as keys of a configuration.

Every value of such options may be a string. Which there are:
github.com/huginn/huginn/blob/master/app/models/agents/human_task_agent.rb
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

Values = dict[str, Any]

# An option of `hit`, the property that it becomes, and what the agent took where it was missing.
PROPERTIES = {
    "title": ("Title", None),
    "description": ("Description", None),
    "assignments": ("MaxAssignments", None),
    "reward": ("Reward", "0.05"),
    "lifetime_in_seconds": ("LifetimeInSeconds", 86400),
}
# The agent's first releases had other words for two of them.
_OLDER = {"max_assignments": "assignments"}
_NUMBER = re.compile(r"\s*([+-]?\d{1,15})(\.\d{1,15})?\s*")
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


def number(value: object) -> object:
    """Return the number that a string spells; anything else as it is."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def truth(value: object) -> object:
    """Return what `"true"` and `"false"` mean; anything else as it is."""
    return _TRUTHS.get(value.strip().lower(), value) if isinstance(value, str) else value


def text(value: object) -> object:
    """Return a number or a truth as text; anything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def money(value: object) -> object:
    """Return US dollars with two decimals where no more are needed; anything else as it is."""
    if isinstance(value, str):
        value = value.strip()
    found = _NUMBER.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if not found or isinstance(value, bool):
        return value
    amount = Decimal(found[0].strip())
    return f"{amount:.2f}" if amount == round(amount, 2) and amount >= 0 else str(value)


def _same(value: object) -> object:
    return value


_SELECTIONS = {"key": text, "text": text}
_OF_ALL = {"type": _same, "key": text, "name": text, "required": truth, "question": text}
_OF_TYPE: Mapping[object, Mapping[str, Callable[[object], object]]] = {
    "selection": {"selections": _same},
    "free_text": {"default": text, "min_length": number, "max_length": number},
}
_POLL = {
    "title": text,
    "instructions": text,
    "assignments": number,
    "row_template": text,
    "lifetime_in_seconds": number,
    "reward": money,
}
_TOP = {
    "trigger_on": _same,
    "submission_period": number,
    "expected_receive_period_in_days": number,
    "separate_answers": truth,
    "combination_mode": _same,
}
_HIT = {
    "title": text,
    "description": text,
    "assignments": number,
    "reward": money,
    "lifetime_in_seconds": number,
}


class Options:
    """What the agent's options come to; ``left`` names those that it never had."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.left: list[str] = []
        hit = options.get("hit")
        self.properties = self._properties(_object(hit))
        asked = _object(hit).get("questions")
        self.questions = self._questions(asked)
        self.sections = self._taken(options, _TOP, "", {"hit", "take_majority", "poll_options"})
        if "combination_mode" not in self.sections and truth(options.get("take_majority")) is True:
            self.sections["combination_mode"] = "take_majority"
        if self.sections.get("trigger_on") == "schedule":
            self.sections.pop("expected_receive_period_in_days", None)
        elif self.sections.get("trigger_on") == "event":
            self.sections.pop("submission_period", None)
        if self.sections.get("combination_mode") == "poll" and "poll_options" in options:
            self.sections["poll_options"] = self._poll(options["poll_options"])

    def _properties(self, hit: Mapping[str, Any]) -> Values:
        named = {_OLDER.get(name, name): value for name, value in hit.items()}
        taken = self._taken(named, _HIT, "hit.", {"questions"}, keeps_blank=True)
        found = {}
        for option, (name, default) in PROPERTIES.items():
            value = taken.get(option)
            if value in (None, "") and default is not None:
                value = default
            if value is not None:
                found[name] = value
        return found

    def _questions(self, asked: Any) -> Any:
        if not isinstance(asked, list):
            return asked
        return [
            self._question(each, f"hit.questions[{number}].") if isinstance(each, dict) else each
            for number, each in enumerate(asked)
        ]

    def _question(self, given: Values, place: str) -> Values:
        of_type = _OF_TYPE.get(given["type"], {}) if isinstance(given.get("type"), str) else {}
        question = self._taken(given, _OF_ALL, place, set(given) - set(_OF_ALL), keeps_blank=True)
        others = {name: value for name, value in given.items() if name not in _OF_ALL}
        question |= self._taken(others, of_type, place, set())
        choices = question.get("selections")
        if isinstance(choices, list):
            question["selections"] = [
                self._taken(each, _SELECTIONS, f"{place}selections[{n}].", set(), keeps_blank=True)
                if isinstance(each, dict)
                else each
                for n, each in enumerate(choices)
            ]
        return question

    def _poll(self, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return self._taken(given, _POLL, "poll_options.", set())

    def _taken(
        self,
        given: Mapping[str, Any],
        known: Mapping[str, Callable[[object], object]],
        place: str,
        elsewhere: set[str],
        *,
        keeps_blank: bool = False,
    ) -> Values:
        """Return the known options; what is blank was as good as missing to the agent."""
        self.left += [f"{place}{name}" for name in given if name not in {*known, *elsewhere}]
        read = {name: known[name](value) for name, value in given.items() if name in known}
        return {
            name: value
            for name, value in read.items()
            if keeps_blank or not (value is None or (isinstance(value, str) and not value.strip()))
        }


def strings(value: object, place: str = "") -> Iterator[str]:
    """Yield the place of each number and truth that is written as a string."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, f"{place}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from strings(inner, f"{place}[{index}]")
    elif isinstance(value, str) and (number(value) != value or value in ("true", "false")):
        yield place


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
