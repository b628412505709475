"""Pages become HITs. The only rules that put up work.

REQUIRED INPUTS: results/rendered/{batch}.jsonl
OUTPUTS:         results/hits/{batch}.jsonl   the HIT-ID manifest: key, row, hit_id, hit_type_id,
                                              hit_group_id, max_assignments, reward,
                                              creation_time, expiration
SPENDS:          (reward + fee) x assignments of every row that has no HIT, once,
                 within budget.max_usd and the account's balance.
"""


rule launch:
    """`results/hits/{batch}.jsonl`: the HIT-ID manifest, after every new row has its HIT"""
    input:
        expand("results/hits/{batch}.jsonl", batch=plan.batches),


# What a launch costs is checked for all its batches together, before the first call.
rule check_funds:
    """nothing to keep; stops a launch that the budget or the account does not hold"""
    input:
        expand("results/rendered/{batch}.jsonl", batch=plan.batches),
    output:
        touch(".snakemake/crowdmake/funds"),
    log:
        "logs/check_funds.log",
    localrule: True
    resources:
        market=1,
    params:
        batches=plan.batches,
        market=plan.configuration.market,
        max_usd=plan.configuration.max_usd,
        experiment_id=plan.configuration.experiment_id,
        properties=plan.properties_of_all,
    message:
        "check funds"
    script:
        "../scripts/check_funds.py"


rule launch_batch:
    """`results/hits/{batch}.jsonl`"""
    input:
        rendered="results/rendered/{batch}.jsonl",
        # Money that is still there is no reason to launch again.
        funds=ancient(".snakemake/crowdmake/funds"),
    output:
        "results/hits/{batch}.jsonl",
    log:
        "logs/launch/{batch}.log",
    localrule: True
    resources:
        market=1,
        # In a resource, which is no trigger: the cost changes with every launch.
        cost=lambda w: plan.cost(w.batch),
    params:
        market=plan.configuration.market,
        max_usd=plan.configuration.max_usd,
        experiment_id=plan.configuration.experiment_id,
        properties=lambda w: plan.properties(w.batch),
    message:
        "launch {wildcards.batch}: {resources.cost}"
    script:
        "../scripts/launch.py"


rule work:
    """`.snakemake/crowdmake/work/{batch}`: the simulated crowd has done its work"""
    input:
        hits="results/hits/{batch}.jsonl",
        rendered="results/rendered/{batch}.jsonl",
        answers=lambda w: plan.recorded_answers(),
    output:
        touch(".snakemake/crowdmake/work/{batch}"),
    log:
        "logs/work/{batch}.log",
    localrule: True
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        crowd=plan.configuration.crowd,
    message:
        "simulated crowd works on {wildcards.batch}"
    script:
        "../scripts/work.py"
