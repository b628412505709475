"""Make one answer of the answers to each of a batch's HITs."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.combining import results, summary
from crowdmake.combining.settings import Settings
from crowdmake.ledgers.batches import Batch
from crowdmake.money.spending import Spending
from crowdmake.rendering.rendered import present_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.endpoint)
    settings = Settings.read(params.settings)
    rows = present_rows(snakemake.input.rows, batch.read(), say)
    spending = Spending(batch.endpoint, params.max_usd)
    found = results.combine(batch, rows, settings, spending, params.cost_of_most)
    for line in found.lines:
        say(line)
    combined, summarized = map(Path, snakemake.output)
    files.write_records(combined, found.records)
    summary.write(summarized, found.numbers)
