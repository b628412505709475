"""`trigger_on: schedule`: a HIT without an event every so many hours.

Each HIT is a row without content of one batch. That a row is due is in the batch's ledger
before the row is in its file, so that no round makes two of one period and none is forgotten.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crowdmake import files, moments
from crowdmake.inputs.rows import content_key
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.ledger import events_of
from crowdmake.messages import counted

SCHEDULED = "scheduled"
"""The name of the batch that holds the scheduled rows."""
ROWS = Path("results/scheduled.jsonl")
ROW: dict[str, Any] = {}
"""A row that no event has filled."""

Say = Callable[[str], None]


def next_moment(last: datetime | None, period: timedelta, now: datetime) -> datetime | None:
    """Return the moment for which a row is due ``now``, or None where none is.

    The first is due at once. Each other is due a period after the moment of the ``last``,
    however late that was taken up, so that rare rounds do not lengthen the period. After a
    pause of several periods one row is due, and the periods begin anew.
    """
    if last is None:
        return _minute(now)
    following = last + period
    if following > now:
        return None
    return following if now - following < period else _minute(now)


def moments_of(batch: Batch) -> list[datetime]:
    """Return the moments of the rows that were scheduled, in their order."""
    return [moments.read(event["moment"]) for event in events_of(batch.money.read(), "scheduled")]


def keys(number: int) -> list[str]:
    """Return the keys of the first ``number`` scheduled rows."""
    return [f"{content_key(ROW)}-{each}" for each in range(1, number + 1)]


def is_due(batch: Batch, period: timedelta, now: datetime) -> bool:
    """Return whether a row is due ``now``."""
    return next_moment(_last(batch), period, now) is not None


def schedule(batch: Batch, period: timedelta, now: datetime, path: Path, say: Say) -> None:
    """Note the row that is due ``now``, if one is, and write the file of all of them."""
    moment = next_moment(_last(batch), period, now)
    if moment is not None:
        batch.money.append({"event": "scheduled", "moment": moments.written(moment)})
        say(f"{batch.name}: a HIT is due for {moments.written(moment)}")
    rows = [ROW for _ in moments_of(batch)]
    files.write_records(path, rows)
    say(f"{batch.name}: {counted(len(rows), 'scheduled row')}")


def _last(batch: Batch) -> datetime | None:
    return max(moments_of(batch), default=None)


def _minute(moment: datetime) -> datetime:
    """Return the beginning of the minute: rounds that cron starts are some seconds apart."""
    return moment.replace(second=0, microsecond=0)
