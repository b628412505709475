"""Delete a batch's HITs that are saved and decided, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import views
from crowdmake.harvesting.progress import differences
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.money.spending import Spending
from crowdmake.rendering.rendered import present_rows
from crowdmake.reviewing.deletion import Orders, delete

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    spending = Spending(batch.endpoint, None)
    orders = Orders(params.expire, params.gone, frozenset(params.hit))
    round_token = Path(snakemake.input.again)
    with batch.lock(say), explained(batch.endpoint):
        deleted = delete(Connection(params.market), batch, spending, orders, say)
        batch.mark_decided()
        batch.remember_round("delete", round_token.name)
    say(f"{batch.name}: deleted {counted(deleted, 'HIT')}")
    snapshot = batch.read()
    rows = present_rows(snakemake.input.rows, snapshot, say)
    for line in differences(batch.name, snapshot, rows):
        say(line)
    files.write_records(Path(snakemake.output[0]), views.deletions(snapshot))
    finish_round(round_token)
