"""What a worker does: accept a HIT, submit or return the work.

Every function runs inside a store's `writing()`, with the moment that it yields. Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/mturk-hits-attributes.html (one
assignment per worker, work accepted before the expiry may still be submitted).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from crowdmake.market import ids, transitions
from crowdmake.market.answers import answer_xml
from crowdmake.market.models import (
    ACCEPTED,
    DISPOSED,
    ENGAGED,
    HIT,
    RETURNED,
    VISIBLE,
    Assignment,
    Worker,
)
from crowdmake.market.prepared import Insert, Select, given

_TO_ACCEPT = Select(
    lambda: (
        HIT.objects.filter(pk=given(HIT, "id"))
        .select_related("hit_type")
        .select_for_update(of=("self",))
    )
)
_ENGAGED = Select(
    lambda: Assignment.objects.filter(
        worker=given(Assignment, "worker"), hit=given(Assignment, "hit"), status__in=ENGAGED
    )
)
_TO_CHANGE = Select(
    lambda: (
        Assignment.objects.filter(pk=given(Assignment, "id"))
        .select_related("hit__hit_type")
        .select_for_update(of=("self", "hit"))
    )
)
_insert = Insert(Assignment).run


class Refused(Exception):  # noqa: N818 - an answer to a worker, not a fault
    """Why the market did not do what a worker asked for, in words for the worker."""


def register(name: str, *, worker_id: str | None = None, simulated: bool = False) -> Worker:
    """Return the worker with ``worker_id``, or a new one with an id of its own."""
    worker, _ = Worker.objects.get_or_create(
        worker_id=worker_id or ids.worker_id(), defaults={"name": name, "simulated": simulated}
    )
    return worker


def accept(worker: Worker, hit: HIT, now: datetime) -> Assignment:
    """Return the worker's new assignment of ``hit``; raises Refused."""
    present = _TO_ACCEPT.first(id=hit.pk)
    if present is None or present.status == DISPOSED or present.expiration <= now:
        raise Refused("This HIT is no longer available.")
    if _ENGAGED.first(worker=worker.pk, hit=present.pk):
        raise Refused("You have already accepted this HIT.")
    if not present.available:
        raise Refused("There are no more of these HITs available.")
    transitions.accept(present)
    deadline = now + timedelta(seconds=present.hit_type.assignment_duration)
    return _insert(
        Assignment(
            assignment_id=ids.entity_id(),
            hit=present,
            worker=worker,
            accept_time=now,
            deadline=deadline,
            due_at=deadline,
        )
    )


def submit(assignment: Assignment, fields: Iterable[tuple[str, str]], now: datetime) -> Assignment:
    """Return the assignment submitted with the posted ``fields``; raises Refused.

    A HIT type without an approval delay approves it at once.
    """
    assignment = _held(assignment, now)
    transitions.submit(assignment, answer_xml(fields), now)
    if not assignment.hit.hit_type.auto_approval_delay:
        transitions.approve(assignment, now)
    return assignment


def return_(assignment: Assignment, now: datetime) -> None:
    """Give the assignment back, so that anyone may accept the HIT; raises Refused."""
    held = _held(assignment, now)
    transitions.give_back(Assignment.objects.filter(pk=held.pk), RETURNED)


def _held(assignment: Assignment, now: datetime) -> Assignment:
    """Return the assignment if it is still in its worker's hands, kept from other writers."""
    found = _TO_CHANGE.first(id=assignment.pk)
    if found and found.status in VISIBLE:
        raise Refused("You have already submitted this HIT.")
    if found is None or found.status != ACCEPTED or found.deadline <= now:
        raise Refused("This HIT is no longer assigned to you.")
    return found
