"""Events on their way: each is sent at least once, again and again for about a day.

Who sends an event first puts it off, in a transaction of its own, and so keeps it from
others while it is being sent; who dies in between leaves it to be sent once more. Attempts
go by the wall clock, for the market's own may have been moved.
"""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import F, QuerySet

from crowdmake.market.models import Event
from crowdmake.market.notifications.destinations import SQS, Undeliverable
from crowdmake.market.notifications.transports import send
from crowdmake.market.stores import Store

ATTEMPTS = 10
# 10, 30, 90 seconds and so on: the last attempt is a day and three hours after the first.
FIRST_DELAY = timedelta(seconds=10)
FACTOR = 3
# Longer than a batch can take: it ends with its first failure, or when its time is over.
CLAIM = timedelta(minutes=2)
BATCH = 10
BATCH_SECONDS = 60.0
# A destination that failed is left alone, with whatever else is to be sent there.
PAUSE = timedelta(seconds=30)

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What became of a batch: those that arrived, why the next one did not, and the rest."""

    arrived: list[Event]
    failed: Event | None
    reason: str
    rest: list[Event]


def deliver(store: Store, seconds: float = float("inf")) -> int:
    """Send what is due until nothing is, or ``seconds`` are over; return how much arrived.

    One attempt may outlast them by what a look-up, a connection and an answer may take.
    """
    number, end = 0, time.monotonic() + seconds
    while time.monotonic() < end and (batch := _claimed(store)):
        outcome = _sent(store, batch, min(end, time.monotonic() + BATCH_SECONDS))
        store.run(lambda _, outcome=outcome: _note(outcome, datetime.now(UTC)))  # type: ignore[misc]  # mypy sees no default
        number += len(outcome.arrived)
    return number


def delay_after(attempts: int) -> timedelta | None:
    """Return how long to wait after that many failed attempts, None for no further one."""
    return None if attempts >= ATTEMPTS else FIRST_DELAY * FACTOR ** (attempts - 1)


def _due(store: Store, now: datetime) -> "QuerySet[Event]":
    """Return what is to be sent; what has to be signed is left to who can read the secret."""
    due = Event.objects.filter(next_attempt__lte=now).order_by("next_attempt", "pk")
    return due if store.vault else due.filter(transport=SQS)


def _claimed(store: Store) -> list[Event]:
    """Return due events of one destination, which nobody else sends meanwhile."""
    store.bind()
    now = datetime.now(UTC)
    return store.run(lambda _: _claim(store, now)) if _due(store, now).exists() else []


def _claim(store: Store, now: datetime) -> list[Event]:
    waiting = _due(store, now).select_for_update(of=("self",), skip_locked=True)
    first = waiting.first()
    if first is None:
        return []
    same = waiting.filter(destination=first.destination, transport=first.transport)
    claimed = list(same.select_related("requester")[:BATCH])
    _put_off(claimed, now + CLAIM)
    return claimed


def _sent(store: Store, batch: list[Event], end: float) -> Outcome:
    for number, event in enumerate(batch):
        if time.monotonic() >= end:
            return Outcome(batch[:number], None, "", batch[number:])
        if reason := _failure(store, event):
            return Outcome(batch[:number], event, reason, batch[number + 1 :])
    return Outcome(batch, None, "", [])


def _failure(store: Store, event: Event) -> str:
    """Return why the event could not be sent, nothing if it arrived."""
    try:
        send(event, store.vault)
    except Undeliverable as error:
        return str(error)
    except Exception:
        logger.exception("fault in sending a notification")
        return "fault in the market"
    return ""


def _note(outcome: Outcome, now: datetime) -> None:
    arrived = Event.objects.filter(pk__in=[each.pk for each in outcome.arrived])
    arrived.update(delivered_at=now, next_attempt=None, attempts=F("attempts") + 1, failure="")
    if (failed := outcome.failed) is None:
        _put_off(outcome.rest, now)
        return
    attempts = failed.attempts + 1
    delay = delay_after(attempts)
    Event.objects.filter(pk=failed.pk).update(
        attempts=attempts, failure=outcome.reason, next_attempt=delay and now + delay
    )
    _put_off(outcome.rest, now + PAUSE)
    there = Event.objects.filter(destination=failed.destination, transport=failed.transport)
    there.filter(next_attempt__lte=now).update(next_attempt=now + PAUSE)


def _put_off(events: list[Event], moment: datetime) -> None:
    Event.objects.filter(pk__in=[each.pk for each in events]).update(next_attempt=moment)
