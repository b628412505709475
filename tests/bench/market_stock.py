"""A market's stock for benchmarks: any number of HITs, and work that waits on a hundred of them."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crowdmake.market import ids
from crowdmake.market.answers import answer_xml
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.models import (
    APPROVED,
    HIT,
    REVIEWABLE,
    SUBMITTED,
    Assignment,
    HITType,
    Question,
    Requester,
    Worker,
)

WORKED_ON = 100
WORK_EACH = 40
PORTION = 5_000
DAY = timedelta(days=1)

QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/'
    'AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    '<!DOCTYPE html><html lang="en"><head><title>Label a sentence</title></head><body>'
    '<form action="https://www.mturk.com/mturk/externalSubmit" method="post">'
    '<input type="hidden" name="assignmentId" id="assignmentId" value="">'
    "<p>What is this sentence about? Choose the answer that a friend of yours would give.</p>"
    "<blockquote>The council met on Tuesday and put off the decision on the bridge for a third "
    "time, although the engineers had asked for an answer before the winter.</blockquote>"
    '<label><input type="radio" name="topic" value="politics"> politics</label>'
    '<label><input type="radio" name="topic" value="sports"> sports</label>'
    '<label><input type="radio" name="topic" value="weather"> weather</label>'
    '<p><textarea name="comment" rows="3" cols="60"></textarea></p>'
    '<p><input type="submit" value="Submit"></p></form></body></html>'
    "]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)
ANSWER = answer_xml([("topic", "politics"), ("comment", "It is about a bridge; see line 1.")])
PROPERTIES: dict[str, Any] = {
    "Title": "Label a sentence",
    "Description": "Read one sentence and say what it is about.",
    "Keywords": "text, label, sentence, quick",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 2_592_000,
}
PER_HIT: dict[str, Any] = {
    "LifetimeInSeconds": 604_800,
    "MaxAssignments": 3,
    "Question": QUESTION,
    "RequesterAnnotation": "batch-17/row-0042",
}


@dataclass(frozen=True)
class Stock:
    """The public ids of what benchmarks read and decide."""

    hits: list[str]
    submitted: list[str]


def fill(market: EmbeddedMarket, hit_type_id: str, number: int) -> Stock:
    """Return what there is to work with after ``number`` HITs were stored.

    A hundred of them, spread over all, have forty submitted assignments each; half of the
    others are done, the rest waits for workers.
    """
    stock = Stock([], [])
    with market.writing() as now:
        hit_type = HITType.objects.get(hit_type_id=hit_type_id)
        workers = [Worker(worker_id=ids.worker_id(), name=f"worker {n}") for n in range(WORK_EACH)]
        Worker.objects.bulk_create(workers)
    for start in range(0, number, PORTION):
        numbers = range(start, min(start + PORTION, number))
        with market.writing() as now:
            hits = [
                _hit(hit_type, each, each % (number // WORKED_ON) == 0, now) for each in numbers
            ]
            HIT.objects.bulk_create(hits)
            Question.objects.bulk_create(Question(hit=each, xml=QUESTION) for each in hits)
            work = [one for each in hits for one in _work(each, workers, now)]
            Assignment.objects.bulk_create(work)
        stock.hits.extend(each.hit_id for each in hits if each.submitted)
        stock.submitted.extend(each.assignment_id for each in work if each.status == SUBMITTED)
    with market.writing():
        Requester.objects.update(available_cents=10**12, held_cents=10**9)
    return stock


def _hit(hit_type: HITType, number: int, worked_on: bool, now: datetime) -> HIT:
    done = not worked_on and number % 2 == 1
    return HIT(
        hit_id=ids.entity_id(),
        requester_id=hit_type.requester_id,
        hit_type=hit_type,
        creation_time=now,
        expiration=now + 7 * DAY,
        max_assignments=WORK_EACH if worked_on else 1,
        fee_cents=1,
        annotation=PER_HIT["RequesterAnnotation"],
        status=REVIEWABLE if done or worked_on else "Assignable",
        submitted=WORK_EACH if worked_on else 0,
        completed=1 if done else 0,
    )


def _work(hit: HIT, workers: list[Worker], now: datetime) -> Iterator[Assignment]:
    for worker in workers[: hit.submitted + hit.completed]:
        approved = bool(hit.completed)
        yield Assignment(
            assignment_id=ids.entity_id(),
            hit=hit,
            worker=worker,
            status=APPROVED if approved else SUBMITTED,
            accept_time=now - DAY,
            deadline=now,
            submit_time=now,
            auto_approval_time=now + 30 * DAY,
            due_at=None if approved else now + 30 * DAY,
            approval_time=now if approved else None,
            answer=ANSWER,
        )
