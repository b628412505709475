"""Lists of HITs and of a HIT's work.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListHITsOperation.html,
..._ListReviewableHITsOperation.html, ..._ListAssignmentsForHITOperation.html.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet

from crowdmake.market.models import DISPOSED, HIT, REVIEWABLE, VISIBLE, Assignment, HITType
from crowdmake.market.operations.registry import reading
from crowdmake.market.prepared import Select, given
from crowdmake.market.protocol.calls import Call, known_hit
from crowdmake.market.protocol.paging import page_of, row_of
from crowdmake.market.protocol.structures import assignment_structure, hit_structure

# Where the first page of a list begins: past every key, and before all time.
NEWEST = 2**63 - 1
EARLIEST = datetime.min.replace(tzinfo=UTC)


def _mine() -> "QuerySet[HIT]":
    """Return a requester's HITs that were not deleted, the newest first, older than one."""
    hits = HIT.objects.filter(requester=given(HIT, "requester"), pk__lt=given(HIT, "id"))
    shown = hits.exclude(status=DISPOSED).select_related("hit_type", "question")
    return shown.order_by("-pk")


def _of_type() -> "QuerySet[HIT]":
    return _mine().filter(hit_type__hit_type_id=given(HITType, "hit_type_id"))


_ALL = Select(_mine)
_IN_STATUS = Select(lambda: _mine().filter(status=given(HIT, "status")))
_OF_TYPE_IN_STATUS = Select(lambda: _of_type().filter(status=given(HIT, "status")))


@cache
def _work(statuses: frozenset[str]) -> "Select[Assignment]":
    """Return a HIT's work in ``statuses``, in the order of submission, after one of them."""
    submit_time, key = given(Assignment, "submit_time"), given(Assignment, "id")
    work = Q(hit=given(Assignment, "hit"), status__in=sorted(statuses))
    # The first condition is in the second, but only the first leads into an index.
    following = Q(submit_time__gte=submit_time) & (Q(submit_time__gt=submit_time) | Q(pk__gt=key))
    ordered = Assignment.objects.order_by("submit_time", "pk").select_related("worker")
    return Select(lambda: ordered.filter(work, following))


def list_hits(call: Call) -> dict[str, Any]:
    """Return a page of the requester's HITs, the newest first."""
    return _hits(call, "ListHITs", _ALL)


def list_reviewable_hits(call: Call) -> dict[str, Any]:
    """Return a page of the requester's Reviewable or Reviewing HITs, the newest first."""
    narrowed = {"status": call.parameters.get("Status", REVIEWABLE)}
    if hit_type_id := call.parameters.get("HITTypeId"):
        narrowed["hit_type_id"] = hit_type_id
    shown = _OF_TYPE_IN_STATUS if hit_type_id else _IN_STATUS
    return _hits(call, "ListReviewableHITs", shown, **narrowed)


def list_assignments_for_hit(call: Call) -> dict[str, Any]:
    """Return a page of a HIT's submitted work, in the order of submission."""
    hit = known_hit(call)
    work = _work(frozenset(call.parameters.get("AssignmentStatuses") or VISIBLE))

    def find(key: int | None, size: int) -> list[Assignment]:
        return work.some(size, hit=hit.pk, id=key or 0, submit_time=_submit_time(hit, key))

    found, members = page_of(find, call.parameters, "ListAssignmentsForHIT")
    return {**members, "Assignments": [assignment_structure(each, hit.hit_id) for each in found]}


def _submit_time(hit: HIT, key: int | None) -> datetime | None:
    """Return when the HIT's work of that key was submitted, and the earliest moment for none."""
    if key is None:
        return EARLIEST
    return row_of(Assignment.objects.filter(hit=hit.pk), key).submit_time


def _hits(call: Call, scope: str, shown: "Select[HIT]", **narrowed: str) -> dict[str, Any]:
    def find(key: int | None, size: int) -> list[HIT]:
        return shown.some(size, requester=call.requester.pk, id=key or NEWEST, **narrowed)

    found, members = page_of(find, call.parameters, scope)
    return {**members, "HITs": [hit_structure(each, each.question.xml) for each in found]}


_PAGE_ERRORS = ("AWS.ParameterOutOfRange", "InvalidParameterValue")
OPERATIONS = {
    "ListHITs": reading(list_hits, *_PAGE_ERRORS),
    "ListReviewableHITs": reading(list_reviewable_hits, *_PAGE_ERRORS),
    "ListAssignmentsForHIT": reading(list_assignments_for_hit, "HITDoesNotExist", *_PAGE_ERRORS),
}
