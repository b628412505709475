"""Pay the bonuses of a batch's decisions file that are not paid yet, and write the receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import views
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.money.spending import Spending
from crowdmake.reviewing import bonuses
from crowdmake.reviewing.bonus_lines import read_bonuses
from crowdmake.reviewing.decisions import path_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    market = params.market
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    spending = Spending(batch.endpoint, params.max_usd)
    client = Connection(market)
    payer = bonuses.Payer(
        client, batch, params.experiment_id, market["fees"], spending, say, params.gone
    )
    round_token = Path(snakemake.input.again)
    with batch.lock(say), explained(batch.endpoint):
        wanted = read_bonuses(path_of(batch.name), batch.read().assignments())
        paid = bonuses.pay(payer, wanted)
        batch.remember_round("bonus", round_token.name)
    say(f"{batch.name}: paid {counted(paid, 'bonus payment')}")
    receipts = views.bonuses(batch.read(), batch.bonuses().values())
    files.write_records(Path(snakemake.output[0]), receipts)
    finish_round(round_token)
