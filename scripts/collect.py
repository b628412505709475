"""Write a batch's assignments and progress from its ledgers."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files, moments
from crowdmake.adapter import stage
from crowdmake.combining.asking import yet_to_ask
from crowdmake.harvesting import views
from crowdmake.harvesting.pace import pace
from crowdmake.harvesting.progress import differences, dump_progress, progress, progress_line
from crowdmake.ledgers.batches import Batch
from crowdmake.rendering.rendered import present_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    batch = Batch(snakemake.wildcards.batch, snakemake.params.endpoint)
    snapshot = batch.read()
    rows = present_rows(snakemake.input.rows, snapshot, say)
    lines, told = map(Path, snakemake.output)
    statuses = snakemake.params.statuses
    files.write_records(lines, views.assignments(batch.name, snapshot, rows, statuses))
    now = moments.now()
    drips = snakemake.params.drips
    unsure = yet_to_ask(batch, snapshot, snakemake.params.asking)
    written = moments.written(now)
    numbers = progress(batch.name, snapshot, rows, written, drips=drips, unsure=unsure)
    numbers |= pace(snapshot, now, to_come=numbers["rows_not_launched"] if drips else 0)
    dump_progress(told, numbers)
    for line in [
        progress_line(numbers),
        *differences(batch.name, snapshot, rows),
        *views.unreadable_lines(batch.name, snapshot),
    ]:
        say(line)
