"""Pages become HITs. The only rules that put up work.

REQUIRED INPUTS: results/rendered/{batch}.jsonl
OUTPUTS:         results/hits/{batch}.jsonl   the HIT-ID manifest: key, row, hit_id, hit_type_id,
                                              hit_group_id, max_assignments, reward,
                                              creation_time, expiration
                 results/hit_ids/{batch}.txt  the manifest's HIT ids, one a line
SPENDS:          (reward + fee) x assignments of every row that has no HIT, once; with
                 hit.open_at_most of as many as may be open; with review.replace_rejected also
                 reward + fee of one more assignment for each that was rejected; with
                 combine.until those of assignments that unsure answers need;
                 within budget.max_usd and the account's balance; what all batches of a run
                 cost together is checked before its first job (onstart, in common.smk).
"""


rule launch:
    """`results/hits/{batch}.jsonl`: the HIT-ID manifest, after every new row has its HIT"""
    input:
        expand("results/hits/{batch}.jsonl", batch=plan.batches),
        expand("results/hit_ids/{batch}.txt", batch=plan.batches),
    message:
        "launch"


rule launch_batch:
    """`results/hits/{batch}.jsonl`, `results/hit_ids/{batch}.txt`"""
    input:
        rendered=lambda w: plan.to_launch(w.batch),
        again=lambda w: plan.launch_again(w.batch),
    output:
        hits="results/hits/{batch}.jsonl",
        ids="results/hit_ids/{batch}.txt",
    log:
        "logs/launch/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
        # In a resource, which is no trigger: the cost changes with every launch.
        cost=lambda w: plan.cost(w.batch),
    params:
        market=plan.configuration.market,
        max_usd=plan.configuration.max_usd,
        experiment_id=plan.configuration.experiment_id,
        properties=lambda w: plan.properties(w.batch),
        qualifications=lambda w: plan.qualifications(w.batch),
        open_at_most=lambda w: plan.configuration.open_at_most(w.batch),
        replace_rejected=lambda w: plan.configuration.replaces_rejected(w.batch),
        combining=lambda w: plan.combine.adapting(w.batch),
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
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        crowd=plan.configuration.crowd,
    message:
        "simulated crowd works on {wildcards.batch}"
    script:
        "../scripts/work.py"
