"""How a worker gets a HIT of a group, and why there is none to get.

Each function that writes is called inside a transaction, and may be called again.
"""

from datetime import datetime
from enum import StrEnum

from django.db.models import F

from crowdmake.market import eligibility, workers
from crowdmake.market.models import (
    ABANDONED,
    ASSIGNABLE,
    DISPOSED,
    HIT,
    RETURNED,
    VISIBLE,
    Assignment,
    HITType,
    Worker,
)
from crowdmake.market.working import limits, offers

NONE_LEFT = "There are no more of these HITs available."


class Reason(StrEnum):
    """Why a worker does not get a HIT, or no longer has one."""

    BLOCKED = "blocked"
    UNQUALIFIED = "unqualified"
    TOO_MANY = "too-many"
    NONE_LEFT = "none-left"
    ALL_TAKEN = "all-taken"
    """By this worker."""
    EXPIRED = "expired"
    DELETED = "deleted"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    OVER = "over"


WORDS = {
    Reason.BLOCKED: eligibility.BLOCKED,
    Reason.UNQUALIFIED: "You do not meet the requirements of these HITs.",
    Reason.TOO_MANY: limits.TOO_MANY,
    Reason.NONE_LEFT: NONE_LEFT,
    Reason.ALL_TAKEN: "You have accepted or done every one of these HITs that is left.",
    Reason.EXPIRED: "These HITs have expired.",
    Reason.DELETED: "The requester has deleted these HITs.",
    Reason.SUBMITTED: "You have already submitted this HIT.",
    Reason.RETURNED: "You have returned this HIT.",
    Reason.OVER: "The time for this HIT is over, and it is no longer assigned to you.",
}


class NotGiven(workers.Refused):
    """A refusal with its reason; ``details`` are the requirements that are not met, in words."""

    def __init__(self, reason: Reason, details: tuple[str, ...] = ()) -> None:
        super().__init__(WORDS[reason])
        self.reason, self.details = reason, details


def take(worker: Worker, hit_type: HITType, now: datetime, preferred: int = 0) -> Assignment:
    """Return the worker's new assignment of a HIT of the type; raises NotGiven.

    It is of the HIT with the key ``preferred`` if the worker can still get that.
    """
    if not limits.keep_to(worker):
        raise NotGiven(Reason.TOO_MANY)
    check_allowed(worker, hit_type)
    hit = offers.next_to_take(worker, hit_type, preferred)
    if hit is None:
        raise NotGiven(why_none(hit_type))
    try:
        return workers.accept(worker, hit, now)
    except workers.Refused:
        raise NotGiven(Reason.NONE_LEFT) from None


def check_allowed(worker: Worker, hit_type: HITType) -> None:
    """Do nothing where the worker may accept HITs of the type; raises NotGiven."""
    may = eligibility.judge(eligibility.Standing(worker), hit_type)
    if not may.accept:
        raise NotGiven(*obstacle(may))


def obstacle(may: eligibility.Eligibility) -> tuple[Reason, tuple[str, ...]]:
    """Return why a worker may not accept, and the requirements that are not met."""
    if eligibility.BLOCKED in may.obstacles:
        return Reason.BLOCKED, ()
    return Reason.UNQUALIFIED, may.obstacles


def why_none(hit_type: HITType) -> Reason:
    """Return why a worker who is allowed to can get no HIT of the type."""
    hits = HIT.objects.filter(requester=hit_type.requester_id, hit_type=hit_type)
    if hits.filter(status=ASSIGNABLE).exists():
        return Reason.ALL_TAKEN
    present = hits.exclude(status=DISPOSED)
    if present.filter(on_market=True).exists():
        return Reason.NONE_LEFT
    done = F("pending") + F("submitted") + F("completed")
    if present.filter(max_assignments__gt=done).exists():
        return Reason.EXPIRED
    gone = hits.exists() and not present.exists()
    return Reason.DELETED if gone else Reason.NONE_LEFT


def ending(assignment: Assignment) -> Reason | None:
    """Return why an assignment is no longer its worker's to do, None where it still is."""
    if assignment.status in VISIBLE:
        return Reason.SUBMITTED
    return {RETURNED: Reason.RETURNED, ABANDONED: Reason.OVER}.get(assignment.status)
