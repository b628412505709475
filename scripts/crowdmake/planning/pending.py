"""What `launch` has left to put up, batch by batch; offline."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.launching.drips import next_keys
from crowdmake.launching.offers import Addition, Replacements, replacements
from crowdmake.ledgers.batches import Batch, Outline
from crowdmake.messages import counted
from crowdmake.money import fees
from crowdmake.money.spending import LAUNCH, Claim
from crowdmake.planning import costs

_NONE = Replacements([], [], [])


class Pending:
    """What is in the input and not on the market, by the ledgers as the run found them."""

    def __init__(
        self,
        configuration: Configuration,
        inputs: Mapping[str, Path],
        launched: Mapping[str, Outline],
    ) -> None:
        self._configuration = configuration
        self._inputs = inputs
        self._launched = launched
        self._replaced: dict[str, Replacements] = {}

    def to_put_up(self, batch: str) -> bool:
        """Return whether `launch` has more to put up of what it does in several runs."""
        if batch not in self._launched:
            return False
        if self.additions(batch):
            return True
        drips = self._configuration.open_at_most(batch) is not None
        return drips and bool(self._new_or_none(batch))

    def left_to_say(self, batch: str) -> bool:
        """Return whether `launch` has to say of rejected work that it cannot be put up again."""
        found = self._replacements(batch)
        return bool(found.over or found.full)

    def additions(self, batch: str) -> list[Addition]:
        """Return what `launch` puts up for rejected assignments of the batch."""
        return self._replacements(batch).due

    def claims(self, batch: str) -> list[Claim]:
        """Return what the batch's rows without a HIT will cost; nothing where it has faults."""
        each = fees.price(self._properties(batch), self._configuration.fees).total
        outline = self._launched.get(batch)
        # What an interrupted call may have put up is on hold at the market already.
        unsure = outline.intents if outline else frozenset()
        keys = self._limited(batch, self._new_or_none(batch))
        return [Claim(batch, key, LAUNCH, each) for key in keys if key not in unsure]

    def cost(self, batch: str) -> str:
        """Return what launching the batch would create and cost, in words."""
        try:
            new = self._limited(batch, self._new(batch))
        except UserError as error:
            faults = counted(len(error.lines), "fault")
            return f"cost unknown, {faults} in the input: `snakemake render` names them"
        live = self._launched[batch].live if batch in self._launched else 0
        each = fees.price(self._properties(batch), self._configuration.fees)
        said = fees.cost_sentence(len(new), each, live=live)
        again = self.additions(batch)
        return f"{said}; {costs.replaced(again)}" if again else said

    def _properties(self, batch: str) -> dict[str, Any]:
        return self._configuration.hit(batch).properties

    def _replacements(self, batch: str) -> Replacements:
        """Return what rejections have left to do where they are put up again."""
        outline = self._launched.get(batch)
        if not outline or not outline.to_replace:
            return _NONE
        if not self._configuration.replaces_rejected(batch):
            return _NONE
        if batch not in self._replaced:
            self._replaced[batch] = replacements(Batch(batch, self._configuration.endpoint))
        return self._replaced[batch]

    def _limited(self, batch: str, keys: list[str]) -> list[str]:
        outline = self._launched.get(batch)
        begun = outline.intents if outline else frozenset()
        most = self._configuration.open_at_most(batch)
        return next_keys(keys, begun, outline.open if outline else 0, most)

    def _new_or_none(self, batch: str) -> list[str]:
        """Return the keys of the batch's rows that have no HIT; none where the input has faults."""
        try:
            return self._new(batch) if batch in self._inputs else []
        except UserError:
            return []

    def _new(self, batch: str) -> list[str]:
        """Return the keys of the batch's rows that have no HIT."""
        taken = self._launched[batch].taken if batch in self._launched else frozenset()
        return [row.key for row in _rows(self._inputs[batch]).rows if row.key not in taken]


@lru_cache(maxsize=8)
def _rows(path: Path) -> Any:
    return read_rows(path)
