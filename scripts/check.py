"""Check every batch's pages and pay, and rehearse them in a browser where there is one."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import crowd
from crowdmake.adapter import stage
from crowdmake.checking.check import Report, Subject, check_batch
from crowdmake.checking.rehearsal import rehearse
from crowdmake.messages import counted

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    least = snakemake.params.hourly_usd
    report, shown = Report(), []
    for given in snakemake.params.subjects:
        subject = Subject(**{**given, "path": Path(given["path"])})
        rows = check_batch(subject, None if least is None else Decimal(least), report)
        shown.append((subject, rows))
        report.errors += crowd.problems(snakemake.params.crowd or {}, rows)
    rehearse(Path("results/check"), shown, report)
    report.end(say)
    say(f"checked {counted(sum(len(rows) for _, rows in shown), 'row')}: no errors")
