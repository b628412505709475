"""Simulated working time: each worker does one HIT after the other, all of them at once."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from crowdmake.market import workers
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.models import HIT, Assignment, Worker

# Two fsyncs an event would dominate; what a crash takes back is done again.
EVENTS_A_TRANSACTION = 200
MARGIN = timedelta(seconds=1)


@dataclass(frozen=True)
class Job:
    """A HIT that a worker is going to do, or has already accepted, and what it answers."""

    hit: HIT
    fields: Sequence[tuple[str, str]]
    pause: timedelta
    duration: timedelta
    accepted: Assignment | None = None


Shift = Generator[datetime, datetime, None]


def perform(market: EmbeddedMarket, jobs: Sequence[tuple[Worker, Sequence[Job]]]) -> int:
    """Let every worker do its jobs, the market's clock going along; return the submissions."""
    done: list[Assignment] = []
    start = market.clock.now()
    shifts = [_shift(worker, todo, start, done) for worker, todo in jobs if todo]
    agenda = [(next(shift), number, shift) for number, shift in enumerate(shifts)]
    heapify(agenda)
    while agenda:
        with market.writing():
            for _ in range(min(EVENTS_A_TRANSACTION, len(agenda))):
                _step(market, agenda)
    return len(done)


def _step(market: EmbeddedMarket, agenda: list[tuple[datetime, int, Shift]]) -> None:
    """Let the worker act who is next, at its moment."""
    moment, number, shift = heappop(agenda)
    try:
        heappush(agenda, (shift.send(market.store.advance(moment)), number, shift))
    except StopIteration:
        return


def _shift(worker: Worker, jobs: Sequence[Job], now: datetime, done: list[Assignment]) -> Shift:
    """Do one job after the other: yield the moment of the next action, be sent the time then."""
    for job in jobs:
        now = yield now + job.pause
        try:
            assignment = job.accepted or workers.accept(worker, job.hit, now)
            now = yield now + min(job.duration, _time_left(assignment, now))
            done.append(workers.submit(assignment, job.fields, now))
        except workers.Refused:
            continue


def _time_left(assignment: Assignment, now: datetime) -> timedelta:
    """Return how long the work may take: before its deadline, and before the HIT's expiry."""
    expiration = assignment.hit.expiration
    end = assignment.deadline if expiration <= now else min(assignment.deadline, expiration)
    return max(end - now - MARGIN, timedelta())
