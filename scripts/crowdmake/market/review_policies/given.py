"""The parameters of a review policy as a request gives them: names, and lists of texts.

The documents that name them disagree in their case, and programs written for the service put
space around them (Amazon's own samples) or call one by an older name (rturk).
"""

import re
from collections.abc import Iterable
from typing import Any

from crowdmake.market.protocol.errors import (
    MarketError,
    ParameterValidationError,
    invalid_value,
    out_of_range,
)
from crowdmake.market.protocol.validation import Range, check_limits
from crowdmake.market.review_policies.comparison import Values, values_of

Policy = dict[str, Any]

MAX_QUESTIONS = 15
MAX_QUESTION_ID_BYTES = 255
_FLAGS = {"t": True, "true": True, "f": False, "false": False}
_ALIASES = {
    "approveifworkeragreementscoreisnotlessthan": "ApproveIfWorkerAgreementScoreIsAtLeast",
}


class Given:
    """The parameters of one policy, by the names that the documents give them."""

    def __init__(self, member: str, policy: Policy, names: Iterable[str]) -> None:
        known = {name.lower(): name for name in names}
        self._member = member
        self._parameters: dict[str, dict[str, Any]] = {}
        for parameter in policy.get("Parameters", []):
            key = parameter.get("Key", "")
            plain = key.strip().lower()
            name = known.get(_ALIASES.get(plain, plain).lower())
            if name is None or name in self._parameters:
                raise invalid_value(key, f"{member}.Parameters.Key")
            self._parameters[name] = parameter

    def integer(self, name: str, allowed: Range, *, required: bool = False) -> int | None:
        """Return a whole number, None where it is not given and need not be."""
        text = self._text(name, required=required)
        if text is None:
            return None
        if not re.fullmatch("[0-9]{1,10}", text):
            raise invalid_value(text, name)
        if not allowed.low <= int(text) <= allowed.high:
            raise out_of_range(text, name, *allowed)
        return int(text)

    def flag(self, name: str) -> bool:
        """Return T or F, however it is spelt; F where it is not given."""
        text = self._text(name) or "F"
        if text.lower() not in _FLAGS:
            raise invalid_value(text, name)
        return _FLAGS[text.lower()]

    def reason(self, name: str) -> str:
        """Return words for a worker, none where they are not given; the limits are feedback's."""
        text = self._text(name) or ""
        check_limits("RequesterFeedback", text)
        return text

    def answer_key(self) -> dict[str, Values]:
        """Return the values that answer each question, with none where it stays empty."""
        entries = self._parameters.get("AnswerKey", {}).get("MapEntries", [])
        if not entries:
            raise self._missing("AnswerKey")
        key: dict[str, Values] = {}
        for entry in entries:
            name = _question_id(entry.get("Key", ""), "AnswerKey")
            if name in key:
                raise invalid_value(name, "AnswerKey")
            key[name] = values_of(entry.get("Values", []))
        return key

    def question_ids(self) -> tuple[str, ...]:
        """Return the questions to compare, given as a list or with commas between them."""
        given = ",".join(self._parameters.get("QuestionIds", {}).get("Values", [])).split(",")
        names = dict.fromkeys(_question_id(each, "QuestionIds") for each in given if each.strip())
        if not names:
            raise self._missing("QuestionIds")
        if len(names) > MAX_QUESTIONS:
            raise out_of_range(len(names), "QuestionIds", 1, MAX_QUESTIONS)
        return tuple(names)

    def _text(self, name: str, *, required: bool = False) -> str | None:
        """Return the one value of a parameter, None where it is not given and need not be."""
        values = self._parameters.get(name, {}).get("Values", [])
        if not values and required:
            raise self._missing(name)
        if len(values) > 1:
            raise invalid_value(", ".join(values), name)
        return values[0].strip() if values else None

    def _missing(self, name: str) -> MarketError:
        return ParameterValidationError(
            "AWS.MissingParameters",
            f"Your request is missing required parameters. Required parameters of {self._member} "
            f"include {name}. Missing parameter names: {name}",
        )


def _question_id(name: str, parameter: str) -> str:
    """Return a question's name without the space around it."""
    plain = name.strip()
    if not plain or len(plain.encode()) > MAX_QUESTION_ID_BYTES:
        raise invalid_value(name, parameter)
    return plain
