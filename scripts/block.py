"""Block or unblock the workers that a list names, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.account import blocks, orders
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.ledgers.batches import account_rounds
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market, order = snakemake.params.market, snakemake.wildcards.order
    ledger = orders.worker_ledger(market["endpoint"])
    round_token = Path(snakemake.input.again)
    with orders.worker_lock(say), explained(ledger.endpoint):
        done = blocks.carry_out(Connection(market), order, ledger)
        account_rounds(ledger.endpoint).remember(order, round_token.name)
    say(f"{order}ed {counted(done, 'worker')}")
    files.write_records(Path(snakemake.output[0]), orders.receipts(order, ledger))
    finish_round(round_token)
