"""The combined answers of a batch: one record for each HIT at which no more can arrive."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowdmake.combining.certainty import Certainty, estimated
from crowdmake.combining.questions import Question, resolved
from crowdmake.combining.settings import Settings
from crowdmake.combining.tallies import Tally, tally
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.archive import ArchivedHit
from crowdmake.ledgers.ledger import Event
from crowdmake.ledgers.snapshots import HitRecord, Snapshot
from crowdmake.rendering.answers import fields_of

Record = dict[str, Any]
Hit = HitRecord | ArchivedHit
REJECTED = "Rejected"


@dataclass(frozen=True)
class Given:
    """One assignment whose answer counts."""

    assignment_id: str
    worker_id: str
    answer: Mapping[str, str]


@dataclass(frozen=True)
class Answers:
    """What one HIT was given."""

    hit: Hit
    given: list[Given]
    rejected: int
    """How many answers are left out since their assignments were rejected."""
    unreadable: int
    """How many answers are left out since they cannot be read."""

    @property
    def over(self) -> bool:
        """Return whether no more can arrive."""
        return isinstance(self.hit, ArchivedHit) or self.hit.closed

    @property
    def complete(self) -> bool:
        """Return whether as many assignments were submitted as the HIT asked for."""
        if isinstance(self.hit, ArchivedHit):
            return True
        return len(self.hit.assignments) >= self.hit.wanted

    def answers(self) -> list[Mapping[str, str]]:
        """Return the fields of the answers, one assignment after the other."""
        return [each.answer for each in self.given]


@dataclass(frozen=True)
class Labels:
    """What a method makes of one question's answers."""

    labels: Mapping[str, str | list[str] | None]
    """The answer, by the key of the HIT's row."""
    confidence: Mapping[str, float]
    """The probability that it is right, as far as the method knows one."""
    skills: Mapping[str, float]
    """Each worker's estimated skill, 1 for the best possible, where the method estimates it."""


class BatchAnswers:
    """The answers of one batch, read once; imported HITs come first.

    ``questions`` stand in their order, with their choices.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        hits: dict[str, Hit] = {**snapshot.archived, **snapshot.hits}
        self.settings = settings
        self.hits = {key: _answers_of(hit) for key, hit in hits.items()}
        everything = [answer for each in self.hits.values() for answer in each.answers()]
        self.questions = resolved(settings.questions, everything) if settings.votes else []
        self.tallies = {
            key: {question.key: tally(question, each.answers()) for question in self.questions}
            for key, each in self.hits.items()
        }

    def certainty(self, question: Question) -> Certainty:
        """Return how often an answer to the question is right, as far as the batch shows."""
        own = [each[question.key] for each in self.tallies.values()]
        outcomes = own[0].outcomes if own else 2
        return estimated((votes for each in own for votes in each.decisions()), outcomes)

    def majority(self, question: Question) -> Labels:
        """Return the majorities of one question, and how sure they are."""
        model = self.certainty(question)
        own = {key: each[question.key] for key, each in self.tallies.items()}
        return Labels(
            labels={key: each.majority for key, each in own.items()},
            confidence={
                key: _confidence(model, each) for key, each in own.items() if each.answered
            },
            skills={},
        )

    def votes(self, question: Question) -> list[tuple[str, str, str]]:
        """Return every answer that counts: the key of the HIT's row, the worker, the label.

        A worker who answered several HITs of one row (imported, and again) is taken once each.
        """
        return [
            (key, given.worker_id, label)
            for key, each in self.hits.items()
            for given in each.given
            if (label := _label(question, given.answer)) is not None
        ]


def combined(
    batch: str,
    snapshot: Snapshot,
    rows: Iterable[Row],
    settings: Settings,
    labels: Mapping[str, Labels] | None = None,
    *,
    waiting: Collection[str] = (),
    polls: Mapping[str, Record] | None = None,
) -> list[Record]:
    """Return the combined answers in input order, rows no longer in the input last.

    ``labels`` is what the method made of each question (see `methods`), the majority without
    it. HITs that are open or whose id is ``waiting`` (for more assignments) have no record
    yet; with ``polls`` (by HIT id) neither has one whose poll is not over.
    """
    answers = BatchAnswers(snapshot, settings)
    known = labels or {each.key: answers.majority(each) for each in answers.questions}
    return list(_records(batch, snapshot, rows, answers, known, frozenset(waiting), polls))


def _records(
    batch: str,
    snapshot: Snapshot,
    rows: Iterable[Row],
    answers: BatchAnswers,
    labels: Mapping[str, Labels],
    waiting: Collection[str],
    polls: Mapping[str, Record] | None,
) -> Iterator[Record]:
    for key, row in _ordered(answers.hits, rows):
        own = answers.hits[key]
        hit_id = own.hit.hit_id
        if not own.over or hit_id in waiting:
            continue
        poll: Record = {}
        if polls is not None and isinstance(own.hit, HitRecord):
            if hit_id not in polls:
                continue
            poll = polls[str(hit_id)]
        shown = row.value if row else snapshot.rows.get(key, {}).get("input")
        place = {"batch": batch, "key": key, "row": row.number if row else None, "input": shown}
        status = {"hit_id": hit_id, "status": "complete" if own.complete else "partial"}
        told = combination(answers.tallies[key], labels, key) | poll
        yield from _lines(place | status, own, told, separate=answers.settings.separate)


def combination(tallies: Mapping[str, Tally], labels: Mapping[str, Labels], key: str) -> Record:
    """Return what the votes on one HIT come to, under the names of the record's fields."""
    if not tallies:
        return {}
    averages = {name: each.average for name, each in tallies.items() if each.question.numeric}
    return {
        "counts": {name: each.counts for name, each in tallies.items()},
        "majority_answer": {name: each.majority for name, each in tallies.items()},
        **({"average_answer": averages} if averages else {}),
        "label": {name: labels[name].labels.get(key) for name in tallies},
        "confidence": {name: _rounded(labels[name].confidence.get(key)) for name in tallies},
        "ties": {name: each.ties for name, each in tallies.items() if each.ties},
        "unknown": {name: each.unknown for name, each in tallies.items() if each.unknown},
        "missing": {name: each.missing for name, each in tallies.items() if each.missing},
    }


