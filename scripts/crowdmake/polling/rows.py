"""The rows of a batch's polls: one for each HIT that is over and has answers to choose from.

A row is made once. As soon as its poll is launched the ledger of the polls holds it, and it
stays as it is there, whatever becomes of the answers: so no HIT ever gets a second poll.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from crowdmake.inputs.rows import Row, content_key
from crowdmake.ledgers.batches import Batch, HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted
from crowdmake.polling.names import MOST, poll_of
from crowdmake.rendering.answers import fields_of

FEWEST = 2
"""How many answers it takes to choose between them."""

Value = dict[str, Any]
Line = Mapping[str, Any]


def poll_rows(batch: Batch) -> list[Value]:
    """Return the rows of the polls of ``batch``: those launched first, then those that are new.

    A row is ``hit_id`` (of the HIT whose answers it shows), ``input`` (that HIT's row), ``items``
    (number from '1' to the answer, in the order of submission), and, number by number,
    ``assignment_ids`` and ``authors``.

    Raises:
        UserError: a ledger is damaged.
    """
    polls = Batch(poll_of(batch.name), batch.endpoint, batch.state).read()
    launched = {row["input"]["hit_id"]: row["input"] for row in polls.rows.values()}
    found = batch.read()
    new = (_row(hit, found) for hit in ready(found) if hit.hit_id not in launched)
    return [*launched.values(), *new]


def keyed(values: list[Value]) -> list[Row]:
    """Return the rows with the keys that they have in a file; a HIT stands in one row only."""
    return [
        Row(f"{content_key(value)}-1", number, number, value)
        for number, value in enumerate(values, start=1)
    ]


def ready(snapshot: Snapshot) -> Iterator[HitRecord]:
    """Yield the HITs at which no more can arrive, with enough answers for a poll."""
    for hit in snapshot.hits.values():
        if hit.closed and len(usable(hit)) >= FEWEST:
            yield hit


def usable(hit: HitRecord) -> dict[str, Mapping[str, str]]:
    """Return the answers that stand for choice, by assignment id in the order of submission.

    What was rejected and what cannot be read is left out.
    """
    found: dict[str, Mapping[str, str]] = {}
    for assignment in hit.assignments:
        if assignment["status"] != "Rejected" and (fields := _fields(assignment)) is not None:
            found[str(assignment["assignment_id"])] = fields
    return found


def notes(batch: Batch) -> list[str]:
    """Return what to say of HITs of ``batch`` that are over and get no poll."""
    over = [hit for hit in batch.read().hits.values() if hit.closed]
    few = sum(len(usable(hit)) < FEWEST for hit in over)
    if not few:
        return []
    return [f"{batch.name}: {counted(few, 'HIT')} with fewer than two answers need no poll"]


def once_each(rendered: Iterable[Line], polls: Snapshot) -> list[Line]:
    """Return the lines without those of HITs that have a poll under another key already.

    There are such lines only where a stage file was changed by hand.
    """
    keys = {row["input"]["hit_id"]: key for key, row in polls.rows.items()}
    return [x for x in rendered if keys.get(x["input"]["hit_id"], x["key"]) == x["key"]]


def _row(hit: HitRecord, snapshot: Snapshot) -> Value:
    # More than MOST there are only where the HIT was extended; without a poll it would never end.
    answers = dict(islice(usable(hit).items(), MOST))
    authors = {each["assignment_id"]: each["worker_id"] for each in hit.assignments}
    return {
        "hit_id": hit.hit_id,
        "input": snapshot.rows.get(hit.key, {}).get("input"),
        "items": {str(number): dict(each) for number, each in enumerate(answers.values(), 1)},
        "assignment_ids": list(answers),
        "authors": [authors[name] for name in answers],
    }


def _fields(assignment: Event) -> dict[str, str] | None:
    try:
        return fields_of(assignment["answer"])
    except ValueError:
        return None
