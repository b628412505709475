"""What review policies found and did, and what workers wrote about the work.

Workers' letters stand among the results, as the API has no other place that a stock client reads.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListReviewPolicyResultsForHITOperation.html
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet

from crowdmake.market.models import HIT, Reply, Report, ReviewAction, ReviewResult
from crowdmake.market.operations.registry import reading
from crowdmake.market.protocol.calls import Call, shown_hit
from crowdmake.market.protocol.paging import page_of
from crowdmake.market.protocol.structures import review_action_structure, review_result_structure
from crowdmake.market.review_policies.actions import ASSIGNMENT_LEVEL, HIT_LEVEL

LEVELS = (ASSIGNMENT_LEVEL, HIT_LEVEL)
# Clients have no paginator for this operation, and may not expect a second page.
DEFAULT_SIZE = 100
REPLY, REPORT = "WorkerReply", "WorkerReport"


class Entry(NamedTuple):
    """One thing of the list, and its place: all of a source stand before those of the next one.

    A place is a row's key times the number of sources, and its source's position among them.
    """

    pk: int
    level: str
    row: Model


def list_review_policy_results_for_hit(call: Call) -> dict[str, Any]:
    """Return a page of a HIT's results, actions and letters, each in the order in which they came.

    They come source by source: results, actions, replies, reports.
    """
    hit = shown_hit(call)

    def find(place: int | None, size: int) -> list[Entry]:
        key, first = divmod(place or 0, len(SOURCES))
        found: list[Entry] = []
        for number, source in enumerate(SOURCES[first:], first):
            after = key if number == first else 0
            rows = source(call, hit).filter(pk__gt=after).order_by("pk")[: size - len(found)]
            found += [Entry(len(SOURCES) * row.pk + number, _level(row), row) for row in rows]
        return found

    parameters = {"MaxResults": DEFAULT_SIZE, **call.parameters}
    found, members = page_of(find, parameters, "ListReviewPolicyResultsForHIT")
    del members["NumResults"]
    return {"HITId": hit.hit_id, **_reports(call, hit, found), **members}


def _results(call: Call, hit: HIT) -> "QuerySet[Any]":
    rows = ReviewResult.objects.filter(hit=hit, level__in=_levels(call))
    return rows if call.parameters.get("RetrieveResults", True) else rows.none()


def _actions(call: Call, hit: HIT) -> "QuerySet[Any]":
    rows = ReviewAction.objects.filter(hit=hit, level__in=_levels(call))
    return rows if call.parameters.get("RetrieveActions", True) else rows.none()


def _replies(call: Call, hit: HIT) -> "QuerySet[Any]":
    rows = Reply.objects.filter(assignment__hit=hit).select_related("assignment")
    return rows if _wants_letters(call, ASSIGNMENT_LEVEL) else rows.none()


def _worker_reports(call: Call, hit: HIT) -> "QuerySet[Any]":
    rows = Report.objects.filter(hit=hit).select_related("worker")
    return rows if _wants_letters(call, HIT_LEVEL) else rows.none()


SOURCES: tuple[Callable[[Call, HIT], "QuerySet[Any]"], ...] = (
    _results,
    _actions,
    _replies,
    _worker_reports,
)


def _wants_letters(call: Call, level: str) -> bool:
    return level in _levels(call) and call.parameters.get("RetrieveResults", True)


def _levels(call: Call) -> tuple[str, ...]:
    return tuple(call.parameters.get("PolicyLevels") or LEVELS)


def _level(row: Any) -> str:
    if isinstance(row, Reply):
        return ASSIGNMENT_LEVEL
    return HIT_LEVEL if isinstance(row, Report) else row.level


def _reports(call: Call, hit: HIT, found: list[Entry]) -> dict[str, Any]:
    """Return what the call asks for: name and report of each policy, and workers' letters."""
    members: dict[str, Any] = {}
    for level in _levels(call):
        rows = [each.row for each in found if each.level == level]
        policy = (hit.review_policies or {}).get(f"{level}ReviewPolicy")
        if policy:
            members[f"{level}ReviewPolicy"] = {"PolicyName": policy["PolicyName"]}
        if policy or any(isinstance(each, Reply | Report) for each in rows):
            members[f"{level}ReviewReport"] = _report(rows)
    return members


def _report(rows: list[Model]) -> dict[str, Any]:
    actions = [each for each in rows if isinstance(each, ReviewAction)]
    return {
        "ReviewResults": [_result(each) for each in rows if not isinstance(each, ReviewAction)],
        "ReviewActions": [review_action_structure(each) for each in actions],
    }


def _result(row: Any) -> dict[str, Any]:
    if isinstance(row, Reply):
        return _letter("Assignment", row.assignment.assignment_id, REPLY, row.text)
    if isinstance(row, Report):
        words = f"{row.reason}: {row.text}" if row.text else row.reason
        return _letter("Worker", row.worker.worker_id, REPORT, words)
    return review_result_structure(row)


def _letter(kind: str, subject_id: str, key: str, value: str) -> dict[str, Any]:
    return {"SubjectId": subject_id, "SubjectType": kind, "Key": key, "Value": value}


OPERATIONS = {
    "ListReviewPolicyResultsForHIT": reading(
        list_review_policy_results_for_hit,
        "AWS.ParameterOutOfRange",
        "HITDoesNotExist",
        "InvalidParameterValue",
    )
}
