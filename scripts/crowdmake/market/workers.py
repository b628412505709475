"""What a worker does: accept a HIT, submit or return the work.

Every function runs inside a store's `writing()`, with the moment that it yields. Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/mturk-hits-attributes.html (one
assignment per worker, work accepted before the expiry may still be submitted).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from crowdmake.market import eligibility, ids, transitions, uploads
from crowdmake.market.answers import answer_xml
from crowdmake.market.forms import question_form
from crowdmake.market.forms.form_answers import form_answer_xml
from crowdmake.market.forms.parts import Form
from crowdmake.market.models import (
    ACCEPTED,
    DISPOSED,
    ENGAGED,
    HIT,
    RETURNED,
    SUBMITTED,
    VISIBLE,
    Assignment,
    HITType,
    Question,
    UploadedFile,
    Worker,
    WorkerBlock,
)
from crowdmake.market.notifications import events
from crowdmake.market.prepared import Insert, Select, given
from crowdmake.market.review_policies import known_answers, plurality

_TO_ACCEPT = Select(
    lambda: (
        HIT.objects.filter(pk=given(HIT, "id"))
        .annotate(
            blocked=Exists(
                WorkerBlock.objects.filter(
                    requester=OuterRef("requester"), worker=given(WorkerBlock, "worker")
                )
            )
        )
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
# Most questions are pages of their own, and stay where they are.
_FORM = Select(
    lambda: Question.objects.filter(hit=given(Question, "hit"), xml__contains=question_form.MARK)
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
    present = _TO_ACCEPT.first(id=hit.pk, worker=worker.pk)
    if present is None or present.status == DISPOSED or present.expiration <= now:
        raise Refused("This HIT is no longer available.")
    if _ENGAGED.first(worker=worker.pk, hit=present.pk):
        raise Refused("You have already accepted this HIT.")
    if not present.available:
        raise Refused("There are no more of these HITs available.")
    if present.blocked:  # type: ignore[attr-defined]  # an annotation
        raise Refused(eligibility.BLOCKED)
    if present.hit_type.requirements:
        _check_qualified(worker, present.hit_type)
    transitions.accept(present)
    deadline = now + timedelta(seconds=present.hit_type.assignment_duration)
    assignment = _insert(
        Assignment(
            assignment_id=ids.entity_id(),
            hit=present,
            worker=worker,
            accept_time=now,
            deadline=deadline,
            due_at=deadline,
        )
    )
    events.record_work(assignment, now)
    return assignment


def _check_qualified(worker: Worker, hit_type: HITType) -> None:
    unmet = eligibility.unmet_by(eligibility.Standing(worker), hit_type)
    if unmet:
        needed = "; ".join(eligibility.obstacles(unmet))
        raise Refused(f"You do not meet the requirements of this HIT: {needed}.")


def submit(assignment: Assignment, fields: Iterable[tuple[str, str]], now: datetime) -> Assignment:
    """Return the assignment submitted with the posted ``fields``; raises Refused.

    The fields of a question form are named as `forms.parts.Question` says, those of a page
    as its author likes. A HIT type without an approval delay approves the work at once.
    """
    assignment = _held(assignment, now)
    transitions.submit(assignment, _answer(assignment, fields), now)
    known_answers.review(assignment, now)
    if not assignment.hit.hit_type.auto_approval_delay and assignment.status == SUBMITTED:
        transitions.approve(assignment, now)
    if plurality.review(assignment.hit, now):
        assignment.refresh_from_db(fields=transitions.WORK_STATE)
    return assignment


def upload(
    assignment: Assignment, question_identifier: str, content: bytes, now: datetime
) -> UploadedFile:
    """Return the file kept as the answer to a question, in place of an earlier one.

    It becomes part of the answer when the assignment is submitted. Raises Refused for what the
    question does not ask for.
    """
    held = _held(assignment, now)
    form = _form(held)
    obstacle = uploads.obstacle(form, question_identifier, len(content))
    if obstacle:
        raise Refused(obstacle)
    return uploads.keep(held, question_identifier, content)


def return_(assignment: Assignment, now: datetime) -> None:
    """Give the assignment back, so that anyone may accept the HIT; raises Refused."""
    held = _held(assignment, now)
    done = transitions.give_back(Assignment.objects.filter(pk=held.pk), RETURNED, now)
    plurality.review_all(done, now)


def _answer(assignment: Assignment, fields: Iterable[tuple[str, str]]) -> str:
    form = _form(assignment)
    if form is None:
        return answer_xml(fields)
    return form_answer_xml(form, fields, uploads.of(assignment))


def _form(assignment: Assignment) -> Form | None:
    """Return the form that the HIT shows, None where it shows a page."""
    question = _FORM.first(hit=assignment.hit_id)
    return None if question is None else question_form.find(question.xml)


def _held(assignment: Assignment, now: datetime) -> Assignment:
    """Return the assignment if it is still in its worker's hands, kept from other writers."""
    found = _TO_CHANGE.first(id=assignment.pk)
    if found and found.status in VISIBLE:
        raise Refused("You have already submitted this HIT.")
    if found is None or found.status != ACCEPTED or found.deadline <= now:
        raise Refused("This HIT is no longer assigned to you.")
    return found
