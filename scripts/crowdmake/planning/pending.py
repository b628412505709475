"""What `launch` has left to put up, batch by batch; offline."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from crowdmake.combining.adaptive import unsure
from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.launching.drips import next_keys
from crowdmake.launching.offers import Addition, Replacements, present, replacements
from crowdmake.ledgers.batches import Batch, Outline
from crowdmake.messages import counted, usd
from crowdmake.money import fees
from crowdmake.money.spending import LAUNCH, NOTHING, Claim, Spending
from crowdmake.planning import costs
from crowdmake.polling.names import is_poll, poll_of, polled
from crowdmake.polling.rows import keyed, poll_rows

_NONE = Replacements([], [], [])


class Pending:
    """What is in the input and not on the market, by the ledgers as the run found them.

    ``made`` holds, by batch, the keys of rows whose file a job of the run makes.
    """

    def __init__(
        self,
        configuration: Configuration,
        inputs: Mapping[str, Path],
        launched: Mapping[str, Outline],
        made: Mapping[str, list[str]],
    ) -> None:
        self._configuration = configuration
        self._made = made
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

    def is_new(self, batch: str) -> bool:
        """Return whether the batch has rows without a HIT, as far as its file can be read."""
        return bool(self._new_or_none(batch))

    def left_to_say(self, batch: str) -> bool:
        """Return whether `launch` has to say of rejected work that it cannot be put up again."""
        found = self._replacements(batch)
        return bool(found.over or found.full)

    def additions(self, batch: str) -> list[Addition]:
        """Return what `launch` puts up for rejected assignments and unsure answers of the batch."""
        return [*self._again(batch), *self._more(batch)]

    def added(self, batch: str) -> list[str]:
        """Return what `additions` come to, in words."""
        again, more = self._again(batch), self._more(batch)
        said = [costs.replaced(again)] if again else []
        return [*said, f"{costs.added(more)} where answers are unsure"] if more else said

    def adapts(self, batch: str) -> bool:
        """Return whether `launch` puts up more where the answer is unsure."""
        return not is_poll(batch) and self._configuration.combining(batch).adaptive is not None

    def most(self, batch: str) -> int:
        """Return how many assignments unsure HITs of the batch may have; 0 where none is added."""
        adaptive = None if is_poll(batch) else self._configuration.combining(batch).adaptive
        return adaptive.most if adaptive else 0

    def waiting(self, batch: str) -> list[str]:
        """Return the ids of the batch's HITs that are to be given more assignments."""
        return [each.hit.hit_id for each in self.additions(batch)]

    def _at_most(self, batch: str, hits: int) -> str:
        """Return what new HITs may come to where unsure answers are asked for again."""
        if not self.adapts(batch):
            return ""
        properties = {**self._properties(batch), "MaxAssignments": self.most(batch)}
        return fees.at_most(hits, fees.price(properties, self._configuration.fees))

    def _polls_later(self, batch: str, hits: int) -> str:
        """Return what the polls of new HITs will come to, which `launch` does not put up."""
        if not hits or is_poll(batch) or not self._configuration.polls:
            return ""
        each = fees.price(self._properties(poll_of(batch)), self._configuration.fees)
        return f"; polls later at most {usd(each.total * hits)}"

    def _again(self, batch: str) -> list[Addition]:
        return self._replacements(batch).due

    def _more(self, batch: str) -> list[Addition]:
        """Return what `launch` puts up for unsure answers; rejected work is replaced first."""
        held = {each.hit.hit_id for each in self._again(batch)}
        return [each for each in self._unsure.get(batch, []) if each.hit.hit_id not in held]

    @cached_property
    def _unsure(self) -> dict[str, list[Addition]]:
        """Return what unsure answers need, by batch; the budget pays for one after the other."""
        limit = self._configuration.max_usd
        room = None if limit is None else Decimal(limit) - self._committed()
        found: dict[str, list[Addition]] = {}
        for batch in filter(self.adapts, self._launched):
            ledgers = Batch(batch, self._configuration.endpoint)
            settings = self._configuration.combining(batch)
            found[batch] = unsure(ledgers.read(), settings, present(ledgers), room).due
            room = room and room - sum((each.cost for each in found[batch]), NOTHING)
        return found

    def _committed(self) -> Decimal:
        return Spending(self._configuration.endpoint, None).committed()

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
        said += self._at_most(batch, len(new)) + self._polls_later(batch, len(new))
        said = "; ".join([said, *self.added(batch)])
        about = self._launched.get(polled(batch))
        if not is_poll(batch) or (about and about.complete()):
            return said
        return f"{said}; more as answers come in"

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
            return self._new(batch) if batch in self._inputs or is_poll(batch) else []
        except UserError:
            return []

    def _new(self, batch: str) -> list[str]:
        """Return the keys of the batch's rows that have no HIT."""
        taken = self._launched[batch].taken if batch in self._launched else frozenset()
        return [key for key in self._keys(batch) if key not in taken]

    def _keys(self, batch: str) -> list[str]:
        """Return the keys of the batch's rows."""
        if batch in self._made:
            return self._made[batch]
        if is_poll(batch):
            rows = keyed(poll_rows(Batch(polled(batch), self._configuration.endpoint)))
        else:
            rows = _rows(self._inputs[batch]).rows
        return [row.key for row in rows]


@lru_cache(maxsize=8)
def _rows(path: Path) -> Any:
    return read_rows(path)
