"""Approve what a batch's policy allows, and list what stays undecided."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import finish_round, stage
from crowdmake.client import Connection, explained
from crowdmake.configuration.config import Review
from crowdmake.harvesting import views
from crowdmake.harvesting.progress import differences
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.rendering.rendered import present_rows
from crowdmake.reviewing import review

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    policy = Review(params.policy, params.answer_schema)
    round_token = Path(snakemake.input.again)
    with batch.lock(say), explained(batch.endpoint):
        taken, left = review.approve(Connection(params.market), batch, policy, say, **params.orders)
        batch.remember_round("approve", round_token.name)
    say(f"{batch.name}: approved {counted(taken, 'assignment')}")
    approvals, table = map(Path, snakemake.output)
    snapshot = batch.read()
    rows = present_rows(snakemake.input.rows, snapshot, say)
    for line in [
        *review.undecided_lines(batch.name, snapshot, left, str(table)),
        *differences(batch.name, snapshot, rows),
    ]:
        say(line)
    files.write_table(table, views.REVIEW_COLUMNS, views.review_table(snapshot, left, rows))
    files.write_records(approvals, views.decided(snapshot, "Approved"))
    finish_round(round_token)
