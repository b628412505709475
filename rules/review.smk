"""Work is decided: approved by policy, rejected by name, each assignment once.

REQUIRED INPUTS: the answers in the ledgers; decisions/{batch}.csv and .txt where there are
OUTPUTS:         results/approvals/{batch}.jsonl, results/rejections/{batch}.jsonl
                     assignment_id, hit_id, worker_id, decision, feedback, reward, fee, time;
                     of rejections also override_until
                 results/review/{batch}.csv   what stays undecided, and why
SPENDS:          `approve` pays reward + fee of every assignment it approves; `reject` nothing.
`reject` refuses more than a tenth of a batch, or one reason for all, unless `--config confirm=N`
says how many; `--config reason='…'` is for a plain list, with `undecided=true` for all that is
undecided. `approve --config override=true` approves what was rejected and is now to be approved.
"""


rule approve:
    """`results/approvals/{batch}.jsonl`: the receipts, after what the policy allows is approved"""
    input:
        expand("results/approvals/{batch}.jsonl", batch=plan.worked),
        plan.tokens("poll"),
        plan.tokens("approve"),
    message:
        "approve"


rule reject:
    """`results/rejections/{batch}.jsonl`: the receipts, after what `decisions/{batch}.csv` or `.txt` names is rejected"""
    input:
        expand("results/rejections/{batch}.jsonl", batch=plan.worked),
        plan.tokens("poll"),
    message:
        "reject"


rule approve_batch:
    """`results/approvals/{batch}.jsonl`, `results/review/{batch}.csv`"""
    input:
        poll=lambda w: plan.token("poll", w.batch),
        again=lambda w: plan.token("approve", w.batch),
        rows=lambda w: plan.input_of(w.batch),
        decisions=lambda w: plan.decisions_of(w.batch),
    output:
        approvals="results/approvals/{batch}.jsonl",
        review="results/review/{batch}.csv",
    log:
        "logs/approve/{batch}.log",
    # In a round before `delete`, which takes only what is decided.
    priority: 1
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        policy=lambda w: plan.configuration.review(w.batch).approve,
        answer_schema=lambda w: plan.configuration.review(w.batch).answer_schema,
        orders=plan.configuration.orders("approve"),
    message:
        "approve {wildcards.batch}"
    script:
        "../scripts/approve.py"


rule reject_batch:
    """`results/rejections/{batch}.jsonl`"""
    input:
        poll=lambda w: plan.token("poll", w.batch),
        again=lambda w: plan.ordered("reject", w.batch),
        decisions=lambda w: plan.decisions_of(w.batch),
    output:
        "results/rejections/{batch}.jsonl",
    log:
        "logs/reject/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        orders=plan.configuration.orders("reject"),
    message:
        "reject {wildcards.batch}"
    script:
        "../scripts/reject.py"


# A new token, as long as something is left to do, makes its stage run again.
rule again:
    """`.snakemake/crowdmake/{stage}/{batch}/{run}`: the stage has to look again"""
    output:
        touch(".snakemake/crowdmake/{stage}/{batch}/{run}"),
    localrule: True
    message:
        "look again: {wildcards.stage} {wildcards.batch}"
