"""Save what a batch's workers have answered since the last poll."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import harvest
from crowdmake.adapter import finish_round, stage
from crowdmake.batches import Batch
from crowdmake.client import Connection, explained

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    with batch.lock(say), explained(batch.endpoint):
        new = harvest.poll(Connection(market), batch, say)
        batch.remember_round("poll", snakemake.wildcards.run)
    say(f"{batch.name}: {new} new assignments")
    finish_round(Path(snakemake.output[0]))
