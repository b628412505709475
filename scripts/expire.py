"""End the offer of a batch's open HITs."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.launching import expiry
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    only = frozenset(snakemake.params.hit)
    with batch.lock(say), explained(batch.endpoint):
        hits = [hit for hit in batch.read().hits.values() if not only or hit.hit_id in only]
        expiry.expire(Connection(market), batch, hits, say)
    open_hits = counted(len(batch.read().open_hits()), "HIT")
    say(f"{batch.name}: {open_hits} open, for which accepted work may still be submitted")
    finish_round(Path(snakemake.output[0]))
    finish_round(Path(snakemake.log[0]))
