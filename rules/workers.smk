"""Workers are kept from the account's HITs, let in again, written to and qualified, each once.

REQUIRED INPUTS: workers/block.txt, workers/unblock.txt: a worker id a line, behind it a reason
                 `notify`: messages/NAME.txt (or subject and text), and a file of worker ids or a
                 batch, as `--config` names them
                 `qualify`: the configuration's qualifications; qualifications/*.txt if there are any
OUTPUTS:         results/blocks.jsonl, results/unblocks.jsonl   the receipts: worker_id, reason,
                                                                time
                 results/notifications.jsonl   worker_id, message, subject, status (sent, failed,
                                               unknown), reason, time
                 results/qualifications.jsonl  qualification, qualification_type_id, worker_id,
                                               value (null where it was revoked), reason, time
Spends nothing.
"""


rule block:
    """`results/blocks.jsonl`: the receipts, after the workers of `workers/block.txt` are blocked"""
    input:
        "results/blocks.jsonl",
    message:
        "block"


rule unblock:
    """`results/unblocks.jsonl`: the receipts, after the workers of `workers/unblock.txt` are let in again"""
    input:
        "results/unblocks.jsonl",
    message:
        "unblock"


rule notify:
    """`results/notifications.jsonl`: the receipts, after a message is sent to the workers that `--config` names"""
    input:
        "results/notifications.jsonl",
    message:
        "notify"


rule notify_workers:
    """`results/notifications.jsonl`"""
    input:
        again=lambda w: plan.account.token("notify"),
    output:
        "results/notifications.jsonl",
    log:
        "logs/notify.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
        orders=lambda w: plan.account.left("notify"),
    params:
        market=plan.configuration.market,
        orders=plan.configuration.orders("notify"),
        batches=plan.account.written_to,
    message:
        "notify: {resources.orders}"
    script:
        "../scripts/notify.py"


rule qualify:
    """`results/qualifications.jsonl`: the receipts, after the own qualifications are made, granted and revoked"""
    input:
        "results/qualifications.jsonl",
    message:
        "qualify"


rule qualify_workers:
    """`results/qualifications.jsonl`"""
    input:
        again=lambda w: plan.account.token("qualify"),
    output:
        "results/qualifications.jsonl",
    log:
        "logs/qualify.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
        orders=lambda w: plan.account.left("qualify"),
    params:
        market=plan.configuration.market,
        qualifications=plan.configuration.qualifications,
    message:
        "qualify: {resources.orders}"
    script:
        "../scripts/qualify.py"


rule block_or_unblock:
    """`results/{order}s.jsonl`"""
    input:
        again=lambda w: plan.account.token(w.order),
    output:
        "results/{order}s.jsonl",
    log:
        "logs/{order}.log",
    wildcard_constraints:
        order="block|unblock",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    resources:
        market=1,
        orders=lambda w: plan.account.left(w.order),
    params:
        market=plan.configuration.market,
    message:
        "{wildcards.order}: {resources.orders}"
    script:
        "../scripts/block.py"
