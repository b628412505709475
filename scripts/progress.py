"""Print how far each batch is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake.adapter import stage
from crowdmake.harvesting import views

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    files = [Path(path) for path in snakemake.input if path.endswith(".json")]
    for path in files:
        say(views.progress_line(json.loads(path.read_text(encoding="utf-8"))))
    if not files:
        say(views.nothing_launched(snakemake.params.endpoint))
