"""What the ledgers of one batch say: its HITs, its assignments, its decisions.

``state/{batch}/ledger.jsonl`` holds what was launched, decided and paid (ids only);
``state/{batch}/answers.jsonl`` holds the rows as launched, what people answered and who
they are. Their events:

======================  ==========================================================
``create_intent``       key, token, annotation, page: a CreateHIT call is about to be made
``create_refused``      key: the market refused it, nothing was created
``created``             key, hit_id, hit_type_id, hit_group_id, max_assignments,
                        reward, fee, creation_time, expiration, page: the receipt
``expired``             hit_id: expired on our order
``closed``              hit_id, assignments: no more can arrive, so many are saved
``decided``             assignment_id, hit_id, decision, feedback, reward, fee
``delete_intent``       hit_id: a DeleteHIT call is about to be made
``deleted``             key, hit_id, assignments, assignments_sha256: the receipt
``row``                 (answers) key, row, input: as it was launched
``assignment``          (answers) hit_id, assignment_id, worker_id, status,
                        accept_time, submit_time, auto_approval_time, feedback,
                        answer (XML)
======================  ==========================================================
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from crowdmake import files, locks
from crowdmake.ledgers.ledger import Event, Ledger, events_of

STATE = Path("state")
DECIDED = frozenset({"Approved", "Rejected"})


@dataclass
class HitRecord:
    """One launched HIT, as the ledgers know it."""

    created: Event
    closed: bool = False
    expired: bool = False
    deleted: Event | None = None
    assignments: list[Event] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return the key of the row that the HIT shows."""
        return str(self.created["key"])

    @property
    def hit_id(self) -> str:
        """Return the HIT's id."""
        return str(self.created["hit_id"])

    @property
    def wanted(self) -> int:
        """Return how many assignments the HIT asks for."""
        return int(self.created["max_assignments"])

    @property
    def cost_each(self) -> Decimal:
        """Return what one approved assignment costs with its fee, in US dollars."""
        return Decimal(self.created["reward"]) + Decimal(self.created["fee"])

    def undecided(self) -> list[Event]:
        """Return the saved assignments that nobody has decided."""
        return [each for each in self.assignments if each["status"] not in DECIDED]


@dataclass(frozen=True)
class Snapshot:
    """All that the ledgers of one batch say, folded; HITs in the order of their creation."""

    hits: dict[str, HitRecord]
    open_intents: dict[str, Event]
    rows: dict[str, Event]
    decisions: dict[str, Event]

    def by_hit_id(self) -> dict[str, HitRecord]:
        """Return the HITs by their ids."""
        return {hit.hit_id: hit for hit in self.hits.values()}

    def open_hits(self) -> list[HitRecord]:
        """Return the HITs for which assignments may still arrive."""
        return [hit for hit in self.hits.values() if not hit.closed]

    def assignments(self) -> dict[str, Event]:
        """Return every saved assignment by its id."""
        return {
            each["assignment_id"]: each for hit in self.hits.values() for each in hit.assignments
        }


@dataclass(frozen=True)
class Outline:
    """What one batch has come to, told by its ledger alone, without people's answers."""

    hits: dict[str, str]
    """The id of each launched row's HIT, by key."""
    intents: frozenset[str]
    """The keys of calls whose outcome is not known."""
    closed: dict[str, int]
    """The number of saved assignments of each closed HIT, by id."""
    deleted: frozenset[str]
    """The ids of deleted HITs."""
    decisions: frozenset[str]
    """The ids of decided assignments."""

    def complete(self) -> bool:
        """Return whether every HIT is closed and no call's outcome is open."""
        return not self.intents and all(hit in self.closed for hit in self.hits.values())

    def decided(self) -> bool:
        """Return whether every HIT is closed and every assignment decided."""
        return self.complete() and sum(self.closed.values()) <= len(self.decisions)

    def all_deleted(self) -> bool:
        """Return whether every HIT is deleted and no call's outcome is open."""
        return not self.intents and self.deleted >= set(self.hits.values())

    def done(self, stage: str) -> bool:
        """Return whether ``poll``, ``approve`` or ``delete`` has nothing left to do."""
        checks = {"poll": self.complete, "approve": self.decided, "delete": self.all_deleted}
        return checks[stage]()


