"""Write the rows of a batch's polls: the HITs that are over, with their answers."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.polling import rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    batch = Batch(snakemake.wildcards.batch, snakemake.params.endpoint)
    found = rows.poll_rows(batch)
    files.write_records(Path(snakemake.output[0]), found)
    say(f"{batch.name}: {counted(len(found), 'HIT')} with answers to be rated")
    for line in rows.notes(batch):
        say(line)
