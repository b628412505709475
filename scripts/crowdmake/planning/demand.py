"""What a run would spend in all its jobs together, known before the first of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.launching.offers import Addition, extension_claim
from crowdmake.ledgers.batches import Outline
from crowdmake.money.spending import BONUS, EXTEND, LAUNCH, Claim
from crowdmake.planning import costs
from crowdmake.planning.pending import Pending
from crowdmake.reviewing.bonus_lines import bonus_claim


@dataclass
class Demands:
    """What is claimed of the budget, and of the account what of it it does not hold yet."""

    claims: list[Claim] = field(default_factory=list)
    added: list[Claim] = field(default_factory=list)

    def add(self, claims: list[Claim]) -> None:
        """Add what costs budget and account the same."""
        self.claims += claims
        self.added += claims

    def extend(self, batch: str, additions: list[Addition]) -> None:
        """Add assignments of HITs that may have been given some before."""
        self.claims += [extension_claim(batch, each.hit, each.target) for each in additions]
        self.added += [each.added(batch) for each in additions]


class Demand:
    """The spending jobs that a run may have, by stage and batch."""

    def __init__(
        self, configuration: Configuration, pending: Pending, launched: Mapping[str, Outline]
    ) -> None:
        self._configuration = configuration
        self._pending = pending
        self._launched = launched
        self._batches: dict[str, set[str]] = defaultdict(set)

    def expect(self, stage: str, batch: str) -> None:
        """Remember that the run may have the spending job ``stage`` of ``batch``."""
        self._batches[stage].add(batch)

    def demands(self) -> Demands:
        """Return what the run's jobs would spend; calls of unknown outcome are left out.

        Raises:
            UserError: a decisions file or an order has faults; the lines of all batches.
        """
        found = Demands()
        errors: list[str] = []
        for stage, batch in self._jobs():
            try:
                self._add(found, stage, batch)
            except UserError as error:
                errors += error.lines
        UserError.collect(errors)
        return found

    def _jobs(self) -> list[tuple[str, str]]:
        return [(stage, batch) for stage in self._batches for batch in sorted(self._batches[stage])]

    def _add(self, found: Demands, stage: str, batch: str) -> None:
        if stage == LAUNCH:
            found.add(self._pending.claims(batch))
            found.extend(batch, self._sure(batch, self._pending.additions(batch)))
        elif stage == EXTEND:
            found.extend(batch, self._sure(batch, costs.additions(self._configuration, batch)))
        elif stage == BONUS:
            unsure = self._launched[batch].payments if batch in self._launched else frozenset()
            due = costs.due_bonuses(self._configuration, batch)
            sure = [bonus for bonus in due if bonus.name not in unsure]
            fees = self._configuration.fees
            found.add([bonus_claim(batch, bonus, fees) for bonus in sure])

    def _sure(self, batch: str, additions: list[Addition]) -> list[Addition]:
        unsure = self._launched[batch].extensions if batch in self._launched else frozenset()
        return [each for each in additions if (each.hit.hit_id,) not in unsure]
