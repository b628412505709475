"""Render a batch: every row's page, checked."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.inputs.rows import scan_rows
from crowdmake.rendering.rendered import page_of, render_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    path = Path(snakemake.input.rows)
    params = snakemake.params
    page = page_of(snakemake.input.template, params.html_fields, params.url)
    rendered = render_rows(path, scan_rows(path), page, params.shown, say)
    files.write_records(Path(snakemake.output[0]), rendered)
