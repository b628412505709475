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
``extend_intent``       hit_id, key, max_assignments, replaced, token: assignments are about
                        to be added
``extend_refused``      hit_id: the market refused it, nothing was added
``extended``            hit_id, key, max_assignments, replaced: the receipt
``prolonged``           hit_id, key, expiration: offered until then
``decided``             assignment_id, hit_id, decision, feedback, reward, fee
``override_intent``     assignment_id, feedback: a rejection is about to be overridden
``override_refused``    assignment_id: the market refused it, the rejection stands
``bonus_intent``        assignment_id, purpose, amount, reason, token: a SendBonus call
                        is about to be made
``bonus_refused``       assignment_id, purpose: the market refused it, nothing was paid
``bonus_paid``          assignment_id, purpose, amount, fee, reason: the receipt
``delete_intent``       hit_id: a DeleteHIT call is about to be made
``deleted``             key, hit_id, assignments, assignments_sha256: the receipt
``scheduled``           moment: a row without an event is due, by the clock
``emitted``             event_id, hit_id, kind, webhook: a finished result was told, and whether
                        a webhook is to be told as well
``delivered``           event_id: the webhook took it
``result``              (answers) event_id, kind, record: what the event tells, for good
``row``                 (answers) key, row, input: as it was launched
``assignment``          (answers) hit_id, assignment_id, worker_id, status,
                        accept_time, submit_time, auto_approval_time, feedback,
                        answer (XML)
======================  ==========================================================
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crowdmake import files, locks
from crowdmake.ledgers.archive import Archive
from crowdmake.ledgers.intents import BONUS, CREATE, EXTEND, open_overrides, unsettled
from crowdmake.ledgers.ledger import Event, Ledger, events_of
from crowdmake.ledgers.rounds import Rounds
from crowdmake.ledgers.snapshots import (
    DECIDED,
    HitRecord,
    Snapshot,
    assignments_of,
    closed_of,
    hits_of,
    to_replace,
)

__all__ = [
    "DECIDED",
    "STATE",
    "Batch",
    "HitRecord",
    "Outline",
    "Snapshot",
    "account_rounds",
    "launched_batches",
]

STATE = Path("state")
_LEDGERS = ("ledger.jsonl", "archive.jsonl")


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
    payments: frozenset[tuple[str, ...]]
    """The names of bonuses whose outcome is not known."""
    overrides: frozenset[tuple[str, ...]]
    """The names of overridden rejections whose outcome is not known."""
    extensions: frozenset[tuple[str, ...]]
    """The names of extensions whose outcome is not known."""
    to_replace: frozenset[str]
    """The ids of HITs with more rejections than assignments put up for them."""

    archived: frozenset[str] = frozenset()
    """The keys of rows whose HITs were imported."""
    undelivered: frozenset[str] = frozenset()
    """The ids of emitted events that the webhook has not taken."""
    received: str = ""
    """When the last HIT of a row was to be put up, "" where none was."""

    @property
    def live(self) -> int:
        """Return how many HITs are on the market as far as we know."""
        return sum(hit not in self.deleted for hit in self.hits.values())

    @property
    def open(self) -> int:
        """Return how many HITs are open."""
        return sum(hit not in self.closed for hit in self.hits.values())

    @cached_property
    def taken(self) -> frozenset[str]:
        """Return the keys of the rows that have a HIT, put up by us or imported."""
        return self.archived.union(self.hits)

    @property
    def doubtful(self) -> frozenset[str]:
        """Return the ids of assignments that may have been paid by a call of unknown outcome."""
        return frozenset(name[0] for name in self.payments | self.overrides)

    def complete(self) -> bool:
        """Return whether every HIT is closed and no call's outcome is open."""
        unsure = self.intents or self.extensions
        return not unsure and all(hit in self.closed for hit in self.hits.values())

    def decided(self) -> bool:
        """Return whether every HIT is closed and every assignment decided."""
        return self.complete() and sum(self.closed.values()) <= len(self.decisions)

    def all_deleted(self) -> bool:
        """Return whether every HIT is deleted and no call's outcome is open."""
        return not self.intents and self.deleted >= set(self.hits.values())

    def done(self, stage: str) -> bool:
        """Return whether a stage, such as ``poll`` or ``approve``, has nothing left to do."""
        checks: dict[str, Callable[[], bool]] = {
            "poll": self.complete,
            "approve": lambda: self.decided() and not self.overrides,
            "delete": self.all_deleted,
            "bonus": lambda: not self.payments,
            "extend": lambda: not self.extensions,
            "launch": lambda: not self.intents and not self.extensions,
            "emit": lambda: not self.undelivered,
            "schedule": lambda: True,
        }
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
        self.archive = Archive(self.folder)
        self._rounds = Rounds(self.folder / "rounds.json", endpoint)

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
            hits=hits_of(money, assignments_of(answers, decisions)),
            open_intents=_open_intents(money),
            rows=self.archive.rows() | {e["key"]: e for e in events_of(answers, "row")},
            decisions=decisions,
            archived=self.archive.hits(),
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
            closed={name: event["assignments"] for name, event in closed_of(money).items()},
            deleted=frozenset(event["hit_id"] for event in events_of(money, "deleted")),
            decisions=frozenset(event["assignment_id"] for event in events_of(money, "decided")),
            payments=frozenset(unsettled(money, BONUS)),
            overrides=frozenset(open_overrides(money)),
            extensions=frozenset(unsettled(money, EXTEND)),
            to_replace=to_replace(money),
            archived=self.archive.keys(),
            undelivered=_undelivered(money),
            received=max((e["time"] for e in events_of(money, "create_intent")), default=""),
        )

    def bonuses(self) -> dict[tuple[str, ...], Event]:
        """Return the receipts of the batch's bonuses in the order of payment, by name."""
        return {BONUS.name(event): event for event in events_of(self.money.read(), "bonus_paid")}

    def extensions(self) -> list[Event]:
        """Return the receipts of more assignments and of more time, in their order."""
        return [e for e in self.money.read() if e["event"] in {"extended", "prolonged"}]

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
        return self._rounds.of(stage)

    def remember_round(self, stage: str, number: str) -> None:
        """Remember that the run ``number`` finished ``stage``, where nothing is left to do."""
        if self.outline().done(stage):
            self._rounds.remember(stage, number)

    def forget_round(self, stage: str) -> None:
        """Let ``stage`` run once more, whatever is left to do: its files lack something new."""
        self._rounds.forget(stage)


def account_rounds(endpoint: str, state: Path = STATE) -> Rounds:
    """Return which runs finished the stages that concern no single batch."""
    return Rounds(state / "rounds.json", endpoint)


def launched_batches(endpoint: str, state: Path = STATE) -> dict[str, Outline]:
    """Return the outline of every batch that has, or may have, HITs on ``endpoint``, by name."""
    names = sorted({path.parent.name for name in _LEDGERS for path in state.glob(f"*/{name}")})
    outlines = {name: Batch(name, endpoint, state).outline() for name in names}
    return {name: each for name, each in outlines.items() if each.taken or each.intents}


def _undelivered(money: list[Event]) -> frozenset[str]:
    told = {event["event_id"] for event in events_of(money, "emitted") if event["webhook"]}
    return frozenset(told - {event["event_id"] for event in events_of(money, "delivered")})


def _open_intents(money: list[Event]) -> dict[str, Event]:
    return {key: event for (key,), event in unsettled(money, CREATE).items()}
