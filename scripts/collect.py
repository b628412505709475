"""Write a batch's assignments and progress from its ledgers."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files, moments
from crowdmake.adapter import stage
from crowdmake.harvesting import views
from crowdmake.ledgers.batches import Batch
from crowdmake.rendering.rendered import present_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    batch = Batch(snakemake.wildcards.batch, snakemake.params.endpoint)
    snapshot = batch.read()
    rows = present_rows(snakemake.input.rows, snapshot, say)
    assignments, progress = map(Path, snakemake.output)
    files.write_records(assignments, views.assignments(batch.name, snapshot, rows))
    numbers = views.progress(batch.name, snapshot, rows, moments.written(moments.now()))
    views.dump_progress(progress, numbers)
    for line in [
        views.progress_line(numbers),
        *views.differences(batch.name, snapshot, rows),
        *views.unreadable_lines(batch.name, snapshot),
    ]:
        say(line)
