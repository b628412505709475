"""`hit.once`: whose work was seen can accept no further HIT of the experiment.

The HITs require that the worker has not a qualification of the experiment's own, and the
qualification is granted once work is seen, which is the earliest that the API allows: no call
and no notification tells who has accepted a HIT, GetAssignment answers only for submitted work
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_GetAssignmentOperation.html).
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crowdmake.account.grant_lists import Grant, outstanding, standing, type_ids
from crowdmake.account.granting import Granter, Types, ensure_types, refusals
from crowdmake.account.orders import Say, worker_lock
from crowdmake.configuration.qualifications import ONCE, Requirement, names_in
from crowdmake.ledgers.batches import Batch, account_rounds
from crowdmake.ledgers.ledger import Event, Ledger, events_of
from crowdmake.messages import counted, listed


class Once:
    """Grants the qualification behind `hit.once`, which ``about`` describes, to each worker once.

    The caller holds the lock of ``ledger``; threads may call `hear` together.
    """

    def __init__(self, client: Any, about: Mapping[str, str], ledger: Ledger) -> None:
        self._client = client
        self._about = about
        self._ledger = ledger
        self._before = _granted(ledger)
        self._heard = set(self._before)
        self._granter = Granter(client, type_ids(ledger), ledger)
        self._lock = threading.Lock()

    def hear(self, assignments: Iterable[Event]) -> None:
        """Grant to those who did ``assignments``, just saved; what fails is left to `catch_up`."""
        if ONCE not in self._granter.ids:
            return
        with self._lock:
            new = {str(each["worker_id"]) for each in assignments} - self._heard
            self._heard |= new
        for worker in new:
            try:
                self._granter.carry_out(_grant(worker))
            except (ClientError, BotoCoreError):  # the answers still to be saved come first
                continue

    def catch_up(self, batches: Iterable[Batch], say: Say) -> None:
        """Grant to all whose work in ``batches`` is saved and who have no receipt, and say it.

        A worker whom the market refuses is said, and tried again the next time.
        """
        behind = _behind(batches, self._ledger)
        saved = (each for batch, _ in behind for each in batch.read().assignments().values())
        seen = dict.fromkeys(str(each["worker_id"]) for each in saved)
        todo = outstanding(map(_grant, seen), self._ledger)
        refused: list[str] = []
        if todo:
            ids = ensure_types(self._client, {ONCE: self._about}, self._ledger)
            refused = refusals(self._client, todo, ids, self._ledger)
        for line in refused:
            say(line)
        if behind and not refused:
            self._ledger.append(*(_caught_up(batch, size) for batch, size in behind))
        if new := _granted(self._ledger) - self._before:
            # The receipts of `qualify` show these too.
            account_rounds(self._ledger.endpoint, self._ledger.path.parent).forget("qualify")
            say(f"hit.once: {counted(len(new), 'worker')} can accept no further HIT")


def types_for(
    client: Any, requirements: Iterable[Requirement], types: Types, ledger: Ledger, say: Say
) -> dict[str, str]:
    """Return the ids of the own qualifications that HITs to be launched require.

    Who has worked before is excluded before a HIT that is open once to each is put up.
    """
    needed = names_in(requirements)
    state = ledger.path.parent
    with worker_lock(say, state):
        if ONCE in needed:
            names = sorted(path.parent.name for path in state.glob("*/answers.jsonl"))
            batches = [Batch(name, ledger.endpoint, state) for name in names]
            Once(client, types[ONCE], ledger).catch_up(batches, say)
        return ensure_types(client, {name: types[name] for name in needed}, ledger)


def repeated_lines(batches: Iterable[Batch]) -> list[str]:
    """Return what to say of workers who did several assignments before a poll saw the first."""
    saved = (each for batch in batches for each in batch.read().assignments().values())
    done = Counter(str(each["worker_id"]) for each in saved)
    repeated = [f"{worker} {number}" for worker, number in done.most_common() if number > 1]
    if not repeated:
        return []
    who = counted(len(repeated), "worker")
    return [f"hit.once: {who} did more than one assignment in spite of it ({listed(repeated)})"]


def _behind(batches: Iterable[Batch], ledger: Ledger) -> list[tuple[Batch, int]]:
    """Return the batches whose answers have grown since `catch_up` read them, with the bytes.

    Every job of a launch asks: a thousand batches would be read a thousand times.
    """
    before = {event["batch"]: event["bytes"] for event in events_of(ledger.read(), "caught_up")}
    sizes = ((batch, _size(batch.answers.path)) for batch in batches)
    return [(batch, size) for batch, size in sizes if size != before.get(batch.name, 0)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _caught_up(batch: Batch, size: int) -> Event:
    return {"event": "caught_up", "batch": batch.name, "bytes": size}


def _grant(worker: str) -> Grant:
    return Grant(ONCE, worker, 1, "hit.once")


def _granted(ledger: Ledger) -> set[str]:
    """Return the workers who have the qualification, as far as there are receipts."""
    return {
        worker for (name, worker), value in standing(ledger).items() if (name, value) == (ONCE, 1)
    }
