"""The experiment's money: what was promised to a market, within the budget.

``state/spending.jsonl`` holds ``reserve`` events (batch, key, purpose, amount) and
``release`` events (the same, for what can no longer be spent). Amounts are in US dollars.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from crowdmake import locks
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import STATE
from crowdmake.ledgers.ledger import Event, Ledger
from crowdmake.messages import counted, usd

NOTHING = Decimal("0.00")
LAUNCH = "launch"
BONUS = "bonus"
EXTEND = "extend"
# What is done, with what, in the words of a refusal.
_WORDS = {
    LAUNCH: ("launching", "HIT", "launched"),
    BONUS: ("paying", "bonus payment", "paid"),
    EXTEND: ("extending", "HIT", "extended"),
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Claim:
    """Money that one row of a batch has, or wants, for one purpose."""

    batch: str
    key: str
    purpose: str
    amount: Decimal

    @property
    def name(self) -> tuple[str, str, str]:
        """Return what makes two claims the same one."""
        return self.batch, self.key, self.purpose

    @property
    def kind(self) -> str:
        """Return what is done with the money, such as ``bonus``."""
        return self.purpose.partition("/")[0]


class Spending:
    """The spending ledger on one endpoint; ``limit`` is the budget, if there is one."""

    def __init__(self, endpoint: str, limit: str | None, state: Path = STATE) -> None:
        self._ledger = Ledger(state / "spending.jsonl", endpoint)
        self._lock = state / "spending.lock"
        # The threads of one job take turns here, so that only other processes are waited for.
        self._turn = threading.Lock()
        self.limit = None if limit is None else Decimal(limit)

    def committed(self) -> Decimal:
        """Return what is reserved and not released."""
        return sum(_held(self._ledger.read()).values(), NOTHING)

    def missing(self, claims: Iterable[Claim]) -> list[Claim]:
        """Return what ``claims`` need beyond what is reserved for them."""
        return _missing(claims, _held(self._ledger.read()))

    def reserve(self, claims: Iterable[Claim], say: Say) -> None:
        """Reserve what is not reserved yet of ``claims``.

        Raises:
            UserError: the budget does not hold all of them; nothing is reserved then.
        """
        with self._turn, locks.held(self._lock, say):
            held = _held(self._ledger.read())
            wanted = _missing(claims, held)
            if self.limit is not None:
                left = self.limit - sum(held.values(), NOTHING)
                check_room("budget.max_usd", left, wanted, of=self.limit)
            if wanted:
                self._ledger.append(*(_event("reserve", claim) for claim in wanted))

    def free(self, batch: str, purpose: str, kept: Collection[str], say: Say) -> None:
        """Give back what is reserved for keys of ``batch`` that are not ``kept``."""
        held = _held(self._ledger.read())
        gone = [name for name in held if name[0] == batch and name[2] == purpose]
        self.settle([Claim(*name, NOTHING) for name in gone if name[1] not in kept], say)

    def keep(self, batch: str, kind: str, claims: Iterable[Claim], say: Say) -> None:
        """Give back what is reserved in ``batch`` for one kind of purpose beyond ``claims``."""
        kept = {claim.name: claim for claim in claims}
        held = [Claim(*name, NOTHING) for name in _held(self._ledger.read()) if name[0] == batch]
        self.settle([kept.get(each.name, each) for each in held if each.kind == kind], say)

    def settle(self, claims: Iterable[Claim], say: Say) -> None:
        """Give back what is reserved beyond ``claims``, which hold all that was spent."""
        with self._turn, locks.held(self._lock, say):
            held = _held(self._ledger.read())
            rest = ((claim, held.get(claim.name, NOTHING) - claim.amount) for claim in claims)
            events = [
                _event("release", replace(claim, amount=more)) for claim, more in rest if more > 0
            ]
            if events:
                self._ledger.append(*events)


def check_room(
    name: str, room: Decimal, claims: Iterable[Claim], *, of: Decimal | None = None
) -> None:
    """Refuse ``claims`` that together pass ``room``.

    Raises:
        UserError: they do; the line says the amounts and how many would fit.
    """
    wanted = list(claims)
    amounts = sorted(claim.amount for claim in wanted)
    need = sum(amounts, NOTHING)
    if not amounts or need <= room:
        return  # what was reserved under a higher budget can go on
    doing, done = _in_words(wanted)
    left = f"{usd(max(room, NOTHING))} is left" + (f" of {usd(of)}" if of is not None else "")
    raise UserError(
        f"{name}: {doing} needs {usd(need)}, {left}:"
        f" {_fitting(amounts, room)} would fit; nothing was {done}"
    )


def _in_words(claims: Iterable[Claim]) -> tuple[str, str]:
    """Return what ``claims`` are for, and what was not done where they are refused."""
    numbers = Counter(_WORDS.get(claim.kind, _WORDS[LAUNCH]) for claim in claims)
    parts = [f"{doing} {counted(number, noun)}" for (doing, noun, _), number in numbers.items()]
    done = {done for _, _, done in numbers}
    return " and ".join(parts), done.pop() if len(done) == 1 else "done"


def _fitting(amounts: list[Decimal], room: Decimal) -> int:
    for count, amount in enumerate(amounts):
        room -= amount
        if room < 0:
            return count
    return len(amounts)


def _held(events: list[Event]) -> dict[tuple[str, str, str], Decimal]:
    """Return what is reserved and not released, by claim."""
    held: dict[tuple[str, str, str], Decimal] = {}
    for event in events:
        name = (event["batch"], event["key"], event["purpose"])
        amount = Decimal(event["amount"])
        held[name] = held.get(name, NOTHING) + (amount if event["event"] == "reserve" else -amount)
    return held


def _missing(claims: Iterable[Claim], held: Mapping[tuple[str, str, str], Decimal]) -> list[Claim]:
    """Return what ``claims`` need beyond what is held for them; each claim counts once."""
    once = {claim.name: claim for claim in claims}
    wanted = ((claim, claim.amount - held.get(name, NOTHING)) for name, claim in once.items())
    return [replace(claim, amount=more) for claim, more in wanted if more > 0]


def _event(kind: str, claim: Claim) -> Event:
    return {
        "event": kind,
        "batch": claim.batch,
        "key": claim.key,
        "purpose": claim.purpose,
        "amount": f"{claim.amount:.2f}",
    }
