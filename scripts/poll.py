"""Save what a batch's workers have answered since the last poll."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import harvest
from crowdmake.launching.settling import settle
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    client = Connection(market)
    with batch.lock(say), explained(batch.endpoint):
        settle(client, batch, repeated=(), fees=market["fees"])
        new = harvest.poll(client, batch, say)
        batch.remember_round("poll", snakemake.wildcards.run)
    say(f"{batch.name}: {counted(new, 'new assignment')}")
    finish_round(Path(snakemake.output[0]))
    finish_round(Path(snakemake.log[0]))
