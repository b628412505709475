"""The account and what things cost.

REQUIRED INPUTS: `estimate` the input files; `balance` and `hits` none, they ask the market
OUTPUTS:         results/account/hits.jsonl   every HIT of the account with its assignments;
                                              `experiment`, `ours`, `batch`, `key` say whose it is
Spends nothing. `estimate` and `balance` leave nothing, they print lines.
"""


rule hits:
    """`results/account/hits.jsonl`: every HIT of the account with its answers, and whose it is"""
    input:
        "results/account/hits.jsonl",
    message:
        "hits"


rule list_hits:
    """`results/account/hits.jsonl`"""
    input:
        again=plan.account.new_token("hits"),
    output:
        "results/account/hits.jsonl",
    log:
        "logs/hits.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        experiment_id=plan.configuration.experiment_id,
    message:
        "list the account's HITs"
    script:
        "../scripts/hits.py"


rule estimate:
    """nothing; prints rewards, fees and total of what `launch` would put up, and of polls, per batch"""
    input:
        [plan.rows_of(batch) for batch in plan.batches],
    log:
        "logs/estimate.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        batches=plan.batches,
        properties=plan.properties_of_all,
        more=lambda w: plan.combine.more(plan.batches),
        market=plan.configuration.market,
    message:
        "estimate"
    script:
        "../scripts/estimate.py"


rule balance:
    """nothing; prints what the account has left and what the experiment may still spend"""
    log:
        "logs/balance.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        market=plan.configuration.market,
        max_usd=plan.configuration.max_usd,
    message:
        "balance"
    script:
        "../scripts/balance.py"
