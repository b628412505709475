"""Stop a launch that the budget or the account does not hold."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.batches import Batch
from crowdmake.client import Connection, explained
from crowdmake.launch import Terms, check_funds
from crowdmake.spending import Spending

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake):
    market = snakemake.params.market
    endpoint, limit = market["endpoint"], snakemake.params.max_usd
    batches = [
        (
            Batch(name, endpoint),
            files.read_records(Path(rendered)),
            Terms(
                snakemake.params.experiment_id, snakemake.params.properties[name], market["fees"]
            ),
        )
        for name, rendered in zip(snakemake.params.batches, snakemake.input, strict=True)
    ]
    with explained(endpoint):
        spending = Spending(endpoint, Decimal(limit) if limit else None)
        check_funds(Connection(market), batches, spending)
