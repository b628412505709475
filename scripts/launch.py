"""Put up the HITs of a batch that are not up yet, and write its manifest."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files, views
from crowdmake.adapter import stage
from crowdmake.batches import Batch
from crowdmake.client import Connection, explained
from crowdmake.launch import Terms, earlier_pages, launch
from crowdmake.rendered import rows_of
from crowdmake.spending import Spending

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    endpoint, limit = params.market["endpoint"], params.max_usd
    batch = Batch(snakemake.wildcards.batch, endpoint)
    rendered = files.read_records(Path(snakemake.input.rendered))
    terms = Terms(params.experiment_id, params.properties, params.market["fees"])
    spending = Spending(endpoint, Decimal(limit) if limit else None)
    with batch.lock(say), explained(endpoint):
        created = launch(Connection(params.market), batch, rendered, terms, spending, say)
    snapshot, rows = batch.read(), rows_of(rendered)
    say(f"{batch.name}: launched {created} HITs, {len(snapshot.hits)} in all")
    for line in [
        *earlier_pages(batch.name, snapshot, rendered, terms),
        *views.differences(batch.name, snapshot, rows),
    ]:
        say(line)
    files.write_records(Path(snakemake.output[0]), views.manifest(snapshot, rows))
