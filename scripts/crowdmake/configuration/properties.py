"""HIT properties: what the configuration says, checked and filled in as the API takes it.

Limits: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
_SHORT = frozenset(
    [
        "Country", "HitsApproved", "PercentApproved",
        "QualificationId", "QualificationComparator", "QualificationInteger",
    ]
)  # fmt: skip
# simple-amt's older dialect, which was that of boto 2; its other names are only spelt otherwise.
_BOTO = {
    "duration": "AssignmentDurationInSeconds",
    "lifetime": "LifetimeInSeconds",
    "approval_delay": "AutoApprovalDelayInSeconds",
}
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


def api_names(given: Mapping[str, Any], source: str = "") -> dict[str, Any]:
    """Return the properties under the API's names, whichever of simple-amt's dialects they use.

    ``source`` is the file they come from, if any.

    Raises:
        ValueError: a property stands under two names with different values; one argument each.
    """
    written: dict[str, list[str]] = defaultdict(list)
    for name in given:
        written[_api_name(name)].append(name)
    repeated = [
        f"{f'{source}: ' if source else ''}{' and '.join(names)} are the same property: found"
        f" {' and '.join(shown(given[name]) for name in names)}; keep one"
        for names in written.values()
        if any(given[name] != given[names[0]] for name in names[1:])
    ]
    if repeated:
        raise ValueError(*repeated)
    values = {name: given[names[0]] for name, names in written.items()}
    if "Keywords" in values:
        values["Keywords"] = _joined(values["Keywords"])
    return values


def _joined(words: object) -> object:
    """Return a list of words as the API takes it, as boto 2 did; anything else as it is."""
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return ", ".join(words)
    return words


def spelling(given: Mapping[str, Any]) -> dict[str, str]:
    """Return how those properties are written that are not under the API's names."""
    return {_api_name(name): name for name in given if _api_name(name) != name}


def _api_name(name: str) -> str:
    camel = "".join(part[:1].upper() + part[1:] for part in str(name).split("_"))
    snake = name in _BOTO or (name == str(name).lower() and camel in _known())
    return _BOTO.get(name, camel) if snake else name


def _known() -> Mapping[str, Any]:
    schema: Any = schemas.shipped("hit_properties").schema
    known: Mapping[str, Any] = schema["properties"]
    return known


def problems(
    given: Mapping[str, Any], where: str, written: Mapping[str, str] | None = None
) -> list[str]:
    """Return one line per fault of the properties, which are under the API's names.

    ``where`` names where they stand, and ``written`` how each is spelt there, if otherwise.
    """
    found = [
        f"{where}.{_as_written(line, written or {})}"
        for line in schemas.problems(schemas.shipped("hit_properties"), given)
    ]
    if "Reward" in given and amount(given["Reward"]) is None:
        expected = 'US dollars with at most two decimals and no sign, such as "0.05"'
        line = f"Reward: found {shown(given['Reward'])}; expected {expected}"
        found.append(f"{where}.{_as_written(line, written or {})}")
    found += [f"{where}.{line}" for line in _incomplete(given)]
    return found or [f"{where}: {line}" for line in qualifications.problems(_requirements(given))]


def _incomplete(given: Mapping[str, Any]) -> list[str]:
    """Return a line per property without which another one says nothing."""
    needed = ("QualificationId", "QualificationComparator")
    others = [name for name in (*needed, "QualificationInteger") if name in given]
    return [
        *(
            f"{name}: missing; expected with {others[0]}"
            for name in needed
            if others and name not in given
        ),
        *_nameless(given.get("QualificationRequirements", [])),
        *_extending(given.get("HITReviewPolicy")),
    ]


def _extending(policy: object) -> Iterator[str]:
    """Yield a line where a review policy would put up work that no budget knows of."""
    parameters = policy.get("Parameters", []) if isinstance(policy, dict) else []
    for each in parameters if isinstance(parameters, list) else []:
        if isinstance(each, dict) and str(each.get("Key")).startswith("Extend"):
            yield (
                f"HITReviewPolicy.Parameters: found {shown(each['Key'])}; expected none that"
                " extends HITs: the market would spend past budget.max_usd (`snakemake extend`"
                " stays within it)"
            )


def _nameless(requirements: object) -> Iterator[str]:
    """Yield a line per requirement that names no type, or two."""
    for number, each in enumerate(requirements if isinstance(requirements, list) else []):
        where = f"QualificationRequirements[{number}].QualificationTypeId"
        if not isinstance(each, dict) or ("QualificationTypeId" in each) != (
            "Qualification" in each
        ):
            continue
        if "Qualification" in each:
            yield f"{where}: stands beside Qualification; expected one of the two"
        else:
            yield f"{where}: missing; expected the id of the qualification type, or Qualification"


def _as_written(line: str, written: Mapping[str, str]) -> str:
    name = re.match(r"\w+", line)
    return written.get(name[0], name[0]) + line[name.end() :] if name else line


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
    own = map(qualifications.spelt_out, given.get("QualificationRequirements", []))
    return [*own, *qualifications.short_forms(given)]
