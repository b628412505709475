"""Workers are paid more than the reward, each assignment and purpose once.

REQUIRED INPUTS: decisions/{batch}.csv with the columns bonus and bonus_reason; the ledgers,
                 in which the assignments are approved
OUTPUTS:         results/bonuses/{batch}.jsonl   the receipts: assignment_id, worker_id, amount,
                                                 fee, reason, purpose, time
SPENDS:          bonus + fee of every line that is not paid yet, within budget.max_usd and the
                 account's balance, which are checked for all batches before the first job.
A payment that was cut off and that the market does not show is not made again; `--config
gone=true` takes it as made.
"""


rule bonus:
    """`results/bonuses/{batch}.jsonl`: the receipts, after each bonus in `decisions/{batch}.csv` is paid, once"""
    input:
        expand("results/bonuses/{batch}.jsonl", batch=plan.worked),
        plan.tokens("bonus"),
    message:
        "bonus"


rule bonus_batch:
    """`results/bonuses/{batch}.jsonl`"""
    input:
        again=lambda w: plan.spending_token("bonus", w.batch),
        decisions=lambda w: plan.decisions_of(w.batch),
    output:
        "results/bonuses/{batch}.jsonl",
    log:
        "logs/bonus/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
        # In a resource, which is no trigger: the cost changes with every payment.
        cost=lambda w: costs.bonuses(plan.configuration, w.batch),
    params:
        market=plan.configuration.market,
        max_usd=plan.configuration.max_usd,
        experiment_id=plan.configuration.experiment_id,
        gone=plan.configuration.gone,
    message:
        "bonus {wildcards.batch}: {resources.cost}"
    script:
        "../scripts/bonus.py"
