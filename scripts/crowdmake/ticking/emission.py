"""Finished results as events, each once.

An event's id depends on nothing but whose result it is, so whatever emits it again emits the
same. What was emitted is kept in the ledgers as it was: answers that are rejected later, or
another way to combine them, change no event.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crowdmake.files import one_line
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.ledger import Event, events_of

RESULT = "result"
ANSWER = "answer"
_DIGITS = 40

Record = Mapping[str, Any]


def event_id(experiment_id: str, batch: Batch, record: Record) -> str:
    """Return what names the event of one finished result for good: 40 hexadecimal digits."""
    whose = [record["hit_id"], _assignment(record), _kind(record)]
    parts = [experiment_id, batch.endpoint, batch.name, *whose]
    return hashlib.sha256(one_line(parts).encode()).hexdigest()[:_DIGITS]


def finished(batch: Batch, records: Iterable[Record]) -> list[Record]:
    """Return those of the combined ``records`` that are of HITs of ours, which are over.

    What was imported was told by who put it up.
    """
    closed = {hit.hit_id for hit in batch.read().hits.values() if hit.closed}
    return [record for record in records if record["hit_id"] in closed]


def emit(batch: Batch, records: Iterable[Record], experiment_id: str, *, webhook: bool) -> int:
    """Note the event of each finished result that has none yet; return how many there were.

    What the event tells is on the disk before it counts as emitted, so that a crash between
    the two emits the same event in the next round. ``webhook`` says whether it is to be posted.
    """
    emitted = {event["event_id"] for event in _emitted(batch)}
    kept = {event["event_id"] for event in _kept(batch)}
    new = {
        event_id(experiment_id, batch, record): record
        for record in _not_told_otherwise(batch, records)
    }
    fresh = {name: record for name, record in new.items() if name not in emitted}
    unsaid = {name: record for name, record in new.items() if name not in kept}
    if unsaid:
        batch.answers.append(*(_told(name, record) for name, record in unsaid.items()))
    if fresh:
        batch.money.append(*(_done(name, fresh[name], webhook=webhook) for name in fresh))
    return len(fresh)


def events(batch: Batch) -> Iterator[dict[str, Any]]:
    """Yield the emitted events in their order: ``event_id``, ``kind``, ``time``, the result."""
    emitted = {event["event_id"] for event in _emitted(batch)}
    for event in _kept(batch):
        if event["event_id"] in emitted:
            names = {name: event[name] for name in ("event_id", "kind", "time")}
            yield names | event["record"]


def _not_told_otherwise(batch: Batch, records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records of HITs that were not emitted as a whole or answer by answer before."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for event in _emitted(batch):
        kinds[event["hit_id"]].add(event["kind"])
    for record in records:
        if kinds[record["hit_id"]] <= {_kind(record)}:
            yield record


def _told(name: str, record: Record) -> Event:
    return {"event": "result", "event_id": name, "kind": _kind(record), "record": dict(record)}


def _done(name: str, record: Record, *, webhook: bool) -> Event:
    whose = {"hit_id": record["hit_id"], "kind": _kind(record), "webhook": webhook}
    return {"event": "emitted", "event_id": name} | whose


def _emitted(batch: Batch) -> list[Event]:
    return events_of(batch.money.read(), "emitted")


def _kept(batch: Batch) -> list[Event]:
    return events_of(batch.answers.read(), "result")


def _kind(record: Record) -> str:
    return ANSWER if "answer" in record else RESULT


def _assignment(record: Record) -> str | None:
    """Return the assignment whose answer the record tells alone, or None."""
    return str(record["assignment_id"]) if _kind(record) == ANSWER else None
