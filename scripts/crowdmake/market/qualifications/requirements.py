"""Qualification requirements: which combinations of comparator and values mean something.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QualificationRequirementDataStructureArticle.html
"""

import re
from typing import Any

from crowdmake.market.models import HITType, Requester, RequiredQualification
from crowdmake.market.protocol.errors import PREFIX, ParameterValidationError
from crowdmake.market.qualifications import catalogue
from crowdmake.market.qualifications.system import BY_ID, LOCALE, PERCENT_APPROVED

MAX_REQUIREMENTS = 10
PRESENCE = frozenset({"Exists", "DoesNotExist"})
LISTS = frozenset({"In", "NotIn"})
LOCALE_COMPARATORS = frozenset({"EqualTo", "NotEqualTo"}) | LISTS
MAX_INTEGERS = 15
MAX_LOCALES = 30
CODE = re.compile("[A-Z]{2}")

Requirement = dict[str, Any]


def normalised(requirements: list[Requirement]) -> list[Requirement]:
    """Return valid requirements with their defaults filled in.

    Raises ParameterValidationError for a requirement that means nothing, or too many of them.
    """
    if len(requirements) > MAX_REQUIREMENTS:
        raise _invalid(f"has {len(requirements)} entries, at most {MAX_REQUIREMENTS} are allowed")
    return [_normalised(each) for each in requirements]


def check_types(requester: Requester, requirements: list[Requirement]) -> None:
    """Do nothing for requirements of types that the requester may require.

    Raises RequestError (QualificationTypeDoesNotExist, InvalidQualificationTypeState). Until
    the transaction ends, none of the types can be deleted.
    """
    catalogue.check_usable(requester, (each["QualificationTypeId"] for each in requirements))


def remember(hit_type: HITType) -> None:
    """Note which qualification types a new HIT type requires."""
    RequiredQualification.objects.bulk_create(
        RequiredQualification(hit_type=hit_type, qualification_type_id=each)
        for each in sorted({each["QualificationTypeId"] for each in hit_type.requirements})
    )


def _normalised(requirement: Requirement) -> Requirement:
    if requirement["QualificationTypeId"] == LOCALE:
        _check_locales(requirement)
    else:
        _check_integers(requirement)
    values = {name: value for name, value in requirement.items() if value != []}
    return {**values, **_guards(requirement)}


def _guards(requirement: Requirement) -> Requirement:
    """Return what a requirement guards, in the newer way to say it and in the older one."""
    older = requirement.get("RequiredToPreview")
    guarded = requirement.get("ActionsGuarded", "PreviewAndAccept" if older else "Accept")
    preview = guarded != "Accept"
    if older not in (None, preview):
        raise _invalid("contradicts itself in RequiredToPreview and ActionsGuarded")
    return {"RequiredToPreview": preview, "ActionsGuarded": guarded}


def _check_integers(requirement: Requirement) -> None:
    comparator, values = requirement["Comparator"], requirement.get("IntegerValues", [])
    if requirement.get("LocaleValues"):
        raise _invalid("has LocaleValues, which only Worker_Locale takes")
    _check_count(comparator, "IntegerValues", len(values), MAX_INTEGERS)
    if requirement["QualificationTypeId"] == PERCENT_APPROVED and any(
        not 0 <= value <= 100 for value in values
    ):
        raise _invalid("compares a percentage with a value outside 0 to 100")
    if requirement["QualificationTypeId"] in BY_ID and any(value < 0 for value in values):
        raise _invalid("has a negative value in IntegerValues")


def _check_locales(requirement: Requirement) -> None:
    comparator, locales = requirement["Comparator"], requirement.get("LocaleValues", [])
    if requirement.get("IntegerValues"):
        raise _invalid("has IntegerValues, which Worker_Locale does not take")
    if comparator not in LOCALE_COMPARATORS:
        raise _invalid(f"uses {comparator}, which Worker_Locale does not take")
    _check_count(comparator, "LocaleValues", len(locales), MAX_LOCALES)
    for locale in locales:
        if not all(CODE.fullmatch(each) for each in locale.values()):
            raise _invalid("has a locale that is no ISO 3166 code in capital letters")
        if "Subdivision" in locale and locale["Country"] != "US":
            raise _invalid("has a Subdivision outside the US")


def _check_count(comparator: str, name: str, count: int, most: int) -> None:
    if comparator in PRESENCE:
        allowed, wanted = range(1), "none"
    elif comparator in LISTS:
        allowed, wanted = range(1, most + 1), f"1 to {most}"
    else:
        allowed, wanted = range(1, 2), "exactly 1"
    if count not in allowed:
        raise _invalid(f"has {count} {name}, {comparator} takes {wanted}")


def _invalid(problem: str) -> ParameterValidationError:
    return ParameterValidationError(
        PREFIX + "InvalidParameterValue", f"QualificationRequirement {problem}."
    )
