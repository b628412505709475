"""Rows become pages.

REQUIRED INPUTS: input/{batch}.jsonl, the configured template
OUTPUTS:         results/rendered/{batch}.jsonl   key, row, input, title, description, question
                 results/preview/{batch}/         pages that open from a file
Spends nothing, calls nobody.
"""


rule render:
    """`results/rendered/{batch}.jsonl`: every row's page, checked"""
    input:
        expand("results/rendered/{batch}.jsonl", batch=plan.batches),
    message:
        "render"


rule preview:
    """`results/preview/{batch}/`: the pages of the first rows and one without input, as HTML"""
    input:
        expand("results/preview/{batch}", batch=plan.batches),
    message:
        "preview"


rule render_batch:
    """`results/rendered/{batch}.jsonl`"""
    input:
        rows="input/{batch}.jsonl",
        template=lambda w: plan.configuration.hit(w.batch).template,
        included=lambda w: plan.templates(),
    output:
        "results/rendered/{batch}.jsonl",
    log:
        "logs/render/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        html_fields=lambda w: plan.configuration.hit(w.batch).html_fields,
        shown=lambda w: plan.shown(w.batch),
    message:
        "render {wildcards.batch}"
    script:
        "../scripts/render.py"


rule preview_batch:
    """`results/preview/{batch}/`"""
    input:
        rows="input/{batch}.jsonl",
        template=lambda w: plan.configuration.hit(w.batch).template,
        included=lambda w: plan.templates(),
    output:
        directory("results/preview/{batch}"),
    log:
        "logs/preview/{batch}.log",
    localrule: True
    conda:
        "envs/crowdmake.yaml"
    params:
        html_fields=lambda w: plan.configuration.hit(w.batch).html_fields,
    message:
        "preview {wildcards.batch}"
    script:
        "../scripts/preview.py"
