"""The market inside another program's process: no server, no port."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from crowdmake.market import requesters, timekeeper
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.fees import policy_name
from crowdmake.market.models import Requester
from crowdmake.market.protocol import wire
from crowdmake.market.serving.vault import Vault
from crowdmake.market.stores import Location, Store, store_at

REQUESTER = "local"
# Where a served market keeps the key of its secrets: beside its file.
KEY_FILE = "market.key"
# No further notification is begun after that; one that hangs takes some ten seconds more.
DELIVERING_SECONDS = 2.0

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class MarketClock:
    """The market's own clock, kept in its database; it never runs behind the wall clock."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> datetime:
        """Return the market's time."""
        with self._store.reading() as now:
            return now

    def advance_to(self, moment: datetime) -> None:
        """Move the clock to an aware ``moment``, unless it is past it already."""
        self._store.run(lambda _: self._store.advance(moment))

    def advance(self, span: timedelta) -> None:
        """Move the clock forward by ``span``."""
        self._store.run(lambda now: self._store.advance(now + span))


@dataclass(frozen=True)
class Trusted:
    """Lets everyone in as one requester: who can open the database needs no key."""

    requester: Requester

    def admit(self, headers: Mapping[str, str], body: bytes) -> int:  # noqa: ARG002 - a gate's signature
        """Return the requester's key."""
        key: int = self.requester.pk
        return key


class EmbeddedMarket:
    """One market; any number of threads may call it at once.

    A process that forks opens its markets after the fork.
    """

    def __init__(self, store: Store, requester: Requester) -> None:
        self.store = store
        self.requester = requester
        self.clock = MarketClock(store)
        self._gate = Trusted(requester)

    def respond(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for one AWS JSON 1.1 request; never raise."""
        return wire.respond(self.store, self._gate, headers, body)

    def reading(self) -> AbstractContextManager[datetime]:
        """Enter with everything done that was due; the value is the market's time."""
        return self.store.reading()

    def writing(self) -> AbstractContextManager[datetime]:
        """Enter a transaction with everything done that was due; the value is the time."""
        return self.store.writing()

    def run(self, action: Callable[[datetime], Result]) -> Result:
        """Return what ``action`` returns for the time, called inside `writing()`.

        Worker actions (`crowdmake.market.workers`) belong here: where the database took
        back the transaction for another's sake, the action is called again.
        """
        return self.store.run(action)

    def set_balance(self, amount: Decimal) -> None:
        """Set what the requester can still spend, in US dollars; what is held stays held.

        Raises ValueError for less than nothing and for parts of a cent.
        """
        self.run(lambda _: requesters.set_balance(self.requester, amount))

    def close(self) -> None:
        """Close the calling thread's connection to the database."""
        self.store.close()


def open_market(
    location: Location, *, fees: str | Decimal | None = "amazon", requester: str = REQUESTER
) -> EmbeddedMarket:
    """Return the market kept at ``location``: an SQLite file's path, or a PostgreSQL URL.

    A file is made or brought up to date. ``requester`` is made if there is none of that name.
    ``fees`` is "amazon", "none" or a rate such as Decimal("0.1"), and holds for HITs made from
    now on; None leaves what holds. Raises ValueError for anything else.

    What fell due in the meantime is done, and notifications that wait are sent, as far as that
    goes in a few seconds.
    """
    policy = None if fees is None else policy_name(fees)
    store = store_at(location)
    store.prepare()
    store.vault = _vault(location)
    market = EmbeddedMarket(store, _requester(store, requester, policy))
    timekeeper.tick(store, DELIVERING_SECONDS)
    return market


def _vault(location: Location) -> Vault | None:
    """Return what reads the secrets of a file that was served before, None where there is none."""
    if not isinstance(location, Path) or not location.with_name(KEY_FILE).exists():
        return None
    try:
        return Vault(location.with_name(KEY_FILE))
    except OperatorError as error:
        logger.warning("notifications that have to be signed wait: %s", error)
        return None


def _requester(store: Store, name: str, policy: str | None) -> Requester:
    """Return the requester; writes only where there is something to change."""
    with store.reading():
        known = Requester.objects.filter(name=name).first()
    if known is not None and policy in (None, known.fees):
        return known
    return store.run(lambda _: requesters.ensure(name, policy))
