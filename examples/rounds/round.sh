#!/bin/sh
# One round of the experiment in the directory that is named: `round.sh ~/my-experiment`.
# Called by cron, systemd or CI; two at once do no harm, the second ends at once.
set -eu
cd "$1"
# Where Crowdmake is installed; systemd and cron know no activated environment.
PATH="${CROWDMAKE_ENV:-$HOME/crowdmake-env}/bin:$PATH"
exec snakemake tick
