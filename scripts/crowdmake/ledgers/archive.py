"""HITs that another tool put up before this experiment was: imported, and final.

They live on no market that anybody can ask, so they stand in ledgers of their own, under an
endpoint that no market has: nothing polls, decides, deletes or launches them. Their events:

==============  ==================================================================
``archived``    key, hit_id (null where nobody knows it), source, max_assignments
``row``         (answers) key, row, input
``assignment``  (answers) key, hit_id, assignment_id, worker_id, status, accept_time,
                submit_time, fields (name to text), source
==============  ==================================================================

``archived`` events stand in ``state/{batch}/archive.jsonl`` (ids only), the others in the batch's
``answers.jsonl``. The key of a HIT whose row is not known is no row's key.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from crowdmake.ledgers.ledger import Event, Ledger, events_of

ENDPOINT = "archive"
UNKNOWN = "Archived"
"""The status of an assignment of which the source does not say how it was decided."""


@dataclass
class ArchivedHit:
    """One imported HIT."""

    archived: Event
    assignments: list[Event] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return the key of the row that the HIT showed."""
        return str(self.archived["key"])

    @property
    def hit_id(self) -> str | None:
        """Return the HIT's id, where it is known."""
        hit_id: str | None = self.archived["hit_id"]
        return hit_id


class Archive:
    """The imported part of one batch's ledgers; ``folder`` is ``state/{batch}``."""

    def __init__(self, folder: Path) -> None:
        self._ids = Ledger(folder / "archive.jsonl", ENDPOINT)
        self._answers = Ledger(folder / "answers.jsonl", ENDPOINT)

    def keys(self) -> frozenset[str]:
        """Return the keys of the imported HITs' rows, which nothing launches."""
        return frozenset(event["key"] for event in self._ids.read())

    def hits(self) -> dict[str, ArchivedHit]:
        """Return the imported HITs with their assignments, by key; none for most batches."""
        ids = self._ids.read()
        if not ids:
            return {}
        assignments: dict[str, list[Event]] = defaultdict(list)
        for event in events_of(self._answers.read(), "assignment"):
            assignments[event["key"]].append(event)
        return {event["key"]: ArchivedHit(event, assignments[event["key"]]) for event in ids}

    def rows(self) -> dict[str, Event]:
        """Return the imported HITs' rows as they were, by key."""
        if not self._ids.path.exists():
            return {}
        return {event["key"]: event for event in events_of(self._answers.read(), "row")}

    def add(self, ids: list[Event], answers: list[Event]) -> None:
        """Keep imported HITs, and what people answered and who they are."""
        if answers:
            self._answers.append(*answers)
        if ids:
            self._ids.append(*ids)
