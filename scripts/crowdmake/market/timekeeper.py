"""What goes on without being asked: what falls due is done, notifications leave, old rows go.

One process of a served market calls `keep`; a market that is opened inside another program's
process does it once, at its opening.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from threading import Thread

from crowdmake.market.faults import Faults
from crowdmake.market.models import Event, Pause, RequestToken
from crowdmake.market.notifications.delivery import deliver
from crowdmake.market.protocol.tokens import REMEMBERED
from crowdmake.market.stores import Store

INTERVAL_SECONDS = 0.25
CLEANING_SECONDS = 60.0
AFTER_A_FAULT_SECONDS = 1.0
SENDERS = 4
SENDING_SECONDS = 1.0
# Long enough to look into a delivery that failed, and short enough for the table to stay small.
EVENTS_KEPT = timedelta(days=30)
PORTION = 500

logger = logging.getLogger(__name__)


def tick(store: Store, seconds: float) -> None:
    """Do once what `keep` does all the time; begin no delivery after ``seconds``."""
    _keep_time(store)
    _clean(store)
    deliver(store, seconds)


def keep(store: Store, stop: Signal, *chores: Callable[[Store], None]) -> None:
    """Do what falls due within a second, deliver, and clean up, until ``stop`` is set.

    Others' ``chores`` are done as often as cleaning up. Deliveries have threads of their own, so
    that no slow host delays what the clock does. What fails is logged and done again.
    """
    threads = [Thread(target=_repeat, args=(store, stop, _send)) for _ in range(SENDERS)]
    threads += [
        Thread(target=_repeat, args=(store, stop, chore, CLEANING_SECONDS))
        for chore in (_clean_up, *chores)
    ]
    for each in threads:
        each.start()
    _repeat(store, stop, _keep_time)
    for each in threads:
        each.join()


def _repeat(
    store: Store,
    stop: Signal,
    action: Callable[[Store], None],
    interval: float = INTERVAL_SECONDS,
) -> None:
    """Call ``action`` over and over, on a connection of this thread's own."""
    faults = Faults(logger, "the market's time-keeping failed, and is tried again")
    while not stop.wait(interval):
        try:
            action(store)
            faults.over()
        except Exception as error:  # noqa: BLE001 - it is logged by `Faults`
            faults.note(error)
            _let_go(store)
            stop.wait(AFTER_A_FAULT_SECONDS)
    _let_go(store)


def _let_go(store: Store) -> None:
    """Close this thread's connection, which may be broken; there is a new one the next time."""
    with suppress(Exception):
        store.close()


def _keep_time(store: Store) -> None:
    with store.reading():
        pass


def _send(store: Store) -> None:
    deliver(store, SENDING_SECONDS)


def _clean_up(store: Store) -> None:
    while _clean(store):
        pass


def _clean(store: Store) -> bool:
    """Remove a portion of what is no longer needed; return whether there was any."""
    with store.reading() as now:
        tokens, events, pauses = _old_tokens(now), _old_events(now), _old_pauses()
    if tokens or events or pauses:
        store.run(lambda _: _remove(tokens, events, pauses))
    return bool(tokens or events or pauses)


def _old_tokens(now: datetime) -> list[int]:
    """Return some used tokens that no longer count; the oldest come first."""
    first = RequestToken.objects.order_by("pk").values_list("pk", "used_at")[:PORTION]
    return [key for key, used_at in first if now - used_at >= REMEMBERED]


def _old_events(now: datetime) -> list[int]:
    """Return some events of long ago that arrived or were given up; the oldest come first."""
    done = Event.objects.filter(next_attempt=None).order_by("pk")
    first = done.values_list("pk", "event_time")[:PORTION]
    return [key for key, moment in first if now - moment >= EVENTS_KEPT]


def _old_pauses() -> list[int]:
    """Return some pauses of destinations that are over, by the wall clock."""
    over = Pause.objects.filter(until__lte=datetime.now(UTC))
    return list(over.values_list("pk", flat=True)[:PORTION])


def _remove(tokens: list[int], events: list[int], pauses: list[int]) -> None:
    RequestToken.objects.filter(pk__in=tokens).delete()
    Event.objects.filter(pk__in=events).delete()
    # One that began anew in the meantime stays.
    Pause.objects.filter(pk__in=pauses, until__lte=datetime.now(UTC)).delete()
