"""How a worker gets a qualification: requests it, takes its test.

Every function runs inside a store's `writing()`. Which types may be requested is
`catalogue.requestable()`. Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateQualificationTypeOperation.html,
..._QualificationTypeDataStructureArticle.html (a test may be taken again for a better score).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from crowdmake.market.forms import answer_key, form_answers, question_form
from crowdmake.market.ids import entity_id
from crowdmake.market.models import (
    ACTIVE,
    EXPIRED,
    GRANTED,
    PENDING,
    STARTED,
    Qualification,
    QualificationRequest,
    QualificationType,
    Worker,
)
from crowdmake.market.qualifications import catalogue, granting
from crowdmake.market.workers import Refused

Fields = Iterable[tuple[str, str]]


def begin_test(
    worker: Worker, qualification_type: QualificationType, now: datetime
) -> QualificationRequest:
    """Return the test that the worker takes from now on, or is taking, with its deadline.

    Raises Refused.
    """
    offered = _offered(qualification_type)
    if not offered.test:
        raise Refused("This qualification has no test.")
    last = _last(worker, offered)
    if last and _is_running(last, now):
        return last
    _check_free(worker, offered, last, now)
    if last and last.status == STARTED:
        last.status = EXPIRED
        last.save(update_fields=["status"])
    begun = _new(worker, offered, STARTED, now)
    begun.test, begun.deadline = offered.test, now + timedelta(seconds=offered.test_duration or 0)
    begun.save()
    return begun


def request_qualification(
    worker: Worker, qualification_type: QualificationType, answers: Fields | None, now: datetime
) -> QualificationRequest:
    """Return the worker's request, which is granted at once or waits for its requester.

    ``answers`` are the posted fields of the test that the worker began, None where the type
    has no test. Raises Refused.
    """
    offered = _offered(qualification_type)
    last = _last(worker, offered)
    if offered.test:
        return _handed_in(last, offered, answers, now)
    _check_free(worker, offered, last, now)
    request = _new(worker, offered, PENDING, now)
    return _settled(request, offered.auto_granted_value if offered.auto_granted else None)


def _handed_in(
    begun: QualificationRequest | None,
    offered: QualificationType,
    answers: Fields | None,
    now: datetime,
) -> QualificationRequest:
    """Return the request with the answers of a test that was begun, scored if there is a key."""
    if answers is None or begun is None or begun.status != STARTED:
        raise Refused("Begin the test of this qualification first.")
    if not _is_running(begun, now):
        raise Refused("The time for this test is over.")
    fields, form = list(answers), question_form.parse(begun.test)
    begun.answer = form_answers.form_answer_xml(form, fields, {})
    begun.status, begun.submit_time, begun.deadline = PENDING, now, None
    # The key of a test that was changed meanwhile is none for these answers.
    if not offered.answer_key or offered.test != begun.test:
        return _settled(begun, None)
    key = answer_key.parse(offered.answer_key)
    return _settled(begun, answer_key.score(key, form_answers.selected(form, fields)))


def _settled(request: QualificationRequest, value: int | None) -> QualificationRequest:
    """Return the request, stored and granted with ``value`` unless that is None."""
    if value is not None:
        request.status = GRANTED
        granting.grant(request.qualification_type, request.worker, value, request.submit_time)
    request.save()
    return request


def _offered(qualification_type: QualificationType) -> QualificationType:
    """Return the type as it stands, kept from other writers, if it takes requests."""
    present = catalogue.lock(qualification_type)
    if present is None or present.status != ACTIVE:
        raise Refused("This qualification can no longer be requested.")
    return present


def _last(worker: Worker, offered: QualificationType) -> QualificationRequest | None:
    """Return the worker's latest request of the type, kept from other writers."""
    requests = QualificationRequest.objects.filter(worker=worker, qualification_type=offered)
    return requests.select_for_update(of=("self",)).order_by("-pk").first()


def _is_running(request: QualificationRequest, now: datetime) -> bool:
    """Return whether there is still time for the test."""
    return request.status == STARTED and request.deadline is not None and now <= request.deadline


def _check_free(
    worker: Worker, offered: QualificationType, last: QualificationRequest | None, now: datetime
) -> None:
    """Raise Refused where the worker has no further request."""
    if last and last.status == PENDING:
        raise Refused("You have already requested this qualification.")
    if _has(worker, offered) and (not offered.test or offered.retry_delay is None):
        raise Refused("You already have this qualification.")
    if last is None:
        return
    if offered.retry_delay is None:
        raise Refused("You can request this qualification only once.")
    again = free_from(last, offered.retry_delay)
    if now < again:
        moment = f"{again.day} {again:%b %Y, %H:%M:%S} UTC"
        raise Refused(f"You can request this qualification again at {moment}.")


def free_from(last: QualificationRequest, retry_delay: int) -> datetime:
    """Return when another request may follow the ``last``."""
    return last.submit_time + timedelta(seconds=retry_delay)


def _has(worker: Worker, offered: QualificationType) -> bool:
    held = Qualification.objects.filter(worker=worker, qualification_type=offered, status=GRANTED)
    return held.exists()


def _new(
    worker: Worker, offered: QualificationType, status: str, now: datetime
) -> QualificationRequest:
    return QualificationRequest(
        qualification_request_id=entity_id(),
        qualification_type=offered,
        worker=worker,
        status=status,
        submit_time=now,
    )
