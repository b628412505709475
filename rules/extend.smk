"""HITs that are up are given more assignments or more time, or are ended.

REQUIRED INPUTS: the ledgers; on the command line `--config assignments=N`, `hours=N` or
                 `expires=MOMENT`, and `hit=ID` to limit it to one HIT
OUTPUTS:         results/extensions/{batch}.jsonl   the receipts: key, hit_id, max_assignments,
                                                    expiration, time
SPENDS:          `extend` (reward + fee) of every assignment that is added, within
                 budget.max_usd and the account's balance, which are checked for all batches
                 before the first job; more time and `expire` nothing.
"""


rule extend:
    """`results/extensions/{batch}.jsonl`: the receipts, after HITs got more assignments or more time"""
    input:
        expand("results/extensions/{batch}.jsonl", batch=plan.worked),
        plan.tokens("extend"),
    message:
        "extend"


rule expire:
    """nothing; ends the offer of open HITs, what was accepted before may still be submitted"""
    input:
        [plan.fresh("expire", batch) for batch in plan.worked],
    message:
        "expire"


rule extend_batch:
    """`results/extensions/{batch}.jsonl`"""
    input:
        again=lambda w: plan.spending_token("extend", w.batch),
    output:
        "results/extensions/{batch}.jsonl",
    log:
        "logs/extend/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
        # In a resource, which is no trigger: the cost changes with every extension.
        cost=lambda w: costs.extension(plan.configuration, w.batch),
    params:
        market=plan.configuration.market,
        max_usd=plan.configuration.max_usd,
        experiment_id=plan.configuration.experiment_id,
        orders=plan.configuration.orders("extend"),
        hit=plan.configuration.hit_ids,
    message:
        "extend {wildcards.batch}: {resources.cost}"
    script:
        "../scripts/extend.py"


rule expire_batch:
    """`.snakemake/crowdmake/expire/{batch}/{run}`: the batch's HITs are not offered any more"""
    output:
        ".snakemake/crowdmake/expire/{batch}/{run}",
    log:
        "logs/expire/{batch}/{run}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        hit=plan.configuration.hit_ids,
    message:
        "expire {wildcards.batch}"
    script:
        "../scripts/expire.py"
