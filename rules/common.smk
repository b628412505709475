"""What every rule shares: the checked configuration, patterns, the run's lock.

Nothing here calls a market or writes a file while Snakemake plans.
"""

import os
import sys
import time
from pathlib import Path

# The library beside these rules comes before an installed one, here and (below) in the jobs.
SCRIPTS = str(Path(workflow.current_basedir).parent / "scripts")
sys.path.insert(0, SCRIPTS)

from crowdmake import locks
from crowdmake.harvesting import waiting
from crowdmake.adapter import ending, pass_on_library
from crowdmake.ledgers.batches import STATE
from crowdmake.configuration.config import read_config
from crowdmake.inputs.paths import BATCH
from crowdmake.planning import costs
from crowdmake.planning.plan import Plan
from crowdmake.configuration.qualifications import ONCE

pass_on_library(SCRIPTS)

# Snakemake's own message for a configuration file that it cannot read names no line.
with ending():
    read_config()


configfile: "config/config.yaml"


# Jobs that parse the workflow again must see the number of the run they belong to.
RUN = os.environ.setdefault("CROWDMAKE_RUN", str(time.time_ns()))

with ending():
    plan = Plan(config, RUN)


wildcard_constraints:
    batch=BATCH,
    run=r"\d+",
    stage="launch|approve|reject|extend|bonus|delete|emit|schedule|block|unblock|notify|qualify|hits",


run_lock = locks.Lock(STATE / "run.lock")


onstart:
    with ending():
        locks.hold_for_run(
            run_lock, patient=waiting.goes_on(), yields=plan.tick.asked
        )
        # Of a round only the job that would pass the budget fails: answers are fetched all the same.
        if not plan.tick.asked:
            plan.check_funds()


onsuccess:
    run_lock.release()
    waiting.poll_again(
        plan.worked, plan.configuration.endpoint, plan.configuration.wait
    )


onerror:
    run_lock.release()
