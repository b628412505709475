"""Letters between workers and requesters.

Requesters write messages (NotifyWorkers, decisions on qualifications). Workers report HITs that
are broken or wrong, and answer rejections while these can still be overridden.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from crowdmake.market.models import (
    DISPOSED,
    HIT,
    REJECTED,
    Assignment,
    Message,
    Reply,
    Report,
    Requester,
    Worker,
)
from crowdmake.market.transitions import overridable_until
from crowdmake.market.workers import Refused

MAX_TEXT = 4096
REASONS = {
    "broken": "The page does not work",
    "unclear": "The instructions are unclear or contradict themselves",
    "mismatch": "It is not what the title and description say",
    "personal": "It asks for personal information",
    "harmful": "It shows something harmful or offensive without a warning",
    "other": "Something else",
}


def messages(worker: Worker) -> "QuerySet[Message]":
    """Return what was written to the worker, the newest first."""
    return Message.objects.filter(worker=worker).select_related("requester").order_by("-pk")


def unread(worker: Worker) -> int:
    """Return how many messages the worker has not opened."""
    return Message.objects.filter(worker=worker, read_at=None).count()


def open_message(worker: Worker, key: int, now: datetime) -> Message | None:
    """Return the worker's message, read from now on; None where the worker has none such."""
    messages(worker).filter(pk=key, read_at=None).update(read_at=now)
    return messages(worker).filter(pk=key).first()


def report(worker: Worker, hit: HIT, reason: str, text: str, now: datetime) -> Report:
    """Return the worker's report of ``hit``, in place of an earlier one; raises Refused."""
    present = HIT.objects.exclude(status=DISPOSED).filter(pk=hit.pk).first()
    if present is None:
        raise Refused("This HIT was deleted: its requester no longer sees anything about it.")
    sent, _ = Report.objects.update_or_create(
        hit=present, worker=worker, defaults={"reason": reason, "text": text, "sent_at": now}
    )
    return sent


def replies(assignment: Assignment) -> "QuerySet[Reply]":
    """Return what the worker answered to rejections of an assignment, the oldest first."""
    return Reply.objects.filter(assignment=assignment).order_by("pk")


def obstacle(assignment: Assignment, now: datetime) -> str:
    """Return why a rejection cannot be answered (now), in words for the worker; "" if it can."""
    if assignment.status != REJECTED:
        return "This work is not rejected."
    until = overridable_until(assignment)
    if until is None:
        return "The requester deleted this HIT: the rejection can no longer be changed."
    if now > until:
        return "The time in which the requester could change this decision is over."
    if replies(assignment).filter(sent_at__gte=assignment.rejection_time).exists():
        return "You have answered this rejection."
    return ""


def reply(assignment: Assignment, text: str, now: datetime) -> Reply:
    """Return the worker's answer to the rejection of an assignment; raises Refused."""
    locked = Assignment.objects.select_for_update(of=("self",)).select_related("hit")
    present = locked.get(pk=assignment.pk)
    why_not = obstacle(present, now)
    if why_not:
        raise Refused(why_not)
    return Reply.objects.create(assignment=present, text=text, sent_at=now)


@dataclass(frozen=True)
class Letter:
    """A worker's reply or report, as its requester reads it.

    ``assignment_id`` is "" where the worker reported what was only looked at; ``overridable_until``
    is None where there is no decision that could be changed. ``open`` says that there is still
    something to do about it: the rejection stands and can be overridden, or the reported HIT is
    still on offer.
    """

    kind: str
    requester: str
    hit_id: str
    assignment_id: str
    worker_id: str
    reason: str
    text: str
    sent_at: datetime
    overridable_until: datetime | None
    open: bool


def received(requester: Requester | None, now: datetime) -> list[Letter]:
    """Return the letters to a requester, or to all of them, the oldest first.

    What is about deleted HITs is among them, too.
    """
    wanted = Q() if requester is None else Q(hit__requester=requester)
    letters = [*_reports(wanted), *_replies(wanted, now)]
    return sorted(letters, key=lambda each: each.sent_at)


def _replies(wanted: Q, now: datetime) -> Iterable[Letter]:
    work = Assignment.objects.filter(wanted)
    found = Reply.objects.filter(assignment__in=work)
    for each in found.select_related("assignment__worker", "assignment__hit__requester"):
        until = overridable_until(each.assignment)
        yield Letter(
            kind="reply",
            requester=each.assignment.hit.requester.name,
            hit_id=each.assignment.hit.hit_id,
            assignment_id=each.assignment.assignment_id,
            worker_id=each.assignment.worker.worker_id,
            reason="",
            text=each.text,
            sent_at=each.sent_at,
            overridable_until=until,
            open=until is not None and now <= until,
        )


def _reports(wanted: Q) -> Iterable[Letter]:
    accepted = Assignment.objects.filter(hit=OuterRef("hit"), worker=OuterRef("worker"))
    latest = Subquery(accepted.order_by("-pk").values("assignment_id")[:1])
    found = Report.objects.filter(wanted).annotate(assignment_id=latest)
    for each in found.select_related("worker", "hit__requester"):
        yield Letter(
            kind="report",
            requester=each.hit.requester.name,
            hit_id=each.hit.hit_id,
            assignment_id=each.assignment_id or "",
            worker_id=each.worker.worker_id,
            reason=each.reason,
            text=each.text,
            sent_at=each.sent_at,
            overridable_until=None,
            open=each.hit.on_market,
        )
