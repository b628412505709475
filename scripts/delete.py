"""Delete a batch's HITs that are saved and decided, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files, views
from crowdmake.adapter import stage
from crowdmake.batches import Batch
from crowdmake.client import Connection, explained
from crowdmake.deletion import delete
from crowdmake.spending import Spending

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    spending = Spending(batch.endpoint, None)
    with batch.lock(say), explained(batch.endpoint):
        deleted = delete(
            Connection(params.market), batch, spending, say, expire=params.expire, only=params.hit
        )
        snapshot = batch.read()
        if snapshot.deleted():
            batch.remember_round("delete", Path(snakemake.input.again).name)
    say(f"{batch.name}: deleted {deleted} HITs")
    files.write_records(Path(snakemake.output[0]), views.deletions(snapshot))
