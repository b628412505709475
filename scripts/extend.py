"""Give a batch's HITs more assignments or more time, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import views
from crowdmake.launching import extension
from crowdmake.launching.extension import Extender
from crowdmake.ledgers.batches import Batch
from crowdmake.money.spending import Spending

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    spending = Spending(batch.endpoint, params.max_usd)
    client = Connection(params.market)
    extender = Extender(client, batch, params.experiment_id, spending, say)
    round_token = Path(snakemake.input.again)
    with batch.lock(say), explained(batch.endpoint):
        for line in extension.extend(extender, params.orders, params.hit):
            say(f"{batch.name}: {line}")
        batch.remember_round("extend", round_token.name)
    files.write_records(Path(snakemake.output[0]), views.extensions(batch.extensions()))
    finish_round(round_token)
