"""The state machine: every change of a HIT's status and counters, with the money it moves.

Each function runs inside a transaction. Those that take instances expect their rows to be
locked; those that take queries work on any number of rows at once. The table behind it:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/RetrievingHitStatus.html
"""

from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable

from crowdmake.market import accounts
from crowdmake.market.models import (
    APPROVED,
    ASSIGNABLE,
    HIT,
    REJECTED,
    REVIEWABLE,
    SUBMITTED,
    UNASSIGNABLE,
    Assignment,
)
from crowdmake.market.prepared import Save

UNUSED = F("max_assignments") - F("pending") - F("submitted") - F("completed")
COST = F("hit_type__reward_cents") + F("fee_cents")
COST_OF_WORK = F("hit__hit_type__reward_cents") + F("hit__fee_cents")

_save_hit = Save(HIT, "status", "on_market", "expiration", "pending", "submitted", "completed").run
_save_work = Save(
    Assignment,
    "status",
    "submit_time",
    "auto_approval_time",
    "due_at",
    "approval_time",
    "rejection_time",
    "answer",
    "feedback",
).run


def expire(hits: "QuerySet[HIT]") -> None:
    """Take HITs off the market and release what their unused assignments held."""
    for requester, cents in _sums(hits, "requester", UNUSED * COST):
        accounts.release(requester, cents)
    hits.filter(status=ASSIGNABLE, pending__gt=0).update(status=UNASSIGNABLE)
    hits.filter(status=ASSIGNABLE).update(status=REVIEWABLE)
    hits.update(on_market=False)


def extend(hit: HIT, expiration: datetime) -> None:
    """Put off a HIT's expiry; one that had expired returns with its unused assignments.

    Raises RequestError (InsufficientFunds) when these are no longer covered.
    """
    if not hit.on_market:
        accounts.hold(hit.requester_id, hit.unused * hit.cost_cents)
    hit.status = ASSIGNABLE if hit.unused else hit.status
    hit.on_market, hit.expiration = True, expiration
    _save_hit(hit)


def accept(hit: HIT) -> None:
    """Count one more assignment in a worker's hands."""
    hit.pending += 1
    hit.status = ASSIGNABLE if hit.available else UNASSIGNABLE
    _save_hit(hit)


def submit(assignment: Assignment, answer: str, now: datetime) -> None:
    """Take in the answer of one accepted assignment."""
    hit = assignment.hit
    approval = now + timedelta(seconds=hit.hit_type.auto_approval_delay)
    assignment.status, assignment.answer, assignment.submit_time = SUBMITTED, answer, now
    assignment.auto_approval_time = assignment.due_at = approval
    _save_work(assignment)
    hit.pending -= 1
    hit.submitted += 1
    if not hit.pending and not hit.available:
        hit.status = REVIEWABLE
    _save_hit(hit)


def give_back(work: "QuerySet[Assignment]", status: str) -> None:
    """End accepted ``work`` as RETURNED or ABANDONED, and offer it again or release its money."""
    hits = HIT.objects.filter(pk__in=work.values("hit"))
    hits.update(pending=F("pending") - _number_in(work))
    hits.filter(on_market=True).update(status=ASSIGNABLE)
    hits.filter(on_market=False, pending=0).update(status=REVIEWABLE)
    expired = work.filter(hit__on_market=False)
    for requester, cents in _sums(expired, "hit__requester", COST_OF_WORK):
        accounts.release(requester, cents)
    work.update(status=status, due_at=None)


def approve_due(work: "QuerySet[Assignment]") -> None:
    """Approve submitted ``work`` at its auto-approval time."""
    for requester, cents in _sums(work, "hit__requester", COST_OF_WORK):
        accounts.pay_held(requester, cents)
    number = _number_in(work)
    HIT.objects.filter(pk__in=work.values("hit")).update(
        submitted=F("submitted") - number, completed=F("completed") + number
    )
    work.update(status=APPROVED, approval_time=F("auto_approval_time"), due_at=None)


def approve(assignment: Assignment, now: datetime) -> None:
    """Approve one submitted assignment and pay it from what is held."""
    accounts.pay_held(assignment.hit.requester_id, assignment.hit.cost_cents)
    _decide(assignment, APPROVED, approval_time=now)


def reject(assignment: Assignment, now: datetime) -> None:
    """Reject one submitted assignment and release what it held."""
    accounts.release(assignment.hit.requester_id, assignment.hit.cost_cents)
    _decide(assignment, REJECTED, rejection_time=now)


def override(assignment: Assignment, now: datetime) -> None:
    """Approve one rejected assignment after all and pay it from what is available."""
    accounts.pay(assignment.hit.requester_id, assignment.hit.cost_cents)
    assignment.status, assignment.approval_time, assignment.rejection_time = APPROVED, now, None
    _save_work(assignment)


def _decide(
    assignment: Assignment,
    status: str,
    approval_time: datetime | None = None,
    rejection_time: datetime | None = None,
) -> None:
    assignment.status, assignment.due_at = status, None
    assignment.approval_time, assignment.rejection_time = approval_time, rejection_time
    _save_work(assignment)
    assignment.hit.submitted -= 1
    assignment.hit.completed += 1
    _save_hit(assignment.hit)


def _number_in(work: "QuerySet[Assignment]") -> Subquery:
    """Return the number of each HIT's assignments among ``work``."""
    same_hit = work.filter(hit=OuterRef("pk")).order_by().values("hit")
    return Subquery(same_hit.annotate(number=Count("pk")).values("number"))


def _sums(
    rows: "QuerySet[HIT] | QuerySet[Assignment]", owner: str, cents: Combinable
) -> list[tuple[int, int]]:
    """Return each requester's key and the sum of ``cents`` over its rows."""
    return list(
        rows.order_by().values(owner).annotate(cents=Sum(cents)).values_list(owner, "cents")
    )
