"""Print what the account has left, and what the experiment may still spend."""

from decimal import Decimal
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.client import Connection, explained
from crowdmake.messages import usd
from crowdmake.money.funds import balance
from crowdmake.money.spending import Spending

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market = snakemake.params.market
    endpoint, limit = market["endpoint"], snakemake.params.max_usd
    committed = Spending(endpoint, limit).committed()
    with explained(endpoint):
        say(f"account on {endpoint}: {usd(balance(Connection(market)))} available")
    left = f", {usd(Decimal(limit) - committed)} of {usd(Decimal(limit))} left" if limit else ""
    say(f"experiment: {usd(committed)} committed{left}")
