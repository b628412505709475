"""The requester's account."""

from typing import Any

from crowdmake.market.money import to_text
from crowdmake.market.operations.registry import reading
from crowdmake.market.protocol.calls import Call


def get_account_balance(call: Call) -> dict[str, Any]:
    """Return what can still be spent, and what is held for work not yet decided."""
    return {
        "AvailableBalance": to_text(call.requester.available_cents),
        "OnHoldBalance": to_text(call.requester.held_cents),
    }


OPERATIONS = {"GetAccountBalance": reading(get_account_balance)}
