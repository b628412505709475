"""The answers to each HIT become one.

REQUIRED INPUTS: the ledgers; `combine.gold` where there is one
OUTPUTS:         results/combined/{batch}.jsonl   a line per HIT at which no more can arrive: batch,
                                                  key, row, input, hit_id, status (complete or
                                                  partial), assignment_ids, worker_ids, answers;
                                                  counts, majority_answer, average_answer, label,
                                                  confidence, ties, unknown, missing, or what its
                                                  poll came to; rejected, unreadable
                 results/combined/{batch}.summary.json   agreement, skills, gold questions, savings
Spends nothing, and asks the market only what `results` asks it.
"""


rule combine:
    """`results/combined/{batch}.jsonl` and `.summary.json`: the answers to each HIT as one, with agreement and skills"""
    input:
        plan.combined(),
    message:
        "combine"


rule combine_batch:
    """`results/combined/{batch}.jsonl`, `results/combined/{batch}.summary.json`"""
    input:
        token=lambda w: plan.token("poll", w.batch),
        polls=lambda w: plan.poll_token(w.batch),
        rows=lambda w: plan.input_of(w.batch),
        decided=lambda w: plan.decided_mark(w.batch),
        gold=lambda w: plan.combine.gold(w.batch),
    output:
        combined="results/combined/{batch}.jsonl",
        summary="results/combined/{batch}.summary.json",
    log:
        "logs/combine/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
        max_usd=plan.configuration.max_usd,
        settings=lambda w: plan.combine.settings(w.batch),
        # What waits no longer, since the budget is used up, is combined as it is.
        waiting=lambda w: plan.combine.waiting(w.batch),
        cost_of_most=lambda w: plan.combine.cost_of_most(w.batch),
    message:
        "combine {wildcards.batch}"
    script:
        "../scripts/combine.py"
