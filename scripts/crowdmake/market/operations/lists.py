"""Lists of HITs and of a HIT's work.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListHITsOperation.html,
..._ListReviewableHITsOperation.html, ..._ListAssignmentsForHITOperation.html.
"""

from typing import Any

from django.db.models import Q, QuerySet

from crowdmake.market.calls import Call, hits_of, shown_hit
from crowdmake.market.models import HIT, REVIEWABLE, VISIBLE, Assignment
from crowdmake.market.paging import newest_first, page
from crowdmake.market.structures import assignment_structure, hit_structure


def list_hits(call: Call) -> dict[str, Any]:
    """Return a page of the requester's HITs, the newest first."""
    return _hits(call, "ListHITs", hits_of(call))


def list_reviewable_hits(call: Call) -> dict[str, Any]:
    """Return a page of the requester's Reviewable or Reviewing HITs, the newest first."""
    hits = hits_of(call).filter(status=call.parameters.get("Status", REVIEWABLE))
    if hit_type_id := call.parameters.get("HITTypeId"):
        hits = hits.filter(hit_type__hit_type_id=hit_type_id)
    return _hits(call, "ListReviewableHITs", hits)


def list_assignments_for_hit(call: Call) -> dict[str, Any]:
    """Return a page of a HIT's submitted work, in the order of submission."""
    hit = shown_hit(call)
    statuses = call.parameters.get("AssignmentStatuses") or VISIBLE
    work = Assignment.objects.filter(hit=hit, status__in=statuses).select_related("worker")
    found, members = page(
        work.order_by("submit_time", "pk"),
        call.parameters,
        "ListAssignmentsForHIT",
        _submitted_after,
    )
    return {**members, "Assignments": [assignment_structure(each, hit.hit_id) for each in found]}


def _hits(call: Call, scope: str, hits: "QuerySet[HIT]") -> dict[str, Any]:
    shown = hits.select_related("question").order_by("-pk")
    found, members = page(shown, call.parameters, scope, newest_first)
    return {**members, "HITs": [hit_structure(each, each.question.xml) for each in found]}


def _submitted_after(work: "QuerySet[Assignment]", key: int) -> "QuerySet[Assignment]":
    moment = Assignment.objects.get(pk=key).submit_time
    return work.filter(Q(submit_time__gt=moment) | Q(submit_time=moment, pk__gt=key))
