"""Approve what a batch's policy allows, and list what stays undecided."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files, review, views
from crowdmake.adapter import stage
from crowdmake.batches import Batch
from crowdmake.client import Connection, explained
from crowdmake.config import Review
from crowdmake.decisions import path_of, read_decisions
from crowdmake.rendered import present_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.market["endpoint"])
    with batch.lock(say), explained(batch.endpoint):
        snapshot = batch.read()
        listed = read_decisions(path_of(batch.name), snapshot.assignments())
        choice = review.approvals(snapshot, Review(params.policy, params.answer_schema), listed)
        taken = review.decide(Connection(params.market), batch, choice.decide, say)
        snapshot = batch.read()
        if snapshot.decided():
            batch.remember_round("approve", Path(snakemake.input.again).name)
    say(f"{batch.name}: approved {taken} assignments")
    approvals, table = map(Path, snakemake.output)
    for line in review.undecided_lines(snapshot, choice.left, str(table)):
        say(f"{batch.name}: {line}")
    rows = present_rows(snakemake.input.rows, snapshot, say)
    left = views.review_table(snapshot, choice.left, rows)
    files.write_table(table, views.REVIEW_COLUMNS, left)
    files.write_records(approvals, views.decided(snapshot, "Approved"))
