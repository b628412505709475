"""Put all batches' assignments together."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.account.once import repeated_lines
from crowdmake.adapter import stage
from crowdmake.harvesting import views
from crowdmake.harvesting.progress import nothing_launched
from crowdmake.harvesting.waiting import mark_merged
from crowdmake.ledgers.batches import Batch, launched_batches
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    launched = launched_batches(snakemake.params.endpoint)
    lines, table = map(Path, snakemake.output)
    parts = [Path(f"results/assignments/{batch}.jsonl") for batch in launched]
    count = views.merge([part for part in parts if part.exists()], lines, table)
    mark_merged()
    if snakemake.params.once:
        for line in repeated_lines(Batch(name, snakemake.params.endpoint) for name in launched):
            say(line)
    if not launched:
        say(nothing_launched(snakemake.params.endpoint))
    say(f"results: {counted(count, 'assignment')} in {lines} and {table}")
