"""What the answers of a whole batch come to: agreement, skills, gold, savings."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crowdmake import files
from crowdmake.combining.agreement import alpha
from crowdmake.combining.gold import on_gold
from crowdmake.combining.methods import Gold
from crowdmake.combining.questions import Question
from crowdmake.combining.records import BatchAnswers, Labels, Record
from crowdmake.messages import counted, shown

LISTED = 8


def summary(
    name: str,
    batch: BatchAnswers,
    labels: Mapping[str, Labels],
    gold: Gold,
    records: Iterable[Record],
) -> Record:
    """Return the batch's numbers: HITs by status, questions, workers, gold questions.

    ``records`` are its combined answers.
    """
    status = Counter({each["hit_id"] or each["key"]: each["status"] for each in records}.values())
    return {
        "batch": name,
        "method": batch.settings.way,
        "hits": {
            "complete": status["complete"],
            "partial": status["partial"],
            "waiting": len(batch.hits) - status.total(),
        },
        "questions": {each.key: _question(batch, each) for each in batch.questions},
        "workers": _workers(batch, labels, gold),
        "gold_rows": len(gold.keys() & batch.hits.keys()),
    }


def _question(batch: BatchAnswers, question: Question) -> Record:
    own = [each[question.key] for each in batch.tallies.values()]
    return {
        "alpha": agreement(batch, question),
        "accuracy": round(batch.certainty(question).accuracy, 6),
        "answers": sum(each.answered for each in own),
        "unknown": sum(each.unknown for each in own),
        "missing": sum(each.missing for each in own),
        "ties": sum(bool(each.ties) for each in own),
    }


def agreement(batch: BatchAnswers, question: Question) -> float | None:
    """Return Krippendorff's alpha of the answers to one question, for nominal data."""
    units: dict[str, list[str]] = {}
    for key, _, label in batch.votes(question):
        units.setdefault(key, []).append(label)
    return alpha(units.values())


def _workers(batch: BatchAnswers, labels: Mapping[str, Labels], gold: Gold) -> Record:
    answers = Counter(given.worker_id for each in batch.hits.values() for given in each.given)
    asked = on_gold(batch, gold)
    return {worker: _worker(worker, n, labels, asked.get(worker)) for worker, n in answers.items()}


def _worker(
    worker: str, answers: int, labels: Mapping[str, Labels], asked: Counter[str] | None
) -> Record:
    skills = {key: each.skills[worker] for key, each in labels.items() if worker in each.skills}
    known = asked or Counter()
    return {
        "assignments": answers,
        "skill": skills,
        "gold_asked": known["asked"],
        "gold_right": known["right"],
        "gold_accuracy": known["right"] / known["asked"] if known["asked"] else None,
    }


def summary_lines(numbers: Record) -> list[str]:
    """Return what a run says of a batch's combined answers."""
    name, hits = numbers["batch"], numbers["hits"]
    waiting = f"; {counted(hits['waiting'], 'HIT')} not over yet" if hits["waiting"] else ""
    way = f"combined by {numbers['method']}" if numbers["method"] else "put together"
    said = [
        f"{name}: {way}:"
        f" {counted(hits['complete'], 'complete HIT')}, {hits['partial']} partial{waiting}"
    ]
    for key, each in list(numbers["questions"].items())[:LISTED]:
        agreed = "none" if each["alpha"] is None else f"{each['alpha']:.3f}"
        apart = [f"{each[kind]} {kind}" for kind in ("unknown", "missing") if each[kind]]
        said.append(
            f"{name}: {shown(key)}: {', '.join([counted(each['answers'], 'answer'), *apart])};"
            f" alpha {agreed}; {counted(each['ties'], 'tie')}"
        )
    return said


def write(path: Path, numbers: Mapping[str, Any]) -> None:
    """Write the numbers as indented JSON, atomically."""
    with files.replacing(path) as file:
        file.write(json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
