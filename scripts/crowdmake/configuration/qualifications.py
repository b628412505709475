"""Qualification requirements: simple-amt's short forms, and sets that nobody can meet.

Ids and comparators:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QualificationRequirementDataStructureArticle.html
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Requirement = Mapping[str, Any]

HITS_APPROVED = "00000000000000000040"
PERCENT_APPROVED = "000000000000000000L0"
LOCALE = "00000000000000000071"
MASTERS = frozenset({"2ARFPLSP75KLA8M8DH1HTEQVJT3SY6", "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"})
MOST = 10

_NUMBERS: dict[str, Callable[[int, list[int]], bool]] = {
    "LessThan": lambda value, given: value < given[0],
    "LessThanOrEqualTo": lambda value, given: value <= given[0],
    "GreaterThan": lambda value, given: value > given[0],
    "GreaterThanOrEqualTo": lambda value, given: value >= given[0],
    "EqualTo": lambda value, given: value == given[0],
    "NotEqualTo": lambda value, given: value != given[0],
    "In": lambda value, given: value in given,
    "NotIn": lambda value, given: value not in given,
    "Exists": lambda _value, _given: True,
}
_SIGNS = {
    "<": "LessThan", "<=": "LessThanOrEqualTo", "=": "EqualTo", "==": "EqualTo",
    "!=": "NotEqualTo", ">": "GreaterThan", ">=": "GreaterThanOrEqualTo", "in": "In",
    "not in": "NotIn", "exists": "Exists", "does not exist": "DoesNotExist",
}  # fmt: skip
# Stands in the place of an id that is only known on the market; no id has a space.
_NAMED = "qualification "
# The name of the qualification behind `hit.once`; no name in a configuration has a space.
ONCE = "of those who have worked"
NEW_WORKERS = {
    "QualificationTypeId": f"{_NAMED}{ONCE}",
    "Comparator": "DoesNotExist",
    "ActionsGuarded": "Accept",
}
_PRESENCE = {"Exists", "DoesNotExist"}
_LISTS = {"In", "NotIn"}
_PLACES = {"EqualTo", "NotEqualTo", "In", "NotIn"}


def once_type(experiment_id: str) -> dict[str, str]:
    """Return what the market is told of the qualification behind `hit.once`."""
    about = "You have done one of these HITs; each worker does one only."
    return {"Name": f"Has worked for {experiment_id}", "Description": about}


def named(name: str) -> str:
    """Return what stands in the place of the id of the experiment's own qualification ``name``."""
    return f"{_NAMED}{name}"


def spelt_out(requirement: Requirement) -> dict[str, Any]:
    """Return a requirement with the API's comparator, and a name in the place of its type's id."""
    comparator = requirement["Comparator"]
    spelt = {k: v for k, v in requirement.items() if k != "Qualification"}
    if "Qualification" in requirement:
        spelt = {"QualificationTypeId": f"{_NAMED}{requirement['Qualification']}"} | spelt
    return spelt | {"Comparator": _SIGNS.get(comparator, comparator)}


def names_in(requirements: Iterable[Requirement]) -> list[str]:
    """Return the experiment's own qualifications that are required, each once."""
    ids = dict.fromkeys(each["QualificationTypeId"] for each in requirements)
    return [name.removeprefix(_NAMED) for name in ids if name.startswith(_NAMED)]


