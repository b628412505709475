"""What the Snakefile asks about combining answers. All offline."""

from collections.abc import Iterable
from typing import Any

from crowdmake.configuration.config import Configuration
from crowdmake.money import fees
from crowdmake.money.spending import NOTHING
from crowdmake.planning.pending import Pending


class CombinePlan:
    """How answers are combined, batch by batch, and where more of them are asked for."""

    def __init__(self, configuration: Configuration, pending: Pending) -> None:
        self._configuration = configuration
        self._pending = pending

    def settings(self, batch: str) -> dict[str, Any]:
        """Return how the batch's answers are combined, as plain values."""
        return self._configuration.combining(batch).plain()

    def gold(self, batch: str) -> str | list[str]:
        """Return the path of the batch's known answers; none where there are none."""
        return self._configuration.combining(batch).gold or []

    def adapting(self, batch: str) -> dict[str, Any] | None:
        """Return the settings where `launch` asks for more until answers are sure, or None."""
        return self.settings(batch) if self._pending.adapts(batch) else None

    def asking(self, batch: str) -> dict[str, Any] | None:
        """Return what it takes to know for how many HITs `launch` will ask for more, or None."""
        settings = self.adapting(batch)
        # `waiting` changes as the budget that other batches leave does.
        more = {"max_usd": self._configuration.max_usd, "waiting": self.waiting(batch)}
        return {"settings": settings, **more} if settings else None

    def waiting(self, batch: str) -> list[str]:
        """Return the ids of the batch's HITs that are to be given more assignments."""
        return self._pending.waiting(batch)

    def more(self, batches: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return what `launch` will spend on other than new rows, of batches where it will.

        ``most`` is how many assignments a HIT may come to have, ``added`` what HITs that are up
        are given now, in words, and ``cost`` what that costs in US dollars.
        """
        found = {
            batch: (self._pending.most(batch), self._pending.additions(batch)) for batch in batches
        }
        return {
            batch: {
                "most": most,
                "added": self._pending.added(batch),
                "cost": str(sum((each.cost for each in additions), NOTHING)),
            }
            for batch, (most, additions) in found.items()
            if most or additions
        }

    def cost_of_most(self, batch: str) -> str:
        """Return what a HIT would cost that asks for all it may be given at once, in US dollars."""
        adaptive = self._configuration.combining(batch).adaptive
        most = {"MaxAssignments": adaptive.limit} if adaptive else {}
        properties = self._configuration.hit(batch).properties | most
        return str(fees.price(properties, self._configuration.fees).total)
