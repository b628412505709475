"""Events on their way: each is sent at least once, again and again for about a day.

Who sends an event first puts it off, in a transaction of its own, and so keeps it from
others while it is being sent; who dies in between leaves it to be sent once more. Attempts
go by the wall clock, for the market's own may have been moved.
"""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import InterfaceError, OperationalError
from django.db.models import F, QuerySet

from crowdmake.market.faults import Faults
from crowdmake.market.models import Event, Pause
from crowdmake.market.notifications.destinations import SQS, Undeliverable
from crowdmake.market.notifications.transports import send
from crowdmake.market.stores import Store

ATTEMPTS = 10
# What is older than that ends with the next failure, also where others' failures took its turns.
LONGEST = timedelta(hours=28)
# 10, 30, 90 seconds and so on: the last attempt is a day and three hours after the first.
FIRST_DELAY = timedelta(seconds=10)
FACTOR = 3
# Longer than a batch can take: it ends with its first failure, or when its time is over.
CLAIM = timedelta(minutes=2)
BATCH = 10
BATCH_SECONDS = 60.0
# A destination that failed is left alone, with whatever else is to be sent there: a portion of
# that until the pause is over, and what is more than that for longer, so that a great deal of it
# is not put off over and over.
PAUSE = timedelta(seconds=30)
LONG_PAUSE = timedelta(minutes=10)
PORTION = 500

faults = Faults(logging.getLogger(__name__), "fault in sending a notification")


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
    while time.monotonic() < end and (batch := _claimed(store)) is not None:
        if not batch:
            continue
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


def _claimed(store: Store) -> list[Event] | None:
    """Return due events of one destination, which nobody else sends meanwhile.

    None of them where they were put off instead, and None where nothing is due.
    """
    store.bind()
    now = datetime.now(UTC)
    return store.run(lambda _: _claim(store, now)) if _due(store, now).exists() else None


def _claim(store: Store, now: datetime) -> list[Event] | None:
    waiting = _due(store, now).select_for_update(of=("self",), skip_locked=True)
    first = waiting.first()
    if first is None:
        return None
    same = waiting.filter(destination=first.destination, transport=first.transport)
    pause = _pauses(first).filter(until__gt=now).first()
    if pause and not first.attempts:
        _leave(list(same.filter(attempts=0)[:PORTION]), now, LONG_PAUSE, pause.reason)
        return []
    # What was tried before comes again at moments of its own.
    ours = same.filter(attempts__gt=0) if pause else same
    claimed = list(ours.select_related("requester")[:BATCH])
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
        faults.over()
    except Undeliverable as error:
        return str(error)
    except (OperationalError, InterfaceError):
        # The market's own database says nothing about the destination.
        raise
    except Exception as error:  # noqa: BLE001 - it is logged by `Faults`
        faults.note(error)
        return "fault in the market"
    return ""


def _note(outcome: Outcome, now: datetime) -> None:
    arrived = Event.objects.filter(pk__in=[each.pk for each in outcome.arrived])
    arrived.update(delivered_at=now, next_attempt=None, attempts=F("attempts") + 1, failure="")
    if outcome.arrived:
        _pauses(outcome.arrived[0]).delete()
    if (failed := outcome.failed) is None:
        _put_off(outcome.rest, now)
    else:
        _note_failure(outcome, failed, now)


def _note_failure(outcome: Outcome, failed: Event, now: datetime) -> None:
    """Say when the one that failed comes again, and leave its destination alone till then."""
    attempts = failed.attempts + 1
    delay = None if _is_old(failed, now) else delay_after(attempts)
    Event.objects.filter(pk=failed.pk).update(
        attempts=attempts, failure=outcome.reason, next_attempt=delay and now + delay
    )
    Pause.objects.update_or_create(
        destination=failed.destination,
        transport=failed.transport,
        defaults={"until": now + PAUSE, "reason": outcome.reason},
    )
    _leave([*outcome.rest, *_portion(failed, now)], now, PAUSE, outcome.reason)


def _portion(failed: Event, now: datetime) -> list[Event]:
    """Return some of what is due at the same destination, and not being sent by others."""
    there = Event.objects.filter(destination=failed.destination, transport=failed.transport)
    due = there.filter(next_attempt__lte=now).order_by("next_attempt", "pk")
    return list(due.select_for_update(of=("self",), skip_locked=True)[:PORTION])


def _pauses(event: Event) -> "QuerySet[Pause]":
    return Pause.objects.filter(destination=event.destination, transport=event.transport)


def _is_old(event: Event, now: datetime) -> bool:
    return now - event.created_at >= LONGEST


def _leave(events: list[Event], now: datetime, pause: timedelta, reason: str) -> None:
    """Put events off for the length of ``pause``, and give up those that have waited too long."""
    old = {each.pk for each in events if _is_old(each, now)}
    Event.objects.filter(pk__in=old).update(next_attempt=None, failure=reason)
    _put_off([each for each in events if each.pk not in old], now + pause)


def _put_off(events: list[Event], moment: datetime) -> None:
    Event.objects.filter(pk__in=[each.pk for each in events]).update(next_attempt=moment)
