"""One round of everything, as configured; and finished results as events.

REQUIRED INPUTS: the input files, or with `trigger_on: schedule` none; the ledgers
OUTPUTS:         results/scheduled.jsonl        with `trigger_on: schedule` the rows, one a period
                 results/events/{batch}.jsonl   event_id, kind, time, and the combined result
SPENDS:          `tick` what `launch`, the polls and `approve` spend; `emit` nothing.
`emit` posts each event to `emit.webhook` until it is taken. A `tick` that finds another run at
work ends with one line and exit code 0.
"""


rule tick:
    """what is due: launches, harvests, approves by policy, polls, combines, emits; deletes with `tick.delete`"""
    input:
        lambda w: plan.round(),
    message:
        "tick"


rule emit:
    """`results/events/{batch}.jsonl`: each finished result once, also to `emit.webhook`"""
    input:
        lambda w: plan.tick.emitted(plan),
    message:
        "emit"


rule schedule_rows:
    """`results/scheduled.jsonl`"""
    input:
        again=lambda w: plan.scheduled_token(),
    output:
        "results/scheduled.jsonl",
    log:
        "logs/schedule.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
        period=plan.tick.triggers.period,
    message:
        "schedule"
    script:
        "../scripts/schedule.py"


rule emit_batch:
    """`results/events/{batch}.jsonl`"""
    input:
        combined="results/combined/{batch}.jsonl",
        again=lambda w: plan.token("emit", w.batch),
    output:
        "results/events/{batch}.jsonl",
    log:
        "logs/emit/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        endpoint=plan.configuration.endpoint,
        experiment_id=plan.configuration.experiment_id,
        webhook=plan.tick.triggers.webhook,
    message:
        "emit {wildcards.batch}"
    script:
        "../scripts/emit.py"
