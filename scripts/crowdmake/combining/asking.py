"""Putting up the assignments that unsure answers need; see `adaptive`."""

from collections.abc import Mapping
from typing import Any

from crowdmake.combining.adaptive import Unsure, lines, unsure
from crowdmake.combining.settings import Settings
from crowdmake.launching.extension import Extender, add
from crowdmake.launching.offers import present
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.snapshots import Snapshot
from crowdmake.money.spending import Spending


def ask_more(extender: Extender, settings: Settings) -> int:
    """Put up more assignments of the batch's unsure HITs; return of how many HITs.

    Raises:
        UserError: the market refused some.
    """
    batch = extender.batch
    found = unsure_now(batch, batch.read(), settings, extender.spending)
    for line in lines(batch.name, found):
        extender.say(line)
    return add(extender, found.due)


def unsure_now(batch: Batch, snapshot: Snapshot, settings: Settings, spending: Spending) -> Unsure:
    """Return what is to be put up now, within what the budget still holds."""
    room = None if spending.limit is None else spending.limit - spending.committed()
    return unsure(snapshot, settings, present(batch), room)


def yet_to_ask(batch: Batch, snapshot: Snapshot, asking: Mapping[str, Any] | None) -> int:
    """Return of how many HITs `launch` will put up more; ``asking`` is `CombinePlan.asking`'s."""
    if asking is None:
        return 0
    spending = Spending(batch.endpoint, asking["max_usd"], batch.state)
    settings = Settings.read(asking["settings"])
    return len(unsure_now(batch, snapshot, settings, spending).due)
