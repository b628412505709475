"""Calls that a ledger says were about to be made, and whether what became of them is known."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from crowdmake import moments
from crowdmake.ledgers.ledger import Event, events_of

# A market forgets a token after 24 hours; an hour is left for clocks that differ.
_REMEMBERED = timedelta(hours=23)


@dataclass(frozen=True)
class Kind:
    """One kind of call: its intent's event, the events that end it, and what names it."""

    intent: str
    outcomes: frozenset[str]
    names: tuple[str, ...]

    def name(self, event: Event) -> tuple[str, ...]:
        """Return what makes two events speak of the same call."""
        return tuple(str(event[name]) for name in self.names)


CREATE = Kind("create_intent", frozenset({"created", "create_refused"}), ("key",))
BONUS = Kind(
    "bonus_intent", frozenset({"bonus_paid", "bonus_refused"}), ("assignment_id", "purpose")
)
# Of a HIT that is deleted the market shows nothing more.
EXTEND = Kind("extend_intent", frozenset({"extended", "extend_refused", "deleted"}), ("hit_id",))
OVERRIDE = Kind("override_intent", frozenset({"decided", "override_refused"}), ("assignment_id",))


def unsettled(events: Iterable[Event], kind: Kind) -> dict[tuple[str, ...], Event]:
    """Return the first intent of every call of ``kind`` whose outcome is not known, by name."""
    found: dict[tuple[str, ...], Event] = {}
    for event in events:
        if event["event"] == kind.intent:
            found.setdefault(kind.name(event), event)
        elif event["event"] in kind.outcomes:
            found.pop(kind.name(event), None)
    return found


def open_overrides(events: Collection[Event]) -> set[tuple[str, ...]]:
    """Return the names of overrides that are in doubt; with its HIT an assignment is gone."""
    deleted = {event["hit_id"] for event in events_of(events, "deleted")}
    decided = events_of(events, "decided")
    gone = {event["assignment_id"] for event in decided if event["hit_id"] in deleted}
    return {name for name in unsettled(events, OVERRIDE) if not gone.intersection(name)}


def forgotten(intent: Event) -> bool:
    """Return whether a market may have forgotten the intent's token."""
    return moments.read(intent["time"]) < moments.now() - _REMEMBERED
