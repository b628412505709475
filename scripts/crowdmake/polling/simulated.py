"""How the simulated crowd rates: each item near its right rating, by the worker's accuracy."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import Any

from jinja2 import TemplateError

from crowdmake.configuration.expressions import compiled
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.batches import Snapshot
from crowdmake.market.crowd import SimulatedWorker, Task
from crowdmake.messages import shown
from crowdmake.polling.ballots import RATINGS

_DEFAULT = "3"


def ballot_tasks(
    settings: Mapping[str, Any],
    snapshot: Snapshot,
    rows: Iterable[Row],
    workers: Sequence[SimulatedWorker],
    seed: int,
) -> list[Task]:
    """Return a task for every open poll of ``rows``, with the ballot of each of ``workers``.

    Raises:
        UserError: the expression in `market.crowd.rating` fails, or gives no rating.
    """
    tasks = []
    for row in rows:
        hit = snapshot.hits.get(row.key)
        if hit is None or hit.closed:
            continue
        right = {number: _rating(settings, item) for number, item in row.value["items"].items()}
        said = [row.value["input"], row.value["items"]]
        ballots = tuple(_ballot(right, worker, [seed, worker.name, said]) for worker in workers)
        tasks.append(Task(hit.hit_id, recorded=ballots))
    return tasks


def _ballot(right: Mapping[str, str], worker: SimulatedWorker, dice: list[Any]) -> dict[str, str]:
    """Return a worker's ratings, the same ones for the same ``dice``."""
    random = Random(sha256(json.dumps(dice).encode()).digest())  # noqa: S311 - a simulation
    return {
        number: rating if random.random() < worker.accuracy else random.choice(RATINGS)
        for number, rating in right.items()
    }


def _rating(settings: Mapping[str, Any], item: Mapping[str, str]) -> str:
    source = settings.get("rating", _DEFAULT)
    where = f"config/config.yaml: market.crowd.rating: found {shown(source)}"
    try:
        value = str(compiled(source)({**item, "input": item}))
    except (TemplateError, TypeError, ValueError, ArithmeticError) as problem:
        raise UserError(f"{where}: {problem}; expected an expression over an answer") from None
    if value not in RATINGS:
        raise UserError(f"{where}, which gives {shown(value)}; expected a rating from 1 to 5")
    return value
