"""Save what a batch's workers have answered since the last poll."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.account import orders
from crowdmake.account.once import Once
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import harvest
from crowdmake.launching import extension
from crowdmake.launching.settling import settle
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.money.spending import Spending
from crowdmake.polling import exclusion

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    client = Connection(market)
    with batch.lock(say), explained(batch.endpoint):
        settle(client, batch, repeated=(), fees=market["fees"])
        extension.settle(client, batch, Spending(batch.endpoint, None), say)
        if about := snakemake.params.once:
            with orders.worker_lock(say):
                once = Once(client, about, orders.worker_ledger(batch.endpoint))
                new = harvest.poll(client, batch, say, once.hear)
                once.catch_up([batch], say)
        else:
            new = harvest.poll(client, batch, say)
        batch.remember_round("poll", snakemake.wildcards.run)
    say(f"{batch.name}: {counted(new, 'new assignment')}")
    for line in exclusion.unfilled(batch):
        say(line)
    finish_round(Path(snakemake.output[0]))
    finish_round(Path(snakemake.log[0]))
