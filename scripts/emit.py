"""Emit a batch's finished results as events, and post what the webhook has not taken."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from crowdmake import files
from crowdmake.adapter import finish_round, stage
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted
from crowdmake.ticking import delivery, emission
from crowdmake.ticking.webhook import read_secret

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with stage(snakemake) as say:
    params = snakemake.params
    batch = Batch(snakemake.wildcards.batch, params.endpoint)
    combined = files.read_records(Path(snakemake.input.combined))
    webhook, token = params.webhook, Path(snakemake.input.again)
    with batch.lock(say):
        finished = emission.finished(batch, combined)
        number = emission.emit(batch, finished, params.experiment_id, webhook=bool(webhook))
        say(f"{batch.name}: emitted {counted(number, 'event')}")
        if webhook:
            key = read_secret(webhook.get("secret_file"), os.environ)
            taken = delivery.deliver(batch, webhook["url"], key, say)
            say(f"{batch.name}: the webhook took {counted(taken, 'event')}")
        batch.remember_round("emit", token.name)
        files.write_records(Path(snakemake.output[0]), emission.events(batch))
    finish_round(token)
