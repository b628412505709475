"""What people answered, fetched until nothing is outstanding.

REQUIRED INPUTS: the ledgers of launched batches; with a simulated crowd its work
OUTPUTS:         results/assignments/{batch}.jsonl   batch, key, row, input, hit_id, assignment_id,
                                                     worker_id, status, accept_time, submit_time,
                                                     seconds, answers, output
                 results/progress/{batch}.json       the batch's numbers
                 results/results.jsonl, .csv         all batches together
Spends nothing. `poll_batch` asks the market; the rest is offline.
"""


rule results:
    """`results/results.jsonl` and `.csv`: what was answered so far; asks again until complete"""
    input:
        "results/results.jsonl",
        "results/results.csv",
        plan.tokens("poll"),
    message:
        "results"


# Its token has another name in every run until the batch is complete, so that it runs again
# under any rerun trigger and without Snakemake's memory; a poll that fails harms no view.
rule poll_batch:
    """`.snakemake/crowdmake/poll/{batch}/{run}`: the answers are in the ledger"""
    input:
        lambda w: plan.work_of(w.batch),
    output:
        ".snakemake/crowdmake/poll/{batch}/{run}",
    log:
        "logs/poll/{batch}/{run}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        once=plan.configuration.qualifications.get(ONCE),
    message:
        "poll {wildcards.batch}"
    script:
        "../scripts/poll.py"


rule collect_batch:
    """`results/assignments/{batch}.jsonl`, `results/progress/{batch}.json`"""
    input:
        token=lambda w: plan.token("poll", w.batch),
        rows=lambda w: plan.input_of(w.batch),
        decided=lambda w: plan.decided_mark(w.batch),
    output:
        assignments="results/assignments/{batch}.jsonl",
        progress="results/progress/{batch}.json",
    log:
        "logs/collect/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
        drips=lambda w: plan.drips(w.batch),
        asking=lambda w: plan.combine.asking(w.batch),
        statuses=plan.configuration.statuses,
    message:
        "collect {wildcards.batch}"
    script:
        "../scripts/collect.py"


rule merge:
    """`results/results.jsonl`, `results/results.csv`"""
    input:
        expand("results/assignments/{batch}.jsonl", batch=plan.worked),
    output:
        lines="results/results.jsonl",
        table=report(
            "results/results.csv",
            caption="report/results.rst",
            category="Results",
        ),
    log:
        "logs/merge.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
        once=plan.configuration.once,
    message:
        "merge results"
    script:
        "../scripts/merge.py"


rule progress:
    """nothing; prints how far each batch is, how fast, when it will be complete, what is stale or expired"""
    input:
        expand("results/progress/{batch}.json", batch=plan.worked),
        plan.tokens("poll"),
    log:
        "logs/progress.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
    message:
        "progress"
    script:
        "../scripts/progress.py"
