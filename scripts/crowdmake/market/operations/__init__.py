"""The operations that the market answers, by the name they have in X-Amz-Target."""

from collections.abc import Callable
from typing import Any, NamedTuple

from crowdmake.market.calls import Call
from crowdmake.market.operations import account, assignments, hit_types, hits, lists, reviews


class Operation(NamedTuple):
    """What answers a call, and whether it changes anything."""

    answer: Callable[[Call], dict[str, Any]]
    writes: bool


READING = {
    "GetAccountBalance": account.get_account_balance,
    "GetAssignment": assignments.get_assignment,
    "GetHIT": hits.get_hit,
    "ListAssignmentsForHIT": lists.list_assignments_for_hit,
    "ListHITs": lists.list_hits,
    "ListReviewableHITs": lists.list_reviewable_hits,
}
WRITING = {
    "ApproveAssignment": assignments.approve_assignment,
    "CreateHIT": hits.create_hit,
    "CreateHITType": hit_types.create_hit_type,
    "CreateHITWithHITType": hits.create_hit_with_hit_type,
    "DeleteHIT": reviews.delete_hit,
    "RejectAssignment": assignments.reject_assignment,
    "UpdateExpirationForHIT": hits.update_expiration_for_hit,
    "UpdateHITReviewStatus": reviews.update_hit_review_status,
}
OPERATIONS = {name: Operation(answer, writes=False) for name, answer in READING.items()} | {
    name: Operation(answer, writes=True) for name, answer in WRITING.items()
}
