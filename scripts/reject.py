"""Reject what a batch's decisions file names, or what the command line says."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import views
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.reviewing import rejection
from crowdmake.reviewing.decisions import path_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    with batch.lock(say), explained(batch.endpoint):
        orders = rejection.Orders(**snakemake.params.orders)
        taken = rejection.reject(Connection(market), batch, orders, say)
    hint = "" if taken else f"; {path_of(batch.name)} or .txt names what to reject"
    say(f"{batch.name}: rejected {counted(taken, 'assignment')}{hint}")
    files.write_records(Path(snakemake.output[0]), views.decided(batch.read(), "Rejected"))
