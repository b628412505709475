"""Print how far each batch is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.harvesting.pace import pace_lines
from crowdmake.harvesting.progress import nothing_launched, progress_line

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    files = [Path(path) for path in snakemake.input if path.endswith(".json")]
    for path in files:
        numbers = json.loads(path.read_text(encoding="utf-8"))
        for line in (progress_line(numbers), *pace_lines(numbers)):
            say(line)
    if not files:
        say(nothing_launched(snakemake.params.endpoint))
