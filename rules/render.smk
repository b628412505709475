"""Rows become pages.

REQUIRED INPUTS: the batch's input file, the configured template (none with hit.url or hit.questions)
OUTPUTS:         results/rendered/{batch}.jsonl   key, row, input, title, description, question
                 results/preview/{batch}/         pages that open from a file
                 results/check/{batch}/           the same with screenshots, where a robot tries them
Spends nothing, calls nobody.
"""


rule render:
    """`results/rendered/{batch}.jsonl`: every row's page, checked"""
    input:
        expand("results/rendered/{batch}.jsonl", batch=plan.batches),
    message:
        "render"


rule preview:
    """`results/preview/{batch}/`: pages of the first rows and one without input, to try: `index.html`"""
    input:
        expand("results/preview/{batch}", batch=plan.batches),
    message:
        "preview"


rule render_batch:
    """`results/rendered/{batch}.jsonl`"""
    input:
        rows=lambda w: plan.rows_of(w.batch),
        template=lambda w: plan.pages.template(w.batch),
        included=lambda w: plan.pages.templates(),
    output:
        "results/rendered/{batch}.jsonl",
    log:
        "logs/render/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        html_fields=lambda w: plan.configuration.hit(w.batch).html_fields,
        url=lambda w: plan.configuration.hit(w.batch).url,
        asked=lambda w: plan.pages.asked(w.batch),
        shown=lambda w: plan.pages.shown(w.batch),
        polls=lambda w: plan.poll.pages(w.batch),
    message:
        "render {wildcards.batch}"
    script:
        "../scripts/render.py"


rule preview_batch:
    """`results/preview/{batch}/`"""
    input:
        rows=lambda w: plan.rows_of(w.batch),
        template=lambda w: plan.pages.template(w.batch),
        included=lambda w: plan.pages.templates(),
    output:
        directory("results/preview/{batch}"),
    log:
        "logs/preview/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        html_fields=lambda w: plan.configuration.hit(w.batch).html_fields,
        url=lambda w: plan.configuration.hit(w.batch).url,
        asked=lambda w: plan.pages.asked(w.batch),
        shown=lambda w: plan.pages.shown(w.batch),
        polls=lambda w: plan.poll.pages(w.batch),
    message:
        "preview {wildcards.batch}"
    script:
        "../scripts/preview.py"


rule check:
    """nothing, or `results/check/{batch}/` with a browser; fails where a page or its form would"""
    input:
        rows=[plan.rows_of(batch) for batch in plan.batches],
        included=plan.pages.templates(),
    log:
        "logs/check.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        subjects=plan.pages.checked(),
        hourly_usd=plan.pages.hourly_usd,
        crowd=plan.configuration.crowd,
    message:
        "check"
    script:
        "../scripts/check.py"
