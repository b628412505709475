"""What review policies found and did.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListReviewPolicyResultsForHITOperation.html
"""

from typing import Any, NamedTuple

from crowdmake.market.models import HIT, ReviewAction, ReviewResult
from crowdmake.market.operations.registry import reading
from crowdmake.market.protocol.calls import Call, shown_hit
from crowdmake.market.protocol.paging import page_of
from crowdmake.market.protocol.structures import review_action_structure, review_result_structure
from crowdmake.market.review_policies.actions import ASSIGNMENT_LEVEL, HIT_LEVEL

LEVELS = (ASSIGNMENT_LEVEL, HIT_LEVEL)
# Clients have no paginator for this operation, and may not expect a second page.
DEFAULT_SIZE = 100


class Entry(NamedTuple):
    """A result or an action, and its place: all results stand before all actions.

    A place is twice a row's key, and one more for an action.
    """

    pk: int
    row: ReviewResult | ReviewAction


def list_review_policy_results_for_hit(call: Call) -> dict[str, Any]:
    """Return a page of a HIT's results and then actions, each in the order in which they came."""
    hit = shown_hit(call)

    def find(place: int | None, size: int) -> list[Entry]:
        key, among_actions = divmod(place or 0, 2)
        found = [] if among_actions else _results(call, hit, key, size)
        return found + _actions(call, hit, key if among_actions else 0, size - len(found))

    parameters = {"MaxResults": DEFAULT_SIZE, **call.parameters}
    found, members = page_of(find, parameters, "ListReviewPolicyResultsForHIT")
    del members["NumResults"]
    return {"HITId": hit.hit_id, **_reports(call, hit, found), **members}


def _results(call: Call, hit: HIT, after: int, size: int) -> list[Entry]:
    if not call.parameters.get("RetrieveResults", True):
        return []
    rows = ReviewResult.objects.filter(hit=hit, level__in=_levels(call), pk__gt=after)
    return [Entry(2 * row.pk, row) for row in rows.order_by("pk")[:size]]


def _actions(call: Call, hit: HIT, after: int, size: int) -> list[Entry]:
    if not call.parameters.get("RetrieveActions", True):
        return []
    rows = ReviewAction.objects.filter(hit=hit, level__in=_levels(call), pk__gt=after)
    return [Entry(2 * row.pk + 1, row) for row in rows.order_by("pk")[:size]]


def _levels(call: Call) -> tuple[str, ...]:
    return tuple(call.parameters.get("PolicyLevels") or LEVELS)


def _reports(call: Call, hit: HIT, found: list[Entry]) -> dict[str, Any]:
    """Return name and report of each policy that the HIT has and the call asks for."""
    members: dict[str, Any] = {}
    for level in _levels(call):
        if policy := (hit.review_policies or {}).get(f"{level}ReviewPolicy"):
            rows = [each.row for each in found if each.row.level == level]
            members[f"{level}ReviewPolicy"] = {"PolicyName": policy["PolicyName"]}
            members[f"{level}ReviewReport"] = _report(rows)
    return members


def _report(rows: list[ReviewResult | ReviewAction]) -> dict[str, Any]:
    results = (each for each in rows if isinstance(each, ReviewResult))
    actions = (each for each in rows if isinstance(each, ReviewAction))
    return {
        "ReviewResults": [review_result_structure(each) for each in results],
        "ReviewActions": [review_action_structure(each) for each in actions],
    }


OPERATIONS = {
    "ListReviewPolicyResultsForHIT": reading(
        list_review_policy_results_for_hit,
        "AWS.ParameterOutOfRange",
        "HITDoesNotExist",
        "InvalidParameterValue",
    )
}
