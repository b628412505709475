"""Qualifications as lists in qualifications/ and what the ledger says of them. All offline.

The events of ``state/workers.jsonl`` that concern them:

======================  ==========================================================
``qualification_type``  qualification, qualification_type_id: the type on the market
``granted``             qualification, worker_id, value: the receipt
``revoked``             qualification, worker_id, reason: the receipt
``caught_up``           batch, bytes: who did the answers in so much of its ledger is granted
                        what `hit.once` requires the absence of
======================  ==========================================================
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crowdmake.account.worker_lists import Entry, read_workers
from crowdmake.configuration.qualifications import ONCE
from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Ledger, events_of
from crowdmake.messages import nearest, shown

FOLDER = Path("qualifications")
REVOKE = "revoke"
_VALUE = re.compile(r"-?\d{1,10}")
_MOST = 2**31

Record = dict[str, Any]


@dataclass(frozen=True)
class Grant:
    """What is to be done about one worker and one qualification; no value means revoke."""

    qualification: str
    worker_id: str
    value: int | None
    where: str
    reason: str = ""


def type_ids(ledger: Ledger) -> dict[str, str]:
    """Return the ids of the experiment's own qualification types, by name."""
    events = events_of(ledger.read(), "qualification_type")
    return {event["qualification"]: event["qualification_type_id"] for event in events}


def listed_grants(names: Iterable[str]) -> list[Grant]:
    """Return what the files of qualifications/ say of the qualifications ``names``.

    Behind a worker's id stands a value (1 where there is none), or ``revoke`` and a reason.

    Raises:
        UserError: a file has faults, or names no qualification; one line each.
    """
    known = [name for name in names if name != ONCE]
    found: list[Grant] = []
    errors: list[str] = []
    for path in sorted(FOLDER.glob("*.txt")):
        if path.stem not in known:
            errors.append(f"{path}: no qualification of this name; {nearest(path.stem, known)}")
            continue
        try:
            entries = read_workers(path)
        except UserError as error:
            errors += error.lines
            continue
        for worker_id, entry in entries.items():
            grant = _grant(path, worker_id, entry)
            if grant is None:
                expected = f"expected a whole number, or {REVOKE} and a reason"
                errors.append(f"{path}:{entry.line}: found {shown(entry.said)}; {expected}")
            else:
                found.append(grant)
    UserError.collect(errors)
    return found


def outstanding(grants: Iterable[Grant], ledger: Ledger) -> list[Grant]:
    """Return those of ``grants`` that the ledger has no receipt of."""
    receipted = standing(ledger)
    return [
        grant
        for grant in grants
        if receipted.get((grant.qualification, grant.worker_id), "never") != grant.value
    ]


def standing(ledger: Ledger) -> dict[tuple[str, str], int | None]:
    """Return the value that each worker was last granted, None where it was revoked."""
    return {
        (event["qualification"], event["worker_id"]): event.get("value")
        for event in ledger.read()
        if event["event"] in {"granted", "revoked"}
    }


def receipts(ledger: Ledger) -> Iterator[Record]:
    """Yield what was granted and revoked, in the order it was; revoked is a null value."""
    ids = type_ids(ledger)
    for event in ledger.read():
        if event["event"] in {"granted", "revoked"}:
            name = event["qualification"]
            yield {
                "qualification": name,
                "qualification_type_id": ids.get(name),
                "worker_id": event["worker_id"],
                "value": event.get("value"),
                "reason": event.get("reason"),
                "time": event["time"],
            }


def _grant(path: Path, worker_id: str, entry: Entry) -> Grant | None:
    where = f"{path}:{entry.line}"
    word, _, reason = entry.said.partition(" ")
    if word.lower() == REVOKE:
        return Grant(path.stem, worker_id, None, where, reason.strip())
    value = entry.said or "1"
    if not _VALUE.fullmatch(value) or not -_MOST <= int(value) < _MOST:
        return None
    return Grant(path.stem, worker_id, int(value), where)
