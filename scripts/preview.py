"""Write the pages of a batch's first rows, and one without input, to look at."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.inputs.rows import read_rows
from crowdmake.rendering.rendered import write_previews

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    path = Path(snakemake.input.rows)
    rows = read_rows(path).rows
    template = Path(snakemake.input.template)
    folder = Path(snakemake.output[0])
    for page in write_previews(folder, path, rows, template, snakemake.params.html_fields):
        say(f"preview: {page}")
