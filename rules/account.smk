"""The account and what things cost. Nothing is left, lines are printed.

REQUIRED INPUTS: `estimate` the input files; `balance` none, it asks the market
Spends nothing.
"""


rule estimate:
    """nothing; prints rewards, fees and total of what `launch` would put up, per batch"""
    input:
        expand("input/{batch}.jsonl", batch=plan.batches),
    log:
        "logs/estimate.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        batches=plan.batches,
        properties=plan.properties_of_all,
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
