"""What launching would cost, batch by batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import usd
from crowdmake.money.fees import Price, at_most, cost_sentence, price
from crowdmake.polling.names import poll_of

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Estimate:
    """What a batch, or its polls, would cost: the sentence, its total, and the most it may be."""

    sentence: str
    total: Decimal
    most: Decimal


def estimates(
    inputs: Mapping[str, Path],
    properties: Mapping[str, Mapping[str, Any]],
    fees: str | float,
    endpoint: str,
    more: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """Return a sentence per batch and one for all of them.

    ``properties`` has those of the batches, and of their polls where there are any. ``more`` is
    `CombinePlan.more`'s.

    Raises:
        UserError: input files have faults; one line each, of all the files.
    """
    found: list[Estimate] = []
    errors: list[str] = []
    for batch, path in inputs.items():
        try:
            keys = [row.key for row in read_rows(path).rows]
        except UserError as error:
            errors += error.lines
            continue
        own = Batch(batch, endpoint)
        found.append(_of_hits(own, keys, properties[batch], fees, more.get(batch, {})))
        if (poll := poll_of(batch)) in properties:
            found.append(_of_polls(Batch(poll, endpoint), len(keys), price(properties[poll], fees)))
    UserError.collect(errors)
    total = sum((each.total for each in found), _NOTHING)
    most = sum((each.most for each in found), _NOTHING)
    at_most_all = f", at most {usd(most)}" if most > total else ""
    return [*(each.sentence for each in found), f"all: total {usd(total)}{at_most_all}"]


def _of_hits(
    batch: Batch,
    keys: Sequence[str],
    properties: Mapping[str, Any],
    fees: str | float,
    more: Mapping[str, Any],
) -> Estimate:
    outline = batch.outline()
    new = sum(key not in outline.taken for key in keys)
    each = price(properties, fees)
    most = price({**properties, "MaxAssignments": more.get("most") or each.assignments}, fees)
    said = f"{batch.name}: {cost_sentence(new, each, live=outline.live)}"
    said += at_most(new, most) if more.get("most") else ""
    added = Decimal(more.get("cost", 0))
    sentence = "; ".join([said, *more.get("added", [])])
    return Estimate(sentence, each.total * new + added, most.total * new + added)


def _of_polls(polls: Batch, rows: int, each: Price) -> Estimate:
    later = max(0, rows - len(polls.outline().taken))
    total = each.total * later
    sentence = f"{polls.name}: later at most {cost_sentence(later, each, live=0)}"
    return Estimate(sentence, total, total)
