"""A requester's money: available, then held while work is out, then paid or released."""

from django.db.models import BigIntegerField, F, QuerySet

from crowdmake.market.models import Requester
from crowdmake.market.money import to_text
from crowdmake.market.prepared import Given, Update, given
from crowdmake.market.protocol.errors import insufficient_funds

CENTS = Given("cents", BigIntegerField())
AVAILABLE = F("available_cents")
HELD = F("held_cents")


def _account() -> "QuerySet[Requester]":
    return Requester.objects.filter(pk=given(Requester, "id"))


def _covered() -> "QuerySet[Requester]":
    return _account().filter(available_cents__gte=CENTS)


_HOLD = Update(_covered, available_cents=AVAILABLE - CENTS, held_cents=HELD + CENTS)
_PAY = Update(_covered, available_cents=AVAILABLE - CENTS)
_PAY_HELD = Update(_account, held_cents=HELD - CENTS)
_RELEASE = Update(_account, available_cents=AVAILABLE + CENTS, held_cents=HELD - CENTS)


def hold(requester_id: int, cents: int) -> None:
    """Set ``cents`` aside; raises RequestError (InsufficientFunds) when they are not available."""
    _spend(_HOLD, requester_id, cents)


def pay(requester_id: int, cents: int) -> None:
    """Pay what was not held; raises RequestError (InsufficientFunds) when it is not available."""
    _spend(_PAY, requester_id, cents)


def pay_held(requester_id: int, cents: int) -> None:
    """Pay out of what is held."""
    _PAY_HELD.run(id=requester_id, cents=cents)


def release(requester_id: int, cents: int) -> None:
    """Make held money available again."""
    _RELEASE.run(id=requester_id, cents=cents)


def _spend(update: "Update[Requester]", requester_id: int, cents: int) -> None:
    if not update.run(id=requester_id, cents=cents):
        available = Requester.objects.get(pk=requester_id).available_cents
        raise insufficient_funds(to_text(cents), to_text(available))
