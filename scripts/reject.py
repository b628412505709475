"""Reject what a batch's decisions file names."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import views
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.reviewing import review
from crowdmake.reviewing.decisions import path_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    with batch.lock(say), explained(batch.endpoint):
        taken = review.reject(Connection(market), batch, say)
    rejected = counted(taken, "assignment")
    say(f"{batch.name}: rejected {rejected}; {path_of(batch.name)} names what to reject")
    files.write_records(Path(snakemake.output[0]), views.decided(batch.read(), "Rejected"))
