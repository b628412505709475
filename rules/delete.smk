"""HITs are deleted, each only once all its assignments are saved and decided.

REQUIRED INPUTS: the ledgers
OUTPUTS:         results/deletions/{batch}.jsonl   the deletion receipts: key, hit_id, assignments,
                                                   assignments_sha256, time
                 results/account/deletions.jsonl   the same without key, of HITs of no experiment
Spends nothing. `--config expire=true` ends open HITs first, `hit=ID` limits it to one HIT,
`gone=true` gives up HITs that the market does not know. `all=account confirm=NUMBER` deletes HITs
of no experiment, and nothing else.
"""


rule delete:
    """`results/deletions/{batch}.jsonl`: the deletion receipts, after what is saved and decided is deleted"""
    input:
        plan.deletions(),
    message:
        "delete"


rule delete_batch:
    """`results/deletions/{batch}.jsonl`"""
    input:
        poll=lambda w: plan.token("poll", w.batch),
        again=lambda w: plan.token("delete", w.batch),
        rows=lambda w: plan.input_of(w.batch),
    output:
        "results/deletions/{batch}.jsonl",
    log:
        "logs/delete/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        expire=plan.configuration.expire,
        gone=plan.configuration.gone,
        hit=plan.configuration.hit_ids,
    message:
        "delete {wildcards.batch}"
    script:
        "../scripts/delete.py"


rule delete_account:
    """`results/account/deletions.jsonl`"""
    input:
        "results/account/hits.jsonl",
    output:
        "results/account/deletions.jsonl",
    log:
        "logs/delete_account.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
    params:
        market=plan.configuration.market,
        confirmed=plan.configuration.confirmed,
        expire=plan.configuration.expire,
        hit=plan.configuration.hit_ids,
    message:
        "delete HITs of no experiment"
    script:
        "../scripts/delete_account.py"
