"""Render a batch: every row's page, checked."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.inputs.rows import scan_rows
from crowdmake.polling.forms import PollPage, check_headings
from crowdmake.rendering.rendered import page_of, render_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    path = Path(snakemake.input.rows)
    params = snakemake.params
    page = page_of(snakemake.input.template, params.html_fields, params.url, params.asked)
    rows = scan_rows(path)
    rendered = render_rows(path, rows, page, params.shown, say)
    if params.polls:
        check_headings(path, rows.rows, PollPage(**params.polls))
    files.write_records(Path(snakemake.output[0]), rendered)
