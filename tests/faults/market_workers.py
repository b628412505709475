"""Workers who do whatever a market offers: `market_workers.py LOCATION JOURNAL FIRST NUMBER TOTAL`.

Each of NUMBER threads is one worker, the first of them worker FIRST. They stop when TOTAL
assignments have been submitted, by whomever. What the market has acknowledged is written to
the journal, a line of JSON each, before anything else is asked for.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from crowdmake.market.embedded import EmbeddedMarket, open_market

# isort: split
from crowdmake.market import workers
from crowdmake.market.models import ACCEPTED, ASSIGNABLE, HIT, VISIBLE, Assignment

CHOICE = 20
PAUSE_SECONDS = 0.25


class Journal:
    """Lines that are with the system as soon as they are written."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, **line: Any) -> None:
        """Add one line."""
        os.write(self._file, json.dumps(line).encode() + b"\n")


class Person:
    """One worker."""

    def __init__(self, market: EmbeddedMarket, note: Callable[..., None], number: int) -> None:
        self._market, self._note = market, note
        self._random = Random(number)
        self._worker = market.run(
            lambda _: workers.register(f"worker {number}", worker_id=f"A{number:012d}")
        )

    def work(self, total: int) -> None:
        """Finish what is begun, then one HIT after the other."""
        with self._market.reading():
            begun = Assignment.objects.filter(worker=self._worker, status=ACCEPTED)
            held = list(begun.select_related("hit"))
        for each in held:
            self._submit(each, each.hit.hit_id)
        while self._do_one() or self._goes_on(total):
            pass
        self._market.close()

    def _goes_on(self, total: int) -> bool:
        """Wait a little, unless all is done."""
        time.sleep(PAUSE_SECONDS)
        with self._market.reading():
            return Assignment.objects.filter(status__in=VISIBLE).count() < total

    def _do_one(self) -> bool:
        """Do one of the HITs on offer; return whether there was any."""
        with self._market.reading():
            mine = Assignment.objects.filter(worker=self._worker).values("hit")
            offered = HIT.objects.filter(on_market=True, status=ASSIGNABLE).exclude(pk__in=mine)
            found = list(offered.order_by("pk")[:CHOICE])
        if not found:
            return False
        hit = self._random.choice(found)
        try:
            accepted = self._market.run(lambda now: workers.accept(self._worker, hit, now))
        except workers.Refused:
            return True
        self._note_work("accepted", accepted, hit.hit_id)
        self._submit(accepted, hit.hit_id)
        return True

    def _submit(self, work: Assignment, hit_id: str) -> None:
        fields = [("label", f"{self._worker.worker_id} {work.assignment_id}")]
        self._market.run(lambda now: workers.submit(work, fields, now))
        self._note_work("submitted", work, hit_id)

    def _note_work(self, what: str, work: Assignment, hit_id: str) -> None:
        worker_id = self._worker.worker_id
        self._note(what=what, assignment=work.assignment_id, hit=hit_id, worker=worker_id)


def main(location: str, journal: str, first: int, number: int, total: int) -> None:
    """Let the workers work until all is done."""
    market = open_market(location if "://" in location else Path(location))
    note = Journal(Path(journal)).note
    people = [Person(market, note, each) for each in range(first, first + number)]
    with ThreadPoolExecutor(number) as pool:
        for each in [pool.submit(person.work, total) for person in people]:
            each.result()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
