"""Answers that are known beforehand, and how often each worker gave them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crowdmake.combining.methods import Gold
from crowdmake.combining.questions import Question
from crowdmake.combining.records import BatchAnswers
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, content_key
from crowdmake.messages import nearest, shown

_EXPECTED = (
    'expected {"key": …}, {"batch": …, "row": …} or {"input": …}, with'
    ' "answers": {"question": "its answer, or a list of the right ones"}'
)


def read_gold(path: Path, batch: str, rows: Iterable[Row], questions: Sequence[Question]) -> Gold:
    """Return the known answers to rows of ``batch``; lines about other rows are left alone.

    Raises:
        UserError: the file cannot be read, or lines of it are not as expected; one line each.
    """
    known = list(rows)
    found: dict[str, dict[str, list[str]]] = {}
    errors: list[str] = []
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            answers = _answers(record["answers"], questions)
            for key in _keys(record, batch, known):
                found.setdefault(key, {}).update(answers)
        except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError):
            errors.append(f"{path}:{number}: found {shown(line)}; {_EXPECTED}")
        except ValueError as problem:
            errors.append(f"{path}:{number}: {problem}")
    UserError.collect(errors)
    return found


def on_gold(batch: BatchAnswers, gold: Gold) -> dict[str, Counter[str]]:
    """Return how often each worker was asked a gold question (``asked``) and was ``right``."""
    found: dict[str, Counter[str]] = {}
    for question in batch.questions:
        for key, worker, label in batch.votes(question):
            right = gold.get(key, {}).get(question.key)
            if right is not None:
                found.setdefault(worker, Counter()).update(asked=1, right=int(label in right))
    return found


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: combine.gold cannot be read ({problem})") from None
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _keys(record: Mapping[str, Any], batch: str, rows: Sequence[Row]) -> list[str]:
    """Return the keys of the rows that a line is about."""
    if "key" in record:
        return [str(record["key"])]
    if "input" in record:
        content = content_key(record["input"])
        return [row.key for row in rows if row.key.rpartition("-")[0] == content]
    number = record["row"]
    if record["batch"] != batch:
        return []
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= len(rows):
        raise ValueError(f"row: found {shown(number)}; expected a number from 1 to {len(rows)}")
    return [row.key for row in rows if row.number == number]


def _answers(given: Mapping[str, Any], questions: Sequence[Question]) -> dict[str, list[str]]:
    names = {question.key: question for question in questions}
    found = {}
    for name, value in given.items():
        if name not in names:
            raise ValueError(f"answers: found {shown(name)}; {nearest(name, list(names))}")
        right = value if isinstance(value, list) else [value]
        if not right or not all(isinstance(each, str) for each in right):
            raise ValueError(f"answers.{name}: found {shown(value)}; expected a text or texts")
        unknown = [each for each in right if names[name].chosen(each) is None]
        if unknown:
            choices = list(names[name].choices)
            raise ValueError(
                f"answers.{name}: found {shown(unknown[0])}; {nearest(unknown[0], choices)}"
            )
        found[name] = right
    return found
