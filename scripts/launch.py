"""Put up the HITs of a batch that are not up yet, and write its manifest."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.account import orders
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.combining.asking import ask_more
from crowdmake.combining.settings import Settings
from crowdmake.harvesting import views
from crowdmake.harvesting.progress import differences
from crowdmake.launching.extension import Extender
from crowdmake.launching.launch import Terms, earlier_pages, launch
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.money.spending import Spending
from crowdmake.polling import exclusion
from crowdmake.polling import rows as poll_rows
from crowdmake.polling.names import is_poll
from crowdmake.rendering.rendered import rows_of
from crowdmake.reviewing.replacement import replace_rejected

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    rendered = files.read_records(Path(snakemake.input.rendered))
    spending = Spending(batch.endpoint, params.max_usd)
    client = Connection(params.market)
    extender = Extender(client, batch, params.experiment_id, spending, say)
    workers = orders.worker_ledger(batch.endpoint)
    required = params.properties["QualificationRequirements"]
    known = params.qualifications
    qualify = partial(exclusion.types_for, client, batch, required, known, workers, say)
    with batch.lock(say), explained(batch.endpoint):
        if is_poll(batch.name):
            rendered = poll_rows.once_each(rendered, batch.read())
        terms = Terms(params.experiment_id, params.properties, params.market["fees"], qualify())
        most = params.open_at_most
        created = launch(client, batch, rendered, terms, spending, say, most=most, fetched=qualify)
        extended = replace_rejected(extender) if params.replace_rejected else 0
        settings = params.combining
        asked = ask_more(extender, Settings.read(settings)) if settings else 0
        for again in snakemake.input.again:
            batch.remember_round("launch", Path(again).name)
    snapshot, rows = batch.read(), rows_of(rendered)
    say(f"{batch.name}: launched {counted(created, 'HIT')}, {len(snapshot.hits)} in all")
    if extended:
        say(f"{batch.name}: put up rejected assignments of {counted(extended, 'HIT')} again")
    if asked:
        say(f"{batch.name}: asked for more assignments of {counted(asked, 'unsure HIT')}")
    for line in [
        *earlier_pages(batch.name, snapshot, rendered, terms),
        *differences(batch.name, snapshot, rows),
        *exclusion.too_few(batch, required, terms.properties["MaxAssignments"]),
    ]:
        say(line)
    manifest = list(views.manifest(snapshot, rows))
    files.write_records(Path(snakemake.output.hits), manifest)
    files.write_lines(Path(snakemake.output.ids), (record["hit_id"] for record in manifest))
    for again in snakemake.input.again:
        finish_round(Path(again))
