"""What the events of one batch's ledgers come to: its HITs and their assignments."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from crowdmake import moments
from crowdmake.ledgers.archive import ArchivedHit
from crowdmake.ledgers.ledger import Event, events_of

DECIDED = frozenset({"Approved", "Rejected"})
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/ApproveRejectWork.html
_OVERRIDABLE = timedelta(days=30)


@dataclass
class HitRecord:
    """One launched HIT, as the ledgers know it."""

    created: Event
    closed: bool = False
    expired: bool = False
    extended: Event | None = None
    """The receipt of the last addition of assignments."""
    prolonged: Event | None = None
    """The receipt of the last extension of its time."""
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
        return int((self.extended or self.created)["max_assignments"])

    @property
    def replaced(self) -> int:
        """Return for how many rejected assignments another was put up."""
        return int(self.extended["replaced"]) if self.extended else 0

    @property
    def to_replace(self) -> int:
        """Return for how many rejected assignments no other was put up."""
        rejected = sum(each["status"] == "Rejected" for each in self.assignments)
        return 0 if self.deleted else max(0, rejected - self.replaced)

    @property
    def expiration(self) -> str:
        """Return until when the HIT is offered."""
        return str((self.prolonged or self.created)["expiration"])

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
    archived: dict[str, ArchivedHit] = field(default_factory=dict)
    """HITs that were imported, by key: they are shown, and otherwise nobody's business."""

    @cached_property
    def taken(self) -> frozenset[str]:
        """Return the keys of the rows that have a HIT, put up by us or imported."""
        return frozenset(self.hits) | frozenset(self.archived)

    def by_hit_id(self) -> dict[str, HitRecord]:
        """Return the HITs by their ids."""
        return {hit.hit_id: hit for hit in self.hits.values()}

    def open_hits(self) -> list[HitRecord]:
        """Return the HITs for which assignments may still arrive."""
        return [hit for hit in self.hits.values() if not hit.closed]

    def undecided(self) -> list[Event]:
        """Return the saved assignments that nobody has decided."""
        return [each for hit in self.hits.values() for each in hit.undecided()]

    def assignments(self) -> dict[str, Event]:
        """Return every saved assignment by its id."""
        return {
            each["assignment_id"]: each for hit in self.hits.values() for each in hit.assignments
        }


def override_until(assignment: Event) -> str:
    """Return the moment until which a rejection of the assignment can be overridden."""
    return moments.written(moments.read(assignment["submit_time"]) + _OVERRIDABLE)


def assignments_of(
    answers: list[Event], decisions: Mapping[str, Event]
) -> dict[str, dict[str, Event]]:
    """Return the last word on each assignment, by HIT and assignment id."""
    found: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events_of(answers, "assignment"):
        decision = decisions.get(event["assignment_id"])
        status = decision["decision"] if decision else event["status"]
        found[event["hit_id"]][event["assignment_id"]] = event | {"status": status}
    return found


def hits_of(
    money: list[Event], assignments: Mapping[str, Mapping[str, Event]]
) -> dict[str, HitRecord]:
    """Return the HITs by the keys of their rows, in the order of their creation."""
    closed = closed_of(money)
    expired = _lasting(money, "expired", {"prolonged"})
    extended = {event["hit_id"]: event for event in events_of(money, "extended")}
    prolonged = {event["hit_id"]: event for event in events_of(money, "prolonged")}
    deleted = {event["hit_id"]: event for event in events_of(money, "deleted")}
    return {
        event["key"]: HitRecord(
            created=event,
            closed=event["hit_id"] in closed,
            expired=event["hit_id"] in expired,
            extended=extended.get(event["hit_id"]),
            prolonged=prolonged.get(event["hit_id"]),
            deleted=deleted.get(event["hit_id"]),
            assignments=_in_order(assignments.get(event["hit_id"], {})),
        )
        for event in events_of(money, "created")
    }


def to_replace(money: list[Event]) -> frozenset[str]:
    """Return the ids of HITs with more rejections than assignments put up for them."""
    last = {event["assignment_id"]: event for event in events_of(money, "decided")}
    rejected = Counter(e["hit_id"] for e in last.values() if e["decision"] == "Rejected")
    replaced = {event["hit_id"]: event["replaced"] for event in events_of(money, "extended")}
    deleted = {event["hit_id"] for event in events_of(money, "deleted")}
    more = {hit_id for hit_id, number in rejected.items() if number > replaced.get(hit_id, 0)}
    return frozenset(more - deleted)


def closed_of(money: list[Event]) -> dict[str, Event]:
    """Return the last word on every HIT at which no more can arrive, by id."""
    return _lasting(money, "closed", {"extended", "prolonged"})


def _lasting(money: list[Event], kind: str, ends: set[str]) -> dict[str, Event]:
    """Return the last event of ``kind`` of every HIT for which none of ``ends`` came after it."""
    found: dict[str, Event] = {}
    for event in money:
        if event["event"] == kind:
            found[event["hit_id"]] = event
        elif event["event"] in ends:
            found.pop(event["hit_id"], None)
    return found


def _in_order(assignments: Mapping[str, Event]) -> list[Event]:
    def submitted(event: Event) -> tuple[Any, Any]:
        return event["submit_time"], event["assignment_id"]

    return sorted(assignments.values(), key=submitted)
