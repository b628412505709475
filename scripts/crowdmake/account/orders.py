"""Orders about workers, as lists in workers/ and what the ledger says of them. All offline.

``state/workers.jsonl`` holds what was done about single workers. Of its events,
``blocked`` and ``unblocked`` (worker_id, reason) are the receipts of `blocks`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from crowdmake import locks
from crowdmake.account.worker_lists import WORKERS, Entry, read_workers
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import STATE
from crowdmake.ledgers.ledger import Ledger, events_of

BLOCK = "block"
UNBLOCK = "unblock"
RECEIPTS = {BLOCK: "blocked", UNBLOCK: "unblocked"}
_OTHER = {BLOCK: UNBLOCK, UNBLOCK: BLOCK}

Say = Callable[[str], None]
Record = dict[str, Any]


def worker_ledger(endpoint: str, state: Path = STATE) -> Ledger:
    """Return the ledger of what was done about single workers on ``endpoint``."""
    return Ledger(state / "workers.jsonl", endpoint)


def worker_lock(say: Say, state: Path = STATE) -> AbstractContextManager[None]:
    """Return the lock that whoever writes to that ledger holds."""
    return locks.held(state / "workers.lock", say)


def list_of(order: str) -> Path:
    """Return the file that names the workers to ``block`` or ``unblock``."""
    return WORKERS / f"{order}.txt"


def pending(order: str, ledger: Ledger) -> dict[str, Entry]:
    """Return the listed workers who are not yet as ``order`` wants them.

    Raises:
        UserError: a list has faults, or a worker stands in both.
    """
    listed = read_workers(list_of(order))
    other = list_of(_OTHER[order])
    against = read_workers(other) if other.exists() else {}
    UserError.collect(
        f"{list_of(order)}:{entry.line}: {worker_id} also stands in {other}:"
        f"{against[worker_id].line}; remove one of the lines"
        for worker_id, entry in listed.items()
        if worker_id in against
    )
    standing = _standing(ledger)
    wanted = RECEIPTS[order]
    return {name: entry for name, entry in listed.items() if standing.get(name) != wanted}


def receipts(order: str, ledger: Ledger) -> Iterator[Record]:
    """Yield the receipts of one order, in the order they were made."""
    for event in events_of(ledger.read(), RECEIPTS[order]):
        yield {name: event[name] for name in ("worker_id", "reason", "time")}


def _standing(ledger: Ledger) -> dict[str, str]:
    """Return the last receipt's kind for every worker who has one."""
    kinds = set(RECEIPTS.values())
    return {e["worker_id"]: e["event"] for e in ledger.read() if e["event"] in kinds}
