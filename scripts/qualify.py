"""Make the experiment's qualifications, grant and revoke what the files say, and write receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.account import grant_lists, granting, orders
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.ledgers.batches import account_rounds
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    ledger = orders.worker_ledger(params.market["endpoint"])
    round_token = Path(snakemake.input.again)
    grants = grant_lists.listed_grants(params.qualifications)
    client = Connection(params.market)
    with orders.worker_lock(say), explained(ledger.endpoint):
        ids = granting.ensure_types(client, params.qualifications, ledger)
        done = granting.carry_out(client, grants, ids, ledger)
        account_rounds(ledger.endpoint).remember("qualify", round_token.name)
    for name, type_id in ids.items():
        say(f"qualification {name}: {type_id}")
    say(f"granted or revoked: {counted(done, 'qualification')}")
    files.write_records(Path(snakemake.output[0]), grant_lists.receipts(ledger))
    finish_round(round_token)
