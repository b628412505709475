"""Which HITs a worker may discover, preview and accept.

An action is allowed where all requirements that guard it are met. A worker who lacks a
qualification meets no requirement about it but DoesNotExist. Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QualificationRequirementDataStructureArticle.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from django.db.models import Count

from crowdmake.market.models import (
    APPROVED,
    GRANTED,
    REJECTED,
    VISIBLE,
    Assignment,
    Qualification,
    QualificationType,
    Worker,
    WorkerBlock,
)
from crowdmake.market.qualifications import system
from crowdmake.market.qualifications.requirements import PRESENCE, Requirement

# Below this much submitted work the percentage of approved work is taken to be 100.
MEANINGFUL = 100
BLOCKED = "You cannot work on this requester's HITs."

COMPARISONS: dict[str, Callable[[int, list[int]], bool]] = {
    "LessThan": lambda value, wanted: value < wanted[0],
    "LessThanOrEqualTo": lambda value, wanted: value <= wanted[0],
    "GreaterThan": lambda value, wanted: value > wanted[0],
    "GreaterThanOrEqualTo": lambda value, wanted: value >= wanted[0],
    "EqualTo": lambda value, wanted: value in wanted,
    "In": lambda value, wanted: value in wanted,
    "NotEqualTo": lambda value, wanted: value not in wanted,
    "NotIn": lambda value, wanted: value not in wanted,
}
WORDS = {
    "LessThan": "must be less than",
    "LessThanOrEqualTo": "must be at most",
    "GreaterThan": "must be greater than",
    "GreaterThanOrEqualTo": "must be at least",
    "EqualTo": "must be",
    "NotEqualTo": "must not be",
    "Exists": "must be granted",
    "DoesNotExist": "must not be granted",
    "In": "must be one of",
    "NotIn": "must be none of",
}


@dataclass(frozen=True)
class Eligibility:
    """What a worker may do with the HITs of a type, and in words what stands in the way."""

    discover: bool
    preview: bool
    accept: bool
    obstacles: tuple[str, ...]


class Guarded(Protocol):
    """Whatever has the requirements of a HIT type, and its requester's key."""

    @property
    def requester_id(self) -> int:
        """The requester's key."""

    @property
    def requirements(self) -> Any:
        """A list of requirements."""


ELIGIBLE = Eligibility(discover=True, preview=True, accept=True, obstacles=())


class Standing:
    """A worker's qualifications, each read when a requirement first asks for it.

    It holds for as long as one request takes; many HIT types are judged with the same one.
    """

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def meets(self, requirement: Requirement) -> bool:
        """Return whether the worker meets a requirement."""
        if self.worker.simulated:
            return True
        type_id, comparator = requirement["QualificationTypeId"], requirement["Comparator"]
        if type_id == system.LOCALE:
            return _lives_there(self.worker, requirement)
        has, value = self.qualification(type_id)
        if comparator in PRESENCE:
            return has is (comparator == "Exists")
        wanted: list[int] = requirement.get("IntegerValues", [])
        return value is not None and COMPARISONS[comparator](value, wanted)

    def blocked_by(self, requester_key: int) -> bool:
        """Return whether the requester blocked the worker."""
        return requester_key in self._blocking

    def qualification(self, type_id: str) -> tuple[bool, int | None]:
        """Return whether the worker has a qualification other than a place, and its value."""
        if type_id == system.HITS_APPROVED:
            return True, self._work.get(APPROVED, 0)
        if type_id == system.PERCENT_APPROVED:
            return True, self._percentage()
        if type_id == system.ADULT:
            return self.worker.adult, 1 if self.worker.adult else None
        if type_id in system.MASTERS:
            return self.worker.masters, 1 if self.worker.masters else None
        return type_id in self._grants, self._grants.get(type_id)

    def _percentage(self) -> int:
        if sum(self._work.values()) < MEANINGFUL:
            return 100
        approved, rejected = self._work.get(APPROVED, 0), self._work.get(REJECTED, 0)
        return 100 * approved // (approved + rejected) if approved + rejected else 100

    @cached_property
    def _work(self) -> dict[str, int]:
        """The number of the worker's assignments of each status."""
        work = Assignment.objects.filter(worker=self.worker, status__in=VISIBLE)
        return dict(work.values_list("status").annotate(Count("pk")).order_by())

    @cached_property
    def _grants(self) -> dict[str, int | None]:
        """The values of what the worker was granted, by the type's id."""
        held = Qualification.objects.filter(worker=self.worker, status=GRANTED)
        return dict(held.values_list("qualification_type__qualification_type_id", "value"))

    @cached_property
    def _blocking(self) -> frozenset[int]:
        """The keys of the requesters who blocked the worker."""
        blocks = WorkerBlock.objects.filter(worker=self.worker)
        return frozenset(blocks.values_list("requester", flat=True))


