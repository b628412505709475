"""Let the simulated crowd do a batch's HITs."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import crowd, files
from crowdmake.adapter import stage
from crowdmake.client import embedded
from crowdmake.ledgers.batches import Batch
from crowdmake.market.crowd import work, worker_id
from crowdmake.messages import counted
from crowdmake.polling import exclusion
from crowdmake.polling.names import is_poll
from crowdmake.polling.simulated import ballot_tasks
from crowdmake.rendering.rendered import rows_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    market, settings = snakemake.params.market, snakemake.params.crowd
    batch = Batch(snakemake.wildcards.batch, market["endpoint"])
    rows = rows_of(files.read_records(Path(snakemake.input.rendered)))
    seed = settings.get("seed", crowd.DEFAULT_SEED)
    if is_poll(batch.name):
        absent = exclusion.kept_out(batch)
        everybody = crowd.workers(settings, ())
        workers = [each for each in everybody if worker_id(each.name, seed) not in absent]
        tasks = ballot_tasks(settings, batch.read(), rows, workers, seed)
    else:
        tasks = crowd.tasks(settings, batch.read(), rows)
        workers = crowd.workers(settings, tasks)
    submitted = work(embedded(market), tasks, workers, seed)
    done = counted(submitted, "assignment")
    say(f"{batch.name}: {counted(len(workers), 'simulated worker')} submitted {done}")
