"""Write every HIT of the account with its answers, and whose it is."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.account.hits import Account
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    endpoint = params.market["endpoint"]
    account = Account(Connection(params.market), endpoint, params.experiment_id)
    with explained(endpoint):
        files.write_records(Path(snakemake.output[0]), account.listing(say))
    say(account.summary())
    finish_round(Path(snakemake.input.again))
