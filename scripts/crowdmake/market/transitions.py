"""The state machine: every change of a HIT's status and counters, with the money it moves.

Each function runs inside a transaction. Those that take instances expect their rows to be
locked; those that take queries work on any number of rows at once. The table behind it:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/RetrievingHitStatus.html
"""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable

from crowdmake.market import accounts
from crowdmake.market.models import (
    APPROVED,
    ASSIGNABLE,
    DISPOSED,
    HIT,
    REJECTED,
    REVIEWABLE,
    SUBMITTED,
    UNASSIGNABLE,
    Assignment,
)
from crowdmake.market.notifications import events
from crowdmake.market.notifications.events import HIT_EXPIRED, HIT_REVIEWABLE, Occurrence
from crowdmake.market.prepared import Save

# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ApproveAssignmentOperation.html
OVERRIDABLE = timedelta(days=30)

UNUSED = F("max_assignments") - F("pending") - F("submitted") - F("completed")
COST = F("hit_type__reward_cents") + F("fee_cents")
COST_OF_WORK = F("hit__hit_type__reward_cents") + F("hit__fee_cents")

HIT_STATE = (
    "status",
    "on_market",
    "expiration",
    "max_assignments",
    "pending",
    "submitted",
    "completed",
)

save_hit = Save(HIT, *HIT_STATE).run
SUBMISSION = ("status", "submit_time", "auto_approval_time", "due_at", "answer")
OF_DECISION = ("approval_time", "rejection_time", "feedback")
WORK_STATE = SUBMISSION + OF_DECISION
_save_submission = Save(Assignment, *SUBMISSION).run
_save_decision = Save(Assignment, "status", "due_at", *OF_DECISION).run
# A decision leaves alone what the database keeps an index of.
_count_decision = Save(HIT, "submitted", "completed").run


def expire(hits: "QuerySet[HIT]") -> list[int]:
    """Take HITs off the market and release what their unused assignments held.

    Return the keys of those that became Reviewable and have review policies.
    """
    to_review = _with_policies(hits.filter(status=ASSIGNABLE, pending=0))
    told = events.told_hits(hits)
    for requester, cents in _sums(hits, "requester", UNUSED * COST):
        accounts.release(requester, cents)
    hits.filter(status=ASSIGNABLE, pending__gt=0).update(status=UNASSIGNABLE)
    hits.filter(status=ASSIGNABLE).update(status=REVIEWABLE)
    hits.update(on_market=False)
    done = [each for each in told if each.status == ASSIGNABLE and not each.pending]
    events.record_all(
        [Occurrence(HIT_EXPIRED, each, each.expiration) for each in told]
        + [Occurrence(HIT_REVIEWABLE, each, each.expiration) for each in done]
    )
    return to_review


def accept(hit: HIT) -> None:
    """Count one more assignment in a worker's hands."""
    hit.pending += 1
    hit.status = ASSIGNABLE if hit.available else UNASSIGNABLE
    save_hit(hit)


def submit(assignment: Assignment, answer: str, now: datetime) -> None:
    """Take in the answer of one accepted assignment.

    Where a policy reviews it, that comes before `complete`: it may extend the HIT.
    """
    hit = assignment.hit
    approval = now + timedelta(seconds=hit.hit_type.auto_approval_delay)
    assignment.status, assignment.answer, assignment.submit_time = SUBMITTED, answer, now
    assignment.auto_approval_time = assignment.due_at = approval
    _save_submission(assignment)
    hit.pending -= 1
    hit.submitted += 1
    events.record_work(assignment, now)
    if "AssignmentReviewPolicy" in (hit.review_policies or {}):
        save_hit(hit)
    else:
        complete(hit, now)


def complete(hit: HIT, now: datetime) -> None:
    """Make a HIT Reviewable if nobody works on it and nobody can."""
    if not hit.pending and not hit.available:
        hit.status = REVIEWABLE
        events.record(HIT_REVIEWABLE, hit, now)
    save_hit(hit)


