"""Write the pages of a batch's first rows, and one without input, to look at and try."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.inputs.rows import read_rows
from crowdmake.rendering.previews import write_previews
from crowdmake.rendering.rendered import renderer, write_frames

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    path = Path(snakemake.input.rows)
    rows = read_rows(path).rows
    folder, params = Path(snakemake.output[0]), snakemake.params
    if params.url:
        pages = write_frames(folder, path, rows, params.url)
    else:
        page = renderer(Path(snakemake.input.template), params.html_fields)
        pages = write_previews(folder, path, rows, page, params.shown)
    for written in pages:
        say(f"preview: {written}")
