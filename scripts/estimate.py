"""Print what launching would cost."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.money.estimate import estimates

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    inputs = dict(zip(snakemake.params.batches, map(Path, snakemake.input), strict=True))
    params = snakemake.params
    fees, endpoint = params.market["fees"], params.market["endpoint"]
    for line in estimates(inputs, params.properties, fees, endpoint, params.more):
        say(line)
