"""What happened to a HIT type's HITs and is to be told to its requester.

An event is written in the transaction of what happened, with where it is to be sent as it
was settled at that moment; `delivery.py` sends it. A HIT type that nobody asked to hear of
costs nothing. Source of the events and of the document:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_NotificationAPI_ElementsOfANotification.html
"""

import json
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from crowdmake.market.models import HIT, Assignment, Event, NotificationSetting
from crowdmake.market.prepared import Select

HIT_CREATED = "HITCreated"
HIT_EXTENDED = "HITExtended"
HIT_EXPIRED = "HITExpired"
HIT_REVIEWABLE = "HITReviewable"
HIT_DISPOSED = "HITDisposed"
PING = "Ping"


class Occurrence(NamedTuple):
    """One thing that happened to ``hit``, or to one of its assignments."""

    event_type: str
    hit: HIT
    moment: datetime
    assignment_id: str = ""


_ANY_SETTING = Select(lambda: NotificationSetting.objects.filter(active=True))


def record(event_type: str, hit: HIT, moment: datetime) -> None:
    """Note what happened to ``hit``, if its requester wants to hear of it."""
    if hit.hit_type.notifies:
        record_all([Occurrence(event_type, hit, moment)])


def record_work(assignment: Assignment, moment: datetime) -> None:
    """Note that ``assignment`` came into the status that it has."""
    if assignment.hit.hit_type.notifies:
        record_all([of_work(assignment, moment)])


def record_all(occurrences: "Iterable[Occurrence]") -> None:
    """Note those of ``occurrences`` that somebody wants to hear of."""
    happened = list(occurrences)
    if not happened:
        return
    types = {each.hit.hit_type_id for each in happened}
    active = NotificationSetting.objects.filter(hit_type__in=types, active=True)
    wanted = {each.hit_type_id: each for each in active.select_related("hit_type")}
    Event.objects.bulk_create(
        _event(each, wanted[each.hit.hit_type_id])
        for each in happened
        if each.hit.hit_type_id in wanted
        and each.event_type in wanted[each.hit.hit_type_id].event_types
    )


def of_work(assignment: Assignment, moment: datetime | None) -> Occurrence:
    """Return that ``assignment`` came into the status that it has."""
    if moment is None:
        raise ValueError("work that time approves has a moment at which it does")
    event_type = f"Assignment{assignment.status}"
    return Occurrence(event_type, assignment.hit, moment, assignment.assignment_id)


def told_hits(hits: "QuerySet[HIT]") -> list[HIT]:
    """Return those of ``hits`` whose requester is told of events."""
    if _ANY_SETTING.first() is None:
        return []
    return list(hits.filter(hit_type__notifies=True))


def told_work(work: "QuerySet[Assignment]") -> list[Assignment]:
    """Return those of ``work`` whose requester is told of events, each with its HIT."""
    if _ANY_SETTING.first() is None:
        return []
    told = work.filter(hit__hit_type__notifies=True).select_related("hit")
    return list(told.defer("answer", "feedback"))


def new_document_id() -> str:
    """Return what names one document for good: 40 hexadecimal digits."""
    return secrets.token_hex(20)


def document(event: Event) -> str:
    """Return the document that tells of ``event``, the same at every attempt to deliver it."""
    told = {
        "EventType": event.event_type,
        "EventTimestamp": f"{event.event_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "HITId": event.hit_id,
        "AssignmentId": event.assignment_id,
        "HITTypeId": event.hit_type_id,
    }
    return json.dumps(
        {
            "Events": [{name: value for name, value in told.items() if value}],
            "EventDocId": event.document_id,
            "SourceAccount": source_account(event),
            "CustomerId": event.requester.customer_id,
            "EventDocVersion": event.version,
        }
    )


def source_account(event: Event) -> str:
    """Return the requester's number in the form of an AWS account's: twelve digits."""
    return f"{event.requester_id:012d}"


def _event(occurrence: Occurrence, setting: NotificationSetting) -> Event:
    return Event(
        requester_id=occurrence.hit.requester_id,
        event_type=occurrence.event_type,
        event_time=occurrence.moment,
        hit_id=occurrence.hit.hit_id,
        assignment_id=occurrence.assignment_id,
        hit_type_id=setting.hit_type.hit_type_id,
        destination=setting.destination,
        transport=setting.transport,
        version=setting.version,
        document_id=new_document_id(),
        next_attempt=datetime.now(UTC),
    )