class Batch:
    """The ledgers of one batch on one endpoint."""

    def __init__(self, name: str, endpoint: str, state: Path = STATE) -> None:
        self.name = name
        self.endpoint = endpoint
        self.state = state
        self.folder = state / name
        self.money = Ledger(self.folder / "ledger.jsonl", endpoint)
        self.answers = Ledger(self.folder / "answers.jsonl", endpoint)

    def lock(self, say: Callable[[str], None]) -> AbstractContextManager[None]:
        """Return the lock that whoever writes to the batch's ledgers holds."""
        return locks.held(self.folder / "lock", say)

    def read(self) -> Snapshot:
        """Return what the ledgers say now.

        Raises:
            UserError: a ledger is damaged.
        """
        money, answers = self.money.read(), self.answers.read()
        decisions = {event["assignment_id"]: event for event in events_of(money, "decided")}
        return Snapshot(
            hits=_hits(money, _assignments(answers, decisions)),
            open_intents=_open_intents(money),
            rows={event["key"]: event for event in events_of(answers, "row")},
            decisions=decisions,
        )

    def outline(self) -> Outline:
        """Return what the batch has come to.

        Raises:
            UserError: the ledger is damaged.
        """
        money = self.money.read()
        return Outline(
            hits={event["key"]: event["hit_id"] for event in events_of(money, "created")},
            intents=frozenset(_open_intents(money)),
            closed={e["hit_id"]: e["assignments"] for e in events_of(money, "closed")},
            deleted=frozenset(event["hit_id"] for event in events_of(money, "deleted")),
            decisions=frozenset(event["assignment_id"] for event in events_of(money, "decided")),
        )

    def delete_intents(self) -> frozenset[str]:
        """Return the ids of HITs that a DeleteHIT call was about to be made for."""
        events = events_of(self.money.read(), "delete_intent")
        return frozenset(event["hit_id"] for event in events)

    @property
    def decided_mark(self) -> Path:
        """Return the file that changes with every decision and deletion, for the views."""
        return self.folder / "decided"

    def mark_decided(self) -> None:
        """Let the views know of decisions and deletions, where there are new ones."""
        money = self.money.read()
        number = len(events_of(money, "decided")) + len(events_of(money, "deleted"))
        content = f"{self.endpoint} {number}\n"
        mark = self.decided_mark
        if number and (not mark.exists() or mark.read_text(encoding="utf-8") != content):
            with files.replacing(mark, mode=locks.PRIVATE) as file:
                file.write(content)

    def round_of(self, stage: str) -> str | None:
        """Return the number of the last run that finished ``stage``, if it is remembered."""
        return self._rounds().get(self.endpoint, {}).get(stage)

    def remember_round(self, stage: str, number: str) -> None:
        """Remember that the run ``number`` finished ``stage``, where nothing is left to do."""
        if not self.outline().done(stage):
            return
        rounds = self._rounds()
        rounds.setdefault(self.endpoint, {})[stage] = number
        with files.replacing(self.folder / "rounds.json", mode=locks.PRIVATE) as file:
            file.write(files.one_line(rounds) + "\n")

    def _rounds(self) -> dict[str, dict[str, str]]:
        path = self.folder / "rounds.json"
        if not path.exists():
            return {}
        try:
            rounds: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return {}  # forgotten rounds cost a run that finds nothing to do
        return rounds


def launched_batches(endpoint: str, state: Path = STATE) -> dict[str, Outline]:
    """Return the outline of every batch that has, or may have, HITs on ``endpoint``, by name."""
    names = sorted(path.parent.name for path in state.glob("*/ledger.jsonl"))
    outlines = {name: Batch(name, endpoint, state).outline() for name in names}
    return {name: each for name, each in outlines.items() if each.hits or each.intents}


def _open_intents(money: list[Event]) -> dict[str, Event]:
    open_intents: dict[str, Event] = {}
    for event in money:
        if event["event"] == "create_intent":
            open_intents.setdefault(event["key"], event)
        elif event["event"] in {"created", "create_refused"}:
            open_intents.pop(event["key"], None)
    return open_intents


def _assignments(
    answers: list[Event], decisions: Mapping[str, Event]
) -> dict[str, dict[str, Event]]:
    """Return the last word on each assignment, by HIT and assignment id."""
    found: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events_of(answers, "assignment"):
        decision = decisions.get(event["assignment_id"])
        status = decision["decision"] if decision else event["status"]
        found[event["hit_id"]][event["assignment_id"]] = event | {"status": status}
    return found


def _hits(
    money: list[Event], assignments: Mapping[str, Mapping[str, Event]]
) -> dict[str, HitRecord]:
    closed = {event["hit_id"] for event in events_of(money, "closed")}
    expired = {event["hit_id"] for event in events_of(money, "expired")}
    deleted = {event["hit_id"]: event for event in events_of(money, "deleted")}
    return {
        event["key"]: HitRecord(
            created=event,
            closed=event["hit_id"] in closed,
            expired=event["hit_id"] in expired,
            deleted=deleted.get(event["hit_id"]),
            assignments=_in_order(assignments.get(event["hit_id"], {})),
        )
        for event in events_of(money, "created")
    }


def _in_order(assignments: Mapping[str, Event]) -> list[Event]:
    def submitted(event: Event) -> tuple[Any, Any]:
        return event["submit_time"], event["assignment_id"]

    return sorted(assignments.values(), key=submitted)
