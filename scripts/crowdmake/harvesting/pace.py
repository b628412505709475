"""How fast the answers of one batch come, when they will be there, and what holds them up."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from crowdmake import moments
from crowdmake.ledgers.batches import HitRecord, Snapshot
from crowdmake.messages import counted

# What came longer ago says little of the pace of now.
_WINDOW = timedelta(days=1)
# A shorter time tells no pace.
_LEAST = timedelta(minutes=1)
# No answer for so long, and for so many times the usual interval, is no accident.
_SILENCE = timedelta(hours=1)
_INTERVALS = 10
_YEARS = 10 * 365 * 24

Record = dict[str, Any]


def pace(snapshot: Snapshot, now: datetime, *, to_come: int = 0) -> Record:
    """Return the batch's histogram of HITs, its pace, and what is stale or expired.

    ``to_come`` is how many rows get their HITs only as others end (`hit.open_at_most`).
    Times are as in files, ``answers_per_hour`` is a number, each null where there is none.
    """
    hits = list(snapshot.hits.values())
    if not hits:
        return {"histogram": []}
    answers = sorted(moments.read(each["submit_time"]) for hit in hits for each in hit.assignments)
    launched = min(moments.read(hit.created["creation_time"]) for hit in hits)
    # The embedded market's clock may be ahead of ours.
    now = max([now, launched, *answers[-1:]])
    short = [hit for hit in hits if len(hit.assignments) < hit.wanted and not hit.deleted]
    expired = [hit for hit in short if hit.closed or hit.expired or _end(hit) <= now]
    over = {hit.hit_id for hit in expired}
    waiting = [hit for hit in short if hit.hit_id not in over]
    rate = _rate(answers, launched, now) if waiting else None
    return {
        "histogram": _histogram(hits),
        "launched": moments.written(launched),
        "last_answer": moments.written(answers[-1]) if answers else None,
        "answers_per_hour": None if rate is None else round(rate, 2),
        "expected_end": _expected_end(now, _missing(waiting) + to_come * hits[-1].wanted, rate),
        "first_expiration": moments.written(min(map(_end, waiting))) if waiting else None,
        "stale": bool(waiting) and _is_stale(answers, launched, now),
        "hits_expired": len(expired),
        "assignments_expired": _missing(expired),
        "now": moments.written(now),
    }


def pace_lines(numbers: Record) -> Iterator[str]:
    """Yield what `progress` says below the batch's own line."""
    for each in numbers["histogram"]:
        yield f"  {each['assignments']} / {each['wanted']}: {each['hits']}"
    if not numbers["histogram"]:
        return
    yield f"  {_said_of_pace(numbers)}"
    if numbers["stale"]:
        yield "  stale: answers have stopped; is it the reward, a requirement or the page?"
    if numbers["hits_expired"]:
        hits = counted(numbers["hits_expired"], "HIT")
        missing = counted(numbers["assignments_expired"], "assignment")
        yield f"  expired: {hits}, {missing} short: `snakemake extend` offers them again"


def _said_of_pace(numbers: Record) -> str:
    if numbers["first_expiration"] is None:
        return _said_of_the_past(numbers)
    now = moments.read(numbers["now"])
    last, end = numbers["last_answer"], numbers["expected_end"]
    parts = [f"launched {_span(now - moments.read(numbers['launched']))} ago"]
    parts.append(f"last answer {_span(now - moments.read(last))} ago" if last else "no answer yet")
    if numbers["answers_per_hour"] is not None:
        parts.append(f"{numbers['answers_per_hour']:g} answers an hour")
    if end:
        parts.append(f"expected end {end}")
        if end > numbers["first_expiration"]:
            parts.append(f"but HITs expire from {numbers['first_expiration']}")
    return ", ".join(parts)


def _said_of_the_past(numbers: Record) -> str:
    """Return what stays true once nothing is awaited: nobody asks then what time it is."""
    launched, last = numbers["launched"], numbers["last_answer"]
    if last is None:
        return f"launched {launched}, no answer"
    span = _span(moments.read(last) - moments.read(launched))
    return f"launched {launched}, last answer {span} later"


def _histogram(hits: list[HitRecord]) -> list[Record]:
    """Return how many HITs have how many of their assignments, the least complete first."""
    counts = Counter((len(hit.assignments), hit.wanted) for hit in hits)
    return [
        {"assignments": done, "wanted": wanted, "hits": number}
        for (done, wanted), number in sorted(counts.items())
    ]


def _rate(answers: list[datetime], launched: datetime, now: datetime) -> float | None:
    """Return the answers per hour of late; None where it is too early to tell."""
    since = max(launched, now - _WINDOW)
    if now - since < _LEAST:
        return None
    return sum(each > since for each in answers) / ((now - since) / timedelta(hours=1))


def _expected_end(now: datetime, missing: int, rate: float | None) -> str | None:
    """Return when the last answer comes at this pace; None where none comes within ten years."""
    hours = missing / rate if rate else _YEARS
    return moments.written(now + timedelta(hours=hours)) if hours < _YEARS else None


def _is_stale(answers: list[datetime], launched: datetime, now: datetime) -> bool:
    last = answers[-1] if answers else launched
    usual = (last - launched) / len(answers) if answers else timedelta()
    return now - last > max(_SILENCE, usual * _INTERVALS)


def _missing(hits: list[HitRecord]) -> int:
    return sum(hit.wanted - len(hit.assignments) for hit in hits)


def _end(hit: HitRecord) -> datetime:
    return moments.read(hit.expiration)


def _span(span: timedelta) -> str:
    """Return a length of time in its two largest units."""
    minutes = int(span / timedelta(minutes=1))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
