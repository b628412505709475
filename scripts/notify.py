"""Send a message to workers, once to each, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.account import letters, notifying, orders
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.ledgers.batches import Batch, account_rounds
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    endpoint, told = params.market["endpoint"], params.orders
    ledger = orders.worker_ledger(endpoint)
    round_token = Path(snakemake.input.again)
    letter = letters.read_letter(told)
    names = params.batches
    batches = None if names is None else [Batch(name, endpoint) for name in names]
    to = letters.read_recipients(told, batches)
    with orders.worker_lock(say), explained(endpoint):
        todo = letters.unwritten(letter, to, ledger, resend=told.get("resend", False))
        sent = notifying.send(Connection(params.market, tries=1), letter, todo, ledger, say)
        account_rounds(endpoint).remember("notify", round_token.name)
    say(f"{letter.subject}: sent to {counted(sent, 'worker')}")
    delivery = letters.deliveries(ledger).get(letter.name, letters.Delivery())
    for line in notifying.unsure_lines(letter, [each for each in to if each in delivery.unsure]):
        say(line)
    files.write_records(Path(snakemake.output[0]), letters.receipts(ledger))
    finish_round(round_token)
