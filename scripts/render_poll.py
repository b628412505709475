"""Render the polls of a batch: every row's questions."""

from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import stage
from crowdmake.polling.forms import PollPage, render_polls

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    page = PollPage(**snakemake.params.polls)
    rendered = render_polls(Path(snakemake.input.rows), page, say)
    files.write_records(Path(snakemake.output[0]), rendered)
