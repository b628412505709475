"""What a market takes on top of a reward.

Amazon's tiers, as its pricing page had them (www.mturk.com/pricing): 20 % of the reward,
20 % more for a HIT with ten or more assignments, 5 % more where Masters are required; at
least one cent per assignment; rounded half up to the cent. Premium qualifications cost
more by a price list and are not estimated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crowdmake.configuration.qualifications import MASTERS
from crowdmake.messages import counted, usd

CENT = Decimal("0.01")
MANY_ASSIGNMENTS = 10


@dataclass(frozen=True)
class Price:
    """What one HIT costs when all its assignments are approved, in US dollars."""

    reward: Decimal
    fee: Decimal
    assignments: int

    @property
    def total(self) -> Decimal:
        """Return rewards and fees of the whole HIT."""
        return (self.reward + self.fee) * self.assignments


def price(properties: Mapping[str, Any], fees: str | float) -> Price:
    """Return the price of a HIT with these properties; ``fees`` as in ``market.fees``."""
    reward = Decimal(properties["Reward"])
    assignments = properties["MaxAssignments"]
    return Price(reward, _fee(reward, assignments, fees, _masters(properties)), assignments)


def bonus_fee(amount: Decimal, fees: str | float) -> Decimal:
    """Return the fee on a bonus of ``amount``: 20 %, whatever its HIT is; ``fees`` as above."""
    return _fee(amount, 1, fees, masters=False)


def cost_sentence(hits: int, each: Price, live: int) -> str:
    """Return what ``hits`` new HITs cost beside those live, as `estimate` and `launch` say it."""
    if not hits:
        return f"nothing new; {live} live"
    rewards = each.reward * each.assignments * hits
    fees = each.fee * each.assignments * hits
    return (
        f"{counted(hits, 'HIT')} x {counted(each.assignments, 'assignment')}:"
        f" rewards {usd(rewards)}, fees {usd(fees)}, total {usd(rewards + fees)}"
        + (f"; {live} live" if live else "")
    )


def at_most(hits: int, most: Price) -> str:
    """Return what ``hits`` new HITs come to if each is given as many assignments as ``most``."""
    if not hits:
        return ""
    each = counted(most.assignments, "assignment")
    return f"; at most {usd(most.total * hits)} with {each} each"


def bonus_sentence(amounts: Sequence[Decimal], fees: str | float, paid: int) -> str:
    """Return what bonuses of these amounts cost beside those paid before."""
    if not amounts:
        return f"nothing to pay; {paid} paid before"
    bonuses = sum(amounts, Decimal("0.00"))
    charged = sum((bonus_fee(amount, fees) for amount in amounts), Decimal("0.00"))
    return (
        f"{counted(len(amounts), 'bonus payment')}: bonuses {usd(bonuses)}, fees {usd(charged)},"
        f" total {usd(bonuses + charged)}" + (f"; {paid} paid before" if paid else "")
    )


def _fee(reward: Decimal, assignments: int, fees: str | float, masters: bool) -> Decimal:
    if fees == "none":
        return Decimal("0.00")
    if fees != "amazon":
        return _cents(reward * Decimal(str(fees)))
    percent = 20 + 20 * (assignments >= MANY_ASSIGNMENTS) + 5 * masters
    return max(CENT, _cents(reward * percent / 100))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _masters(properties: Mapping[str, Any]) -> bool:
    return any(
        requirement["QualificationTypeId"] in MASTERS
        for requirement in properties["QualificationRequirements"]
    )
