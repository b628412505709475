"""The simulated crowd's tasks: which answers its workers give to which HIT."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, Undefined

from crowdmake.configuration.expressions import compiled
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, content_key
from crowdmake.ledgers.batches import Snapshot
from crowdmake.market.crowd import SimulatedWorker, Task
from crowdmake.messages import shown

DEFAULT_SEED = 1
# Accuracy and seconds per assignment of the default crowd, from careful to hasty.
_DEFAULT = ((0.97, 45.0), (0.92, 30.0), (0.88, 25.0), (0.8, 15.0), (0.65, 8.0))


def workers(settings: Mapping[str, Any], tasks: Sequence[Task]) -> list[SimulatedWorker]:
    """Return the configured workers, or a default crowd large enough for what was recorded."""
    given = [(each["accuracy"], each["seconds"]) for each in settings.get("workers", [])]
    most = max((len(task.recorded) for task in tasks), default=0)
    pairs = given or [_DEFAULT[n % len(_DEFAULT)] for n in range(max(most, len(_DEFAULT)))]
    return [
        SimulatedWorker(f"worker-{number}", accuracy, seconds)
        for number, (accuracy, seconds) in enumerate(pairs, start=1)
    ]


def tasks(settings: Mapping[str, Any], snapshot: Snapshot, rows: Sequence[Row]) -> list[Task]:
    """Return a task for every HIT that is open and whose row is in the input.

    Raises:
        UserError: the answers' file or expressions have faults; one line each.
    """
    chosen = [row for row in rows if row.key in snapshot.hits and not snapshot.hits[row.key].closed]
    if "answers" in settings:
        recorded = _recorded(Path(settings["answers"]))
        return [
            Task(snapshot.hits[row.key].hit_id, recorded=recorded.get(content_key(row.value), ()))
            for row in chosen
        ]
    answers = _computed(settings["answer"], chosen)
    return [Task(snapshot.hits[row.key].hit_id, correct=answers[row.key]) for row in chosen]


def problems(settings: Mapping[str, Any], rows: Sequence[Row]) -> list[str]:
    """Return why a crowd of these settings, if there is one, could not answer ``rows``."""
    try:
        if "answers" in settings:
            _recorded(Path(settings["answers"]))
        _computed(settings.get("answer", {}), rows)
    except UserError as error:
        return list(error.lines)
    return []


def _recorded(path: Path) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return what people answered, by the key that equal inputs share."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: market.crowd.answers cannot be read ({problem})") from None
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    errors: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            answers = tuple(
                {k: _text(v) for k, v in answer.items()} for answer in record["answers"]
            )
            found[content_key(record["input"])] = answers
        except (ValueError, KeyError, TypeError, AttributeError):
            expected = '{"input": …, "answers": [{"name": "value"}, …]}'
            errors.append(f"{path}:{number}: found {shown(line)}; expected {expected}")
    UserError.collect(errors)
    return found


def _computed(expressions: Mapping[str, str], rows: Sequence[Row]) -> dict[str, dict[str, str]]:
    """Return the right answers by row key, each field an expression's value."""
    answers: dict[str, dict[str, str]] = {row.key: {} for row in rows}
    errors: dict[str, None] = {}
    for name, source in expressions.items():
        try:
            evaluate = compiled(source)
            for row in rows:
                named = row.value if isinstance(row.value, dict) else {}
                answers[row.key][name] = _text(evaluate({**named, "input": row.value}))
        except (TemplateError, TypeError, ValueError, ArithmeticError) as problem:
            errors[
                f"config/config.yaml: market.crowd.answer.{name}: found {shown(source)}: {problem};"
                " expected an expression over the keys that every row has"
            ] = None
    UserError.collect(errors)
    return answers


def _text(value: object) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises, naming what is undefined
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
