"""Polls: other workers rate a HIT's answers from 5 to 1. For `combination_mode: poll`.

REQUIRED INPUTS: the ledgers of the batch whose answers are rated
OUTPUTS:         results/polls/{batch}.jsonl            a row for each of its HITs that is over and
                                                        has two answers or more: hit_id, input,
                                                        items, assignment_ids, authors
                 results/rendered/{batch}.poll.jsonl    the polls' questions
The polls are a batch of their own, {batch}.poll, which other stages treat like any other:
results/hits/{batch}.poll.jsonl and so on.
SPENDS:          (reward + fee) x assignments of `poll_options` for every such HIT that has no poll,
                 once, within budget.max_usd and the account's balance.
"""


ruleorder: render_poll > render_batch


rule poll:
    """`results/hits/{batch}.poll.jsonl`: answers fetched, and a poll put up for every HIT that is ready for one"""
    input:
        plan.polls(),
    message:
        "poll"


rule poll_rows:
    """`results/polls/{batch}.jsonl`"""
    input:
        token=lambda w: plan.token("poll", w.batch),
        decided=lambda w: plan.decided_mark(w.batch),
    output:
        "results/polls/{batch}.jsonl",
    log:
        "logs/poll_rows/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
    message:
        "rows of the polls of {wildcards.batch}"
    script:
        "../scripts/poll_rows.py"


rule render_poll:
    """`results/rendered/{batch}.poll.jsonl`"""
    input:
        rows="results/polls/{batch}.jsonl",
    output:
        "results/rendered/{batch}.poll.jsonl",
    log:
        "logs/render/{batch}.poll.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        polls=lambda w: plan.poll.pages(w.batch),
    message:
        "render polls of {wildcards.batch}"
    script:
        "../scripts/render_poll.py"
