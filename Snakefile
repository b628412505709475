# Crowdmake: human-computation experiments as a pipeline whose stages are files.
#
# config/config.yaml   what the experiment is      input/{batch}.jsonl     its rows
# hit_templates/       its pages                   decisions/{batch}.csv   what you decided
# results/             stage files, rebuilt from the ledgers at any time
# state/               the ledgers: the truth about HITs, answers and money; never delete it
from snakemake.utils import min_version

min_version("9.18")


report: "rules/report/workflow.rst"


include: "rules/common.smk"
include: "rules/render.smk"
include: "rules/launch.smk"
include: "rules/results.smk"
include: "rules/review.smk"
include: "rules/delete.smk"
include: "rules/account.smk"


rule all:
    """the merged results; with a simulated crowd the whole way from the input"""
    default_target: True
    input:
        rules.results.input,
    message:
        "all"
