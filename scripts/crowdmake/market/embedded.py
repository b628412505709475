"""The market inside another program's process: no server, no port, one file."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from crowdmake.market import wire
from crowdmake.market.fees import policy_name
from crowdmake.market.models import Requester
from crowdmake.market.money import to_cents
from crowdmake.market.store import Store, advance

REQUESTER = "local"
PLAY_MONEY = Decimal("10000.00")


class MarketClock:
    """The market's own clock, kept in its file; it never runs behind the wall clock."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> datetime:
        """Return the market's time."""
        with self._store.reading() as now:
            return now

    def advance_to(self, moment: datetime) -> None:
        """Move the clock to an aware ``moment``, unless it is past it already."""
        with self._store.writing():
            advance(moment)

    def advance(self, span: timedelta) -> None:
        """Move the clock forward by ``span``."""
        with self._store.writing() as now:
            advance(now + span)


class EmbeddedMarket:
    """One market; any number of threads may call it at once.

    A process that forks opens its markets after the fork.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.clock = MarketClock(store)

    def respond(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for one AWS JSON 1.1 request; never raise."""
        return wire.respond(self._store, headers, body)

    def reading(self) -> AbstractContextManager[datetime]:
        """Enter with everything done that was due; the value is the market's time."""
        return self._store.reading()

    def writing(self) -> AbstractContextManager[datetime]:
        """Enter a transaction with everything done that was due; the value is the time.

        Worker actions (`crowdmake.market.workers`) belong inside.
        """
        return self._store.writing()

    def set_balance(self, amount: Decimal) -> None:
        """Set what the requester can still spend, in US dollars; what is held stays held.

        Raises ValueError for less than nothing and for parts of a cent.
        """
        if amount < 0:
            raise ValueError(f"a balance of {amount}, expected at least 0")
        with self._store.writing():
            Requester.objects.filter(name=REQUESTER).update(available_cents=to_cents(amount))

    def close(self) -> None:
        """Close the calling thread's connection to the file."""
        self._store.close()


def open_market(path: Path, *, fees: str | Decimal = "amazon") -> EmbeddedMarket:
    """Return the market kept in the SQLite file ``path``, made or brought up to date.

    ``fees`` is "amazon", "none" or a rate such as Decimal("0.1"), and holds for HITs made
    from now on. Raises ValueError for anything else.
    """
    policy = policy_name(fees)
    store = Store(path)
    store.prepare()
    _ensure_requester(store, policy)
    return EmbeddedMarket(store)


def _ensure_requester(store: Store, policy: str) -> None:
    with store.reading():
        known = Requester.objects.filter(name=REQUESTER, fees=policy).exists()
    if not known:
        new = {"access_key": REQUESTER, "available_cents": to_cents(PLAY_MONEY), "fees": policy}
        with store.writing():
            Requester.objects.update_or_create(
                name=REQUESTER, defaults={"fees": policy}, create_defaults=new
            )