def give_back(work: "QuerySet[Assignment]", status: str, now: datetime | None = None) -> list[int]:
    """End accepted ``work`` as RETURNED or ABANDONED, and offer it again or release its money.

    It ends ``now``, or each at its deadline.
    Return the keys of the HITs that became Reviewable by it and have review policies.
    """
    told = events.told_work(work)
    hits = HIT.objects.filter(pk__in=work.values("hit"))
    hits.update(pending=F("pending") - _number_in(work))
    hits.filter(on_market=True).update(status=ASSIGNABLE)
    done = hits.filter(on_market=False, pending=0)
    to_review = _with_policies(done)
    done.update(status=REVIEWABLE)
    expired = work.filter(hit__on_market=False)
    for requester, cents in _sums(expired, "hit__requester", COST_OF_WORK):
        accounts.release(requester, cents)
    work.update(status=status, due_at=None)
    _tell_end(told, status, now)
    return to_review


def _tell_end(told: list[Assignment], status: str, now: datetime | None) -> None:
    """Record that work has ended, and which HITs became Reviewable when the last of it did.

    ``told`` is as it was before, with its HITs.
    """
    ended = [(each, now or each.deadline) for each in told]
    number = Counter(each.hit_id for each in told)
    last: dict[int, Occurrence] = {}
    for each, moment in ended:
        each.status = status
        if not each.hit.on_market and each.hit.pending == number[each.hit_id]:
            before = last[each.hit_id].moment if each.hit_id in last else each.hit.expiration
            last[each.hit_id] = Occurrence(HIT_REVIEWABLE, each.hit, max(before, moment))
    events.record_all([events.of_work(*each) for each in ended] + [*last.values()])


def approve_due(work: "QuerySet[Assignment]") -> None:
    """Approve submitted ``work`` at its auto-approval time."""
    told = events.told_work(work)
    for requester, cents in _sums(work, "hit__requester", COST_OF_WORK):
        accounts.pay_held(requester, cents)
    number = _number_in(work)
    HIT.objects.filter(pk__in=work.values("hit")).update(
        submitted=F("submitted") - number, completed=F("completed") + number
    )
    work.update(status=APPROVED, approval_time=F("auto_approval_time"), due_at=None)
    for each in told:
        each.status = APPROVED
    events.record_all(events.of_work(each, each.auto_approval_time) for each in told)


def approve(assignment: Assignment, now: datetime) -> None:
    """Approve one submitted assignment and pay it from what is held."""
    _decide(assignment, APPROVED, approval_time=now)
    accounts.pay_held(assignment.hit.requester_id, assignment.hit.cost_cents)
    events.record_work(assignment, now)


def reject(assignment: Assignment, now: datetime) -> None:
    """Reject one submitted assignment and release what it held."""
    _decide(assignment, REJECTED, rejection_time=now)
    accounts.release(assignment.hit.requester_id, assignment.hit.cost_cents)
    events.record_work(assignment, now)


def override(assignment: Assignment, now: datetime) -> None:
    """Approve one rejected assignment after all and pay it from what is available."""
    assignment.status, assignment.approval_time, assignment.rejection_time = APPROVED, now, None
    _save_decision(assignment)
    accounts.pay(assignment.hit.requester_id, assignment.hit.cost_cents)
    events.record_work(assignment, now)


def overridable_until(assignment: Assignment) -> datetime | None:
    """Return the last moment at which an override is possible, None where it never is.

    It is for work that stands rejected, of a HIT that was not deleted.
    """
    if assignment.status != REJECTED or assignment.hit.status == DISPOSED:
        return None
    return assignment.submit_time + OVERRIDABLE if assignment.submit_time else None


def _decide(
    assignment: Assignment,
    status: str,
    approval_time: datetime | None = None,
    rejection_time: datetime | None = None,
) -> None:
    assignment.status, assignment.due_at = status, None
    assignment.approval_time, assignment.rejection_time = approval_time, rejection_time
    _save_decision(assignment)
    assignment.hit.submitted -= 1
    assignment.hit.completed += 1
    _count_decision(assignment.hit)


def _with_policies(hits: "QuerySet[HIT]") -> list[int]:
    return list(hits.filter(review_policies__isnull=False).values_list("pk", flat=True))


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
