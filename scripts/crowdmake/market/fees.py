"""What the market charges on top of an assignment's reward."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from crowdmake.market.qualifications.system import MASTERS

AMAZON = "amazon"
NONE = "none"

# Amazon's price list: 20 % of the reward, 20 % more for HITs with ten or more
# assignments, 5 % for Masters, and at least a cent an assignment (mturk.com/pricing).
BASE_RATE = Decimal("0.20")
MANY_RATE = Decimal("0.20")
MANY = 10
MASTERS_RATE = Decimal("0.05")
MINIMUM_CENTS = 1


def policy_name(fees: str | Decimal) -> str:
    """Return ``fees`` as an account stores it; raises ValueError for no fee policy."""
    if fees in (AMAZON, NONE):
        return str(fees)
    try:
        rate = Decimal(fees)
    except InvalidOperation:
        rate = Decimal(-1)
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise ValueError(f'fees: {fees!r}, expected "amazon", "none" or a rate such as 0.2')
    return format(rate.normalize(), "f")


def fee_cents(
    policy: str, reward_cents: int, max_assignments: int, requirements: Sequence[dict[str, Any]]
) -> int:
    """Return one assignment's fee in cents, rounded half up."""
    if policy == NONE:
        return 0
    if policy != AMAZON:
        return _rounded(reward_cents * Decimal(policy))
    rate = BASE_RATE
    if max_assignments >= MANY:
        rate += MANY_RATE
    if any(each["QualificationTypeId"] in MASTERS for each in requirements):
        rate += MASTERS_RATE
    return max(MINIMUM_CENTS, _rounded(reward_cents * rate))


def bonus_fee_cents(policy: str, bonus_cents: int) -> int:
    """Return the fee on a bonus in cents, rounded half up; nothing is added to Amazon's 20 %."""
    if policy == NONE:
        return 0
    if policy != AMAZON:
        return _rounded(bonus_cents * Decimal(policy))
    return max(MINIMUM_CENTS, _rounded(bonus_cents * BASE_RATE))


def _rounded(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))