def with_ids(requirements: Iterable[Requirement], ids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the requirements as the market takes them; ``ids`` holds the ids of own types."""
    named = {f"{_NAMED}{name}": type_id for name, type_id in ids.items()}
    return [
        each
        | {
            "QualificationTypeId": named.get(
                each["QualificationTypeId"], each["QualificationTypeId"]
            )
        }
        for each in map(dict, requirements)
    ]


def short_forms(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the requirements that simple-amt's short properties mean.

    `HitsApproved` and `PercentApproved` mean "at least", as its documentation says.
    """
    return [*_country(properties), *_at_least(properties), *_one_type(properties)]


def _country(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "Country" in properties:
        given = properties["Country"]
        codes = [given] if isinstance(given, str) else given
        places = [_place(code) for code in codes]
        yield {"QualificationTypeId": LOCALE, "Comparator": "In", "LocaleValues": places}


def _place(code: str) -> dict[str, str]:
    country, _, state = code.partition("-")
    return {"Country": country, "Subdivision": state} if state else {"Country": country}


def _one_type(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "QualificationId" in properties:
        comparator = properties["QualificationComparator"]
        requirement = {
            "QualificationTypeId": properties["QualificationId"],
            "Comparator": _SIGNS.get(comparator, comparator),
        }
        if "QualificationInteger" in properties:
            given = properties["QualificationInteger"]
            requirement["IntegerValues"] = given if isinstance(given, list) else [given]
        yield requirement


def _at_least(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, type_id in (("HitsApproved", HITS_APPROVED), ("PercentApproved", PERCENT_APPROVED)):
        if name in properties:
            yield {
                "QualificationTypeId": type_id,
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [properties[name]],
            }


def problems(requirements: list[dict[str, Any]]) -> list[str]:
    """Return one line per requirement that the market refuses or that no worker can meet."""
    if len(requirements) > MOST:
        return [f"found {len(requirements)} qualification requirements; expected at most {MOST}"]
    malformed = [line for each in requirements if (line := _malformed(each))]
    return malformed or list(_impossible(requirements))


def _malformed(requirement: Requirement) -> str | None:
    name, comparator = requirement["QualificationTypeId"], requirement["Comparator"]
    place = name == LOCALE
    values = requirement.get("LocaleValues" if place else "IntegerValues", [])
    if place and comparator not in _PLACES:
        return f"{name} {comparator}: a place is compared with {', '.join(sorted(_PLACES))}"
    if {"ActionsGuarded", "RequiredToPreview"} <= requirement.keys():
        return f"{name}: expected ActionsGuarded or RequiredToPreview, not both"
    if ("IntegerValues" if place else "LocaleValues") in requirement:
        return f"{name}: expected {'LocaleValues' if place else 'IntegerValues'} only"
    if comparator in _PRESENCE and values:
        return f"{name} {comparator}: takes no values, found {values}"
    if comparator not in _PRESENCE and not values:
        return f"{name} {comparator}: needs {'LocaleValues' if place else 'IntegerValues'}"
    if comparator not in _PRESENCE | _LISTS and len(values) > 1:
        return f"{name} {comparator}: takes one value, found {len(values)}; use In or NotIn"
    if place and any("Subdivision" in value and value["Country"] != "US" for value in values):
        return f"{name}: a Subdivision is only possible for US"
    return None


def _impossible(requirements: list[dict[str, Any]]) -> Iterator[str]:
    by_type: dict[str, list[Requirement]] = defaultdict(list)
    for requirement in requirements:
        by_type[requirement["QualificationTypeId"]].append(requirement)
    for name, group in by_type.items():
        possible = _somewhere(group) if name == LOCALE else _some_number(name, group)
        if not possible:
            said = "; ".join(_said(requirement) for requirement in group)
            yield f"no worker can meet the requirements on {name}: {said}"


def _some_number(name: str, group: list[Requirement]) -> bool:
    """Return whether some value (or its absence) meets every requirement of ``group``."""
    if all(each["Comparator"] == "DoesNotExist" for each in group):
        return True
    if any(each["Comparator"] == "DoesNotExist" for each in group):
        return False
    given = [value for each in group for value in each.get("IntegerValues", [])]
    highest = 100 if name == PERCENT_APPROVED else max([0, *given]) + 1
    lowest = 0 if name in {PERCENT_APPROVED, HITS_APPROVED} else min([0, *given]) - 1
    candidates = {n for v in [*given, lowest, highest] for n in (v - 1, v, v + 1)}
    return any(
        lowest <= number <= highest
        and all(
            _NUMBERS[each["Comparator"]](number, each.get("IntegerValues", [])) for each in group
        )
        for number in candidates
    )


def _somewhere(group: list[Requirement]) -> bool:
    """Return whether a worker of some place meets every requirement of ``group``."""
    named = [place for each in group for place in each["LocaleValues"]]
    elsewhere = {"Country": "-"}
    return any(all(_accepts(each, place) for each in group) for place in [*named, elsewhere])


def _accepts(requirement: Requirement, place: Mapping[str, str]) -> bool:
    inside = any(wanted.items() <= place.items() for wanted in requirement["LocaleValues"])
    return inside == (requirement["Comparator"] in {"EqualTo", "In"})


def _said(requirement: Requirement) -> str:
    values = requirement.get("IntegerValues") or [
        "-".join(place.values()) for place in requirement.get("LocaleValues", [])
    ]
    return " ".join([requirement["Comparator"], *map(str, values)])
