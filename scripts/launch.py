"""Put up the HITs of a batch that are not up yet, and write its manifest."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.client import Connection, explained
from crowdmake.harvesting import views
from crowdmake.launching.launch import Terms, earlier_pages, launch
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.money.spending import Spending
from crowdmake.rendering.rendered import rows_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    rendered = files.read_records(Path(snakemake.input.rendered))
    terms = Terms(params.experiment_id, params.properties, params.market["fees"])
    spending = Spending(batch.endpoint, params.max_usd)
    with batch.lock(say), explained(batch.endpoint):
        created = launch(Connection(params.market), batch, rendered, terms, spending, say)
    snapshot, rows = batch.read(), rows_of(rendered)
    say(f"{batch.name}: launched {counted(created, 'HIT')}, {len(snapshot.hits)} in all")
    for line in [
        *earlier_pages(batch.name, snapshot, rendered, terms),
        *views.differences(batch.name, snapshot, rows),
    ]:
        say(line)
    files.write_records(Path(snakemake.output[0]), views.manifest(snapshot, rows))
