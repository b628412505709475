"""Write the pages of a batch's first rows, and one without input, to look at and try."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.inputs.rows import read_rows
from crowdmake.polling.forms import preview_of_poll
from crowdmake.rendering.external import ExternalPage
from crowdmake.rendering.previews import write_previews
from crowdmake.rendering.rendered import page_of, write_frames

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    path = Path(snakemake.input.rows)
    rows = read_rows(path).rows
    folder, params = Path(snakemake.output[0]), snakemake.params
    page = page_of(snakemake.input.template, params.html_fields, params.url, params.asked)
    if isinstance(page, ExternalPage):
        pages = write_frames(folder, path, rows, page)
    else:
        polls = partial(preview_of_poll, params.polls) if params.polls else None
        pages = write_previews(folder, path, rows, page, params.shown, polls)
    for written in pages:
        say(f"preview: {written}")
