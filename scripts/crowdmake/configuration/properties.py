"""HIT properties: what the configuration says, checked and filled in as the API takes it.

Limits: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from crowdmake.configuration import qualifications, schemas
from crowdmake.messages import shown

DEFAULTS: dict[str, Any] = {
    "Keywords": "",
    "FrameHeight": 0,
    "MaxAssignments": 1,
    "LifetimeInSeconds": 7 * 24 * 3600,
    "AssignmentDurationInSeconds": 3600,
    "AutoApprovalDelayInSeconds": 3 * 24 * 3600,
    "QualificationRequirements": [],
}
_SHORT = ("Country", "HitsApproved", "PercentApproved")
# The API's CurrencyAmount, but with a digit behind a point and an end.
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


def read_properties(given: Mapping[str, Any] | str, root: Path) -> dict[str, Any]:
    """Return the properties as they were written: a mapping, or a JSON file below ``root``.

    Raises:
        ValueError: the file cannot be read or does not hold an object.
    """
    if not isinstance(given, str):
        return dict(given)
    values = schemas.read_document(root / given)
    if not isinstance(values, dict):
        raise ValueError(f"{given}: found {shown(values)}; expected an object of HIT properties")  # noqa: TRY004 - a file's content, not an argument
    return values


def problems(given: Mapping[str, Any], where: str) -> list[str]:
    """Return one line per fault of the properties; ``where`` names where they stand."""
    found = [
        f"{where}.{line}" for line in schemas.problems(schemas.shipped("hit_properties"), given)
    ]
    if "Reward" in given and amount(given["Reward"]) is None:
        expected = 'US dollars with at most two decimals and no sign, such as "0.05"'
        found.append(f"{where}.Reward: found {shown(given['Reward'])}; expected {expected}")
    return found or [f"{where}: {line}" for line in qualifications.problems(_requirements(given))]


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return faultless properties with the API's names, every default filled in."""
    values = DEFAULTS | {name: value for name, value in given.items() if name not in _SHORT}
    values["Reward"] = f"{amount(given['Reward']):.2f}"
    values["QualificationRequirements"] = _requirements(given)
    return values


def amount(value: object) -> Decimal | None:
    """Return an amount of US dollars, or None where ``value`` is not one to the cent."""
    text = str(value)
    if isinstance(value, bool) or not _AMOUNT.fullmatch(text):
        return None
    return Decimal(text)


def _requirements(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*given.get("QualificationRequirements", []), *qualifications.short_forms(given)]