def _lines(place: Record, own: Answers, told: Record, *, separate: bool) -> Iterator[Record]:
    left_out = {"rejected": own.rejected, "unreadable": own.unreadable}
    if not separate:
        ids: Record = {
            "assignment_ids": [each.assignment_id for each in own.given],
            "worker_ids": [each.worker_id for each in own.given],
        }
        yield place | ids | {"answers": [dict(each) for each in own.answers()]} | told | left_out
        return
    for each in own.given:
        ids = {"assignment_id": each.assignment_id, "worker_id": each.worker_id}
        yield place | ids | {"answer": dict(each.answer)} | told | left_out


def _answers_of(hit: Hit) -> Answers:
    given: list[Given] = []
    rejected = unreadable = 0
    for saved in hit.assignments:
        fields = _fields(saved)
        if saved["status"] == REJECTED:
            rejected += 1
        elif fields is None:
            unreadable += 1
        else:
            given.append(Given(str(saved["assignment_id"]), str(saved["worker_id"]), fields))
    return Answers(hit, given, rejected, unreadable)


def _fields(saved: Event) -> Mapping[str, str] | None:
    try:
        fields: Mapping[str, str] = (
            saved["fields"] if "fields" in saved else fields_of(saved["answer"])
        )
    except ValueError:
        return None
    return fields


def _label(question: Question, answer: Mapping[str, str]) -> str | None:
    """Return one answer as one label; the several choices that it may hold stand in order."""
    value = answer.get(question.key, "")
    chosen = question.chosen(value) if value.strip() else None
    return "|".join(chosen) if chosen else None


def _confidence(model: Certainty, own: Tally) -> float:
    return min((model.of(votes) for votes in own.decisions()), default=0.0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _ordered(hits: Collection[str], rows: Iterable[Row]) -> Sequence[tuple[str, Row | None]]:
    present = {row.key: row for row in rows}
    first = [(key, row) for key, row in present.items() if key in hits]
    return [*first, *((key, None) for key in hits if key not in present)]
