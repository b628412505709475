"""Delete HITs of no experiment that are over, decided and saved, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.account.deletion import Orders, delete, receipts
from crowdmake.account.hits import account_ledger, account_lock
from crowdmake.adapter import stage
from crowdmake.client import Connection, explained
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    ledger = account_ledger(params.market["endpoint"])
    records = files.read_records(Path(snakemake.input[0]))
    orders = Orders(params.confirmed, params.expire, frozenset(params.hit))
    with account_lock(say), explained(ledger.endpoint):
        deleted = delete(Connection(params.market), ledger, records, orders, say)
    say(f"account: deleted {counted(deleted, 'HIT')} of no experiment")
    files.write_records(Path(snakemake.output[0]), receipts(ledger))
