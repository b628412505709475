"""Requesters' accounts as the operator sees them: made, given money, told their fees."""

from decimal import Decimal

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Requester
from crowdmake.market.money import to_cents

PLAY_MONEY = Decimal("10000.00")
MAX_NAME = 64


def ensure(name: str, fees: str | None = None, balance: Decimal = PLAY_MONEY) -> Requester:
    """Return the requester called ``name``, made with ``balance`` where there is none.

    ``fees`` is a policy's name (`fees.policy_name`) and holds for HITs made from now on; None
    leaves what holds, and means Amazon's for a new requester. Inside a store's `writing()`.
    """
    new = {"available_cents": to_cents(balance), "fees": fees or "amazon"}
    requester, _ = Requester.objects.update_or_create(
        name=name, defaults={"fees": fees} if fees else {}, create_defaults=new
    )
    return requester


def make(name: str, fees: str, balance: Decimal) -> Requester:
    """Return a new requester; inside a store's `writing()`.

    Raises OperatorError for a name that is taken, too long or has characters that no terminal
    shows.
    """
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise OperatorError(f"a requester's name has 1 to {MAX_NAME} printable characters")
    if Requester.objects.filter(name=name).exists():
        raise OperatorError(f"there already is a requester {name!r}")
    return ensure(name, fees, balance)


def set_fees(requester: Requester, fees: str) -> None:
    """Set the fee policy, by its name, of HITs that the requester makes from now on."""
    Requester.objects.filter(pk=requester.pk).update(fees=fees)


def set_balance(requester: Requester, amount: Decimal) -> None:
    """Set what the requester can still spend, in US dollars; what is held stays held.

    Raises ValueError for less than nothing and for parts of a cent.
    """
    if amount < 0:
        raise ValueError(f"a balance of {amount}, expected at least 0")
    Requester.objects.filter(pk=requester.pk).update(available_cents=to_cents(amount))
