"""What the target `combine` leaves: the combined answers of a batch, and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from crowdmake.combining.adaptive import lines, saved, savings_line
from crowdmake.combining.asking import unsure_now
from crowdmake.combining.gold import read_gold
from crowdmake.combining.methods import labels_of
from crowdmake.combining.records import BatchAnswers, Record, combined
from crowdmake.combining.settings import Settings
from crowdmake.combining.summary import summary, summary_lines
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.batches import Batch
from crowdmake.money.spending import Spending
from crowdmake.polling.ballots import outcomes


@dataclass(frozen=True)
class Results:
    """The combined answers of one batch, its numbers, and what a run says of them."""

    records: list[Record]
    numbers: Record
    lines: list[str]


def combine(
    batch: Batch,
    rows: Sequence[Row],
    settings: Settings,
    spending: Spending,
    cost_of_most: str,
) -> Results:
    """Return what the answers of a batch come to; ``rows`` is its input as it is now.

    ``cost_of_most`` is what a HIT costs, in US dollars, that asks for all assignments at once.

    Raises:
        UserError: a ledger is damaged, the gold answers have faults, or the method cannot be had.
    """
    snapshot = batch.read()
    answers = BatchAnswers(snapshot, settings)
    gold = (
        read_gold(Path(settings.gold), batch.name, rows, answers.questions) if settings.gold else {}
    )
    labels = labels_of(answers, gold)
    found = unsure_now(batch, snapshot, settings, spending)
    polls = {hit_id: each.record() for hit_id, each in outcomes(batch).items()}
    records = combined(
        batch.name,
        snapshot,
        rows,
        settings,
        labels,
        waiting={each.hit.hit_id for each in found.due},
        polls=polls if settings.poll else None,
    )
    numbers = summary(batch.name, answers, labels, gold, records)
    said = [*summary_lines(numbers), *lines(batch.name, found)]
    if settings.adaptive:
        numbers["adaptive"] = saved(snapshot, settings.adaptive, Decimal(cost_of_most))
        waiting = bool(numbers["hits"]["waiting"])
        told = numbers["adaptive"]
        said.append(savings_line(batch.name, told, settings.adaptive, waiting=waiting))
    return Results(records, numbers, said)
