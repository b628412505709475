"""Requests against the service model, and against the limits that only its documents state.

botocore's validator knows types, required members and unknown ones; maxima, patterns and
enumerations are in the model but left to the server; text lengths and number ranges are in
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any, NamedTuple

from botocore.model import Shape
from botocore.validate import ParamValidator, ValidationErrors

from crowdmake.market.money import to_text
from crowdmake.market.protocol import service
from crowdmake.market.protocol.errors import (
    ParameterValidationError,
    SerializationException,
    ValidationException,
    invalid_value,
    out_of_range,
    shortened,
    too_short,
)


class Range(NamedTuple):
    """The least and the greatest allowed."""

    low: int
    high: int


NUMBERS = {
    "AssignmentDurationInSeconds": Range(30, 31_536_000),
    "AutoApprovalDelayInSeconds": Range(0, 2_592_000),
    "LifetimeInSeconds": Range(30, 31_536_000),
    "MaxAssignments": Range(1, 1_000_000_000),
    "MaxResults": Range(1, 100),
    "RetryDelayInSeconds": Range(0, 2**31 - 1),
    "TestDurationInSeconds": Range(1, 2**31 - 1),
    "NumberOfAdditionalAssignments": Range(1, 1_000_000_000),
}
LENGTHS = {
    "Title": Range(1, 128),
    "Description": Range(1, 2000),
    "Keywords": Range(0, 1000),
    "RequesterAnnotation": Range(0, 255),
    "RequesterFeedback": Range(0, 1024),
    "MessageText": Range(1, 4096),
    "Name": Range(1, 200),
    "Query": Range(0, 200),
    "Reason": Range(0, 4096),
    "Subject": Range(1, 200),
}
# In cents; both are decimal strings of US dollars.
AMOUNTS = {"Reward": Range(0, 100_000_000), "BonusAmount": Range(1, 100_000_000)}
INT32 = Range(-(2**31), 2**31 - 1)
# A request can hold a million faults; no more of them are kept and named.
MOST_PROBLEMS = 100


class _Findings(ValidationErrors):
    """What botocore finds: what is missing is kept, a wrong type ends the search."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: list[str] = []

    def report(self, name: str, reason: str, **details: Any) -> None:
        """Take note of one finding; raises SerializationException."""
        if reason == "unknown field":
            raise SerializationException(
                f"Unknown parameter '{shortened(details['unknown_param'])}'"
            )
        if reason == "invalid type":
            raise SerializationException(f"Wrong type at {name.removeprefix('.') or 'input'}")
        if reason == "missing required field" and len(self.missing) < MOST_PROBLEMS:
            self.missing.append(_null_at(f"{name}.{details['required_name']}"))


class _Validator(ParamValidator):
    """botocore's own, but for what a client may pass as a time: on the wire it is a number."""

    def _validate_timestamp(self, param: Any, shape: Shape, errors: Any, name: str) -> None:  # noqa: ARG002 - botocore's signature
        if isinstance(param, bool) or not isinstance(param, int | float):
            errors.report(name, "invalid type", param=param, valid_types=["number"])


_VALIDATOR = _Validator()
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_NOT_FEEDBACK = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def check(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request, its timestamps as datetimes.

    Raises:
        SerializationException: something is not of the type it has to be.
        ValidationException: the service model rules a value out.
        ParameterValidationError: a number or a text is out of its range.
    """
    shape = service.input_shape(operation)
    found = _Findings()
    _VALIDATOR._validate(body, shape, found, "")  # type: ignore[attr-defined]  # stubs lack it
    every = chain(found.missing, _problems(body, shape, ""))
    if problems := list(islice(every, MOST_PROBLEMS)):
        raise ValidationException(problems)
    for name, value in body.items():
        check_limits(name, value)
    return body | {
        name: _moment(name, body[name])
        for name, member in shape.members.items()
        if member.type_name == "timestamp" and name in body
    }


def _null_at(path: str) -> str:
    place = ".".join(_spelt(part) for part in path.removeprefix(".").split("."))
    return f"Value null at '{place}' failed to satisfy constraint: Member must not be null"


def _spelt(name: str) -> str:
    return name[:1].lower() + name[1:]


def _problems(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Yield what the model's maxima, patterns and enumerations rule out."""
    if shape.type_name == "structure":
        for name, each in value.items():
            yield from _problems(each, shape.members[name], f"{path}.{_spelt(name)}")
    elif shape.type_name == "list":
        for number, each in enumerate(value, 1):
            yield from _problems(each, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "string":
        yield from _text_problems(value, shape, path[1:])
    elif shape.type_name in ("integer", "long"):
        _check_integer(value, path[1:])


def _text_problems(text: str, shape: Shape, path: str) -> Iterator[str]:
    if _NOT_TEXT.search(text):
        raise SerializationException(f"Characters that no text can hold at {path}")
    rules, wanted = shape.metadata, []
    if "enum" in rules and text not in rules["enum"]:
        wanted.append(f"satisfy enum value set: [{', '.join(rules['enum'])}]")
    if "pattern" in rules and not re.fullmatch(rules["pattern"], text):
        wanted.append(f"satisfy regular expression pattern: {rules['pattern']}")
    if len(text) > rules.get("max", len(text)):
        wanted.append(f"have length less than or equal to {rules['max']}")
    if len(text) < rules.get("min", 0):
        wanted.append(f"have length greater than or equal to {rules['min']}")
    for each in wanted:
        found = f"Value '{shortened(text)}' at '{path}'"
        yield f"{found} failed to satisfy constraint: Member must {each}"


def _check_integer(value: int, path: str) -> None:
    if isinstance(value, bool) or not INT32.low <= value <= INT32.high:
        raise SerializationException(f"Not a 32-bit integer at {path}")


def check_limits(name: str, value: Any) -> None:
    """Raise ParameterValidationError where a value is past the limits of its parameter."""
    if name in NUMBERS and not NUMBERS[name].low <= value <= NUMBERS[name].high:
        raise out_of_range(value, name, *NUMBERS[name])
    if name in AMOUNTS:
        _check_amount(name, value)
    if name in LENGTHS:
        _check_length(name, len(value))
    if name == "RequesterFeedback" and _NOT_FEEDBACK.search(value):
        raise invalid_value(value, name)


def _check_amount(name: str, amount: str) -> None:
    low, high = map(to_text, AMOUNTS[name])
    if not Decimal(low) <= Decimal(amount) <= Decimal(high):
        raise out_of_range(amount, name, low, high)


def _check_length(name: str, length: int) -> None:
    if length < LENGTHS[name].low:
        raise too_short(name, LENGTHS[name].low)
    if length > LENGTHS[name].high:
        raise ParameterValidationError(
            "AWS.ParameterOutOfRange",
            f"Your request parameter {name} has a maximum length of {LENGTHS[name].high}.",
        )


def _moment(name: str, value: Any) -> datetime:
    """Return a timestamp (epoch seconds) as a datetime."""
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise invalid_value(value, name) from error