def judge(standing: Standing, guarded: Guarded) -> Eligibility:
    """Return what the worker may do with the HITs of a type."""
    return judge_all(standing, [guarded])[0]


def judge_all(standing: Standing, types: Sequence[Guarded]) -> list[Eligibility]:
    """Return what the worker may do with the HITs of each of ``types``."""
    unmet = [unmet_by(standing, each) for each in types]
    names = _names({one["QualificationTypeId"] for each in unmet for one in each})
    return [
        _judged(standing.blocked_by(each.requester_id), lacking, names)
        for each, lacking in zip(types, unmet, strict=True)
    ]


def _judged(blocked: bool, unmet: list[Requirement], names: dict[str, str]) -> Eligibility:
    if not unmet and not blocked:
        return ELIGIBLE
    guarded = {each["ActionsGuarded"] for each in unmet}
    discover = "DiscoverPreviewAndAccept" not in guarded
    lacking = [_described(each, names) for each in unmet]
    return Eligibility(
        discover=discover,
        preview=discover and "PreviewAndAccept" not in guarded,
        accept=False,
        obstacles=(*([BLOCKED] if blocked else []), *lacking),
    )


def unmet_by(standing: Standing, guarded: Guarded) -> list[Requirement]:
    """Return the requirements of a type that keep the worker from accepting its HITs."""
    return [each for each in guarded.requirements if not standing.meets(each)]


def obstacles(unmet: list[Requirement]) -> list[str]:
    """Return each requirement in words for a worker, such as "Worker_Adult must be 1"."""
    names = _names({each["QualificationTypeId"] for each in unmet})
    return [_described(each, names) for each in unmet]


def _names(type_ids: set[str]) -> dict[str, str]:
    if not type_ids:
        return {}
    own = QualificationType.objects.filter(qualification_type_id__in=type_ids)
    known = {each.qualification_type_id: each.name for each in system.TYPES}
    return known | dict(own.values_list("qualification_type_id", "name"))


def _described(requirement: Requirement, names: dict[str, str]) -> str:
    values = [_place(each) for each in requirement.get("LocaleValues", [])]
    values += map(str, requirement.get("IntegerValues", []))
    words = [names[requirement["QualificationTypeId"]], WORDS[requirement["Comparator"]]]
    return " ".join([*words, ", ".join(values)]).rstrip()


def _place(locale: dict[str, Any]) -> str:
    return "-".join(filter(None, (locale["Country"], locale.get("Subdivision"))))


def _lives_there(worker: Worker, requirement: Requirement) -> bool:
    """Return whether the worker's place is as required; a place that is not known never is."""
    if not worker.country:
        return False
    near = [each for each in requirement["LocaleValues"] if each["Country"] == worker.country]
    within = any(each.get("Subdivision") in (None, worker.subdivision) for each in near)
    if requirement["Comparator"] in ("EqualTo", "In"):
        return within
    return not within and (not near or bool(worker.subdivision))
