"""The experiment's money: what was promised to a market, within the budget.

``state/spending.jsonl`` holds ``reserve`` events (batch, key, purpose, amount) and
``release`` events (the same, for what can no longer be spent). Amounts are in US dollars.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from crowdmake import locks
from crowdmake.batches import STATE
from crowdmake.exceptions import UserError
from crowdmake.ledger import Event, Ledger, events_of
from crowdmake.messages import counted, usd

NOTHING = Decimal("0.00")
LAUNCH = "launch"


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


class Spending:
    """The spending ledger on one endpoint; ``limit`` is the budget, if there is one."""

    def __init__(self, endpoint: str, limit: Decimal | None, state: Path = STATE) -> None:
        self._ledger = Ledger(state / "spending.jsonl", endpoint)
        self._lock = state / "spending.lock"
        self.limit = limit

    def committed(self) -> Decimal:
        """Return what is reserved and not released."""
        return _total(self._ledger.read())

    def missing(self, claims: Iterable[Claim]) -> list[Claim]:
        """Return those of ``claims`` for which nothing is reserved yet."""
        return _missing(claims, self._ledger.read())

    def reserve(self, claims: Iterable[Claim], say: Callable[[str], None]) -> None:
        """Reserve what is not reserved yet of ``claims``.

        Raises:
            UserError: the budget does not hold all of them; nothing is reserved then.
        """
        with locks.held(self._lock, say):
            events = self._ledger.read()
            wanted = _missing(claims, events)
            if self.limit is not None:
                check_room("budget.max_usd", self.limit - _total(events), wanted, of=self.limit)
            if wanted:
                self._ledger.append(*(_event("reserve", claim) for claim in wanted))

    def release(self, claims: Iterable[Claim], say: Callable[[str], None]) -> None:
        """Give back what can no longer be spent."""
        with locks.held(self._lock, say):
            events = [_event("release", claim) for claim in claims if claim.amount]
            if events:
                self._ledger.append(*events)


def check_room(
    name: str, room: Decimal, claims: Iterable[Claim], *, of: Decimal | None = None
) -> None:
    """Refuse ``claims`` that together pass ``room``.

    Raises:
        UserError: they do; the line says the amounts and how many HITs would fit.
    """
    amounts = sorted(claim.amount for claim in claims)
    need = sum(amounts, NOTHING)
    if not amounts or need <= room:
        return  # what was reserved under a higher budget can go on
    left = f"{usd(max(room, NOTHING))} is left" + (f" of {usd(of)}" if of is not None else "")
    raise UserError(
        f"{name}: launching {counted(len(amounts), 'HIT')} needs {usd(need)}, {left}:"
        f" {_fitting(amounts, room)} would fit; nothing was launched"
    )


def _fitting(amounts: list[Decimal], room: Decimal) -> int:
    for count, amount in enumerate(amounts):
        room -= amount
        if room < 0:
            return count
    return len(amounts)


def _total(events: list[Event]) -> Decimal:
    reserved = sum((Decimal(event["amount"]) for event in events_of(events, "reserve")), NOTHING)
    released = sum((Decimal(event["amount"]) for event in events_of(events, "release")), NOTHING)
    return reserved - released


def _missing(claims: Iterable[Claim], events: list[Event]) -> list[Claim]:
    """Return the claims without money: never reserved, or reserved and released as often."""
    balance: dict[tuple[str, str, str], int] = {}
    for event in events:
        name = (event["batch"], event["key"], event["purpose"])
        balance[name] = balance.get(name, 0) + (1 if event["event"] == "reserve" else -1)
    return [claim for claim in claims if balance.get(claim.name, 0) <= 0]


def _event(kind: str, claim: Claim) -> Event:
    return {
        "event": kind,
        "batch": claim.batch,
        "key": claim.key,
        "purpose": claim.purpose,
        "amount": f"{claim.amount:.2f}",
    }
