"""What launching would cost, batch by batch."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import usd
from crowdmake.money.fees import cost_sentence, price


def estimates(
    inputs: Mapping[str, Path],
    properties: Mapping[str, Mapping[str, Any]],
    fees: str | float,
    endpoint: str,
) -> list[str]:
    """Return a sentence per batch and one for all of them.

    Raises:
        UserError: input files have faults; one line each, of all the files.
    """
    lines: list[str] = []
    errors: list[str] = []
    total = Decimal("0.00")
    for batch, path in inputs.items():
        try:
            keys = [row.key for row in read_rows(path).rows]
        except UserError as error:
            errors += error.lines
            continue
        outline = Batch(batch, endpoint).outline()
        new = sum(key not in outline.taken for key in keys)
        each = price(properties[batch], fees)
        total += each.total * new
        lines.append(f"{batch}: {cost_sentence(new, each, live=outline.live)}")
    UserError.collect(errors)
    return [*lines, f"all: total {usd(total)}"]
