"""What an account and a budget hold, checked before anything is put up."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from crowdmake.money.spending import Claim, Spending, check_room


def check_funds(
    client: Any, claims: Iterable[Claim], spending: Spending, added: Iterable[Claim] | None = None
) -> None:
    """Refuse ``claims`` that together pass the budget or the account's balance.

    ``added`` is what the market will take for them, where it holds a part of them already.
    Nothing is reserved or created; the market is asked only where something is claimed.

    Raises:
        UserError: the line says what is needed, what is left and how many would fit.
    """
    wanted = list(claims)
    if not wanted:
        return
    if spending.limit is not None:
        left = spending.limit - spending.committed()
        check_room("budget.max_usd", left, spending.missing(wanted), of=spending.limit)
    check_balance(client, wanted if added is None else added)


def check_balance(client: Any, claims: Iterable[Claim]) -> None:
    """Refuse ``claims`` that together pass the account's balance; asked only where there are some.

    Raises:
        UserError: the line says what is needed, what is left and how many would fit.
    """
    wanted = list(claims)
    if wanted:
        check_room("the account's balance", balance(client), wanted)


def balance(client: Any) -> Decimal:
    """Return what the account has left, in US dollars."""
    return Decimal(client.get_account_balance()["AvailableBalance"])
