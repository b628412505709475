# Crowdmake: human-computation experiments as a pipeline whose stages are files.
#
# config/config.yaml   what the experiment is      input/{batch}.jsonl     its rows
# hit_templates/       its pages                   decisions/{batch}.csv   what you decided
# workers/, messages/, qualifications/             whom to block, write to and qualify
# results/             stage files, rebuilt from the ledgers at any time
# state/               the ledgers: the truth about HITs, answers and money; never delete it
from snakemake.utils import min_version

min_version("9.18")


report: "rules/report/workflow.rst"


include: "rules/common.smk"
include: "rules/render.smk"
include: "rules/launch.smk"
include: "rules/extend.smk"
include: "rules/results.smk"
include: "rules/combine.smk"
include: "rules/review.smk"
include: "rules/polls.smk"
include: "rules/bonus.smk"
include: "rules/delete.smk"
include: "rules/tick.smk"
include: "rules/account.smk"
include: "rules/workers.smk"


rule all:
    """the merged results; with a simulated crowd the whole way from the input"""
    default_target: True
    input:
        rules.results.input,
    message:
        "all"
