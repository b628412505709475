"""Note the scheduled row that is due, and write the file of all of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import moments
from crowdmake.adapter import finish_round, stage
from crowdmake.ledgers.batches import Batch
from crowdmake.ticking.schedule import SCHEDULED, schedule

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    batch = Batch(SCHEDULED, snakemake.params.endpoint)
    token = Path(snakemake.input.again)
    with batch.lock(say):
        period = snakemake.params.period
        schedule(batch, period, moments.now(), Path(snakemake.output[0]), say)
        batch.remember_round("schedule", token.name)
    finish_round(token)
