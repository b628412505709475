"""SimplePlurality/2011-09-01: the answers of a HIT's workers against each other.

Source: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HITReviewPolicies.html;
the keys of the results are those of
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI-legacy/ApiReference_GetReviewResultsForHitOperation.html
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crowdmake.market.models import HIT, REJECTED, REVIEWABLE, VISIBLE, Assignment, ReviewResult
from crowdmake.market.review_policies import parameters
from crowdmake.market.review_policies.actions import ASSIGNMENT_LEVEL, HIT_LEVEL, Review
from crowdmake.market.review_policies.comparison import (
    NOTHING,
    SEPARATOR,
    Values,
    answers,
    comparable,
)
from crowdmake.market.review_policies.known_answers import SCORE_KEY

MEMBER = "HITReviewPolicy"


@dataclass(frozen=True)
class Agreement:
    """The answer that most workers gave to a question, and how many of a hundred did."""

    answer: Values
    score: int


@dataclass(frozen=True)
class Work:
    """One worker's assignment and its answers; None stands for one too long to compare."""

    assignment: Assignment
    answers: dict[str, Values | None]


def review_all(hits: Iterable[int], now: datetime) -> None:
    """Review the HITs with these keys that are Reviewable, each at its turn; lock their rows."""
    for key in sorted(hits):
        rows = HIT.objects.filter(pk=key).select_related("hit_type")
        review(rows.select_for_update(of=("self",)).get(), now)


def review(hit: HIT, now: datetime) -> bool:
    """Compare the work on ``hit``, if it is Reviewable and has such a policy; say whether.

    The HIT's row is locked. Without any work there is nothing to compare.
    """
    policies = hit.review_policies or {}
    if hit.status != REVIEWABLE or MEMBER not in policies:
        return False
    policy = parameters.plurality(policies[MEMBER])
    everyone = list(Assignment.objects.filter(hit=hit, status__in=VISIBLE).order_by("pk"))
    if everyone:
        counted = [_work(each, policy) for each in _counted(hit, everyone, policy)]
        _judge(Review(hit, HIT_LEVEL, now), counted, policy)
    return bool(everyone)


def _judge(this: Review, counted: Sequence[Work], policy: parameters.Plurality) -> None:
    agreed = {name: _agreement(name, counted, policy) for name in policy.question_ids}
    found = {name: each for name, each in agreed.items() if each}
    scores = {work.assignment.pk: _worker_counts(work, found) for work in counted}
    hit_score = 100 * len(found) // len(agreed)
    _keep_results(this.hit, agreed, counted, scores, hit_score)
    for work in counted:
        right, wrong = scores[work.assignment.pk]
        if right + wrong:
            _decide(this, work.assignment, 100 * right // (right + wrong), policy)
    this.extend(hit_score, policy.extension)


def _decide(this: Review, assignment: Assignment, score: int, policy: parameters.Plurality) -> None:
    """Decide on an assignment, unless its requester is deciding on it at this moment.

    Rows are locked in the order assignment, HIT; here the HIT's already is, so that waiting
    for the assignment's could be waiting for each other.
    """
    rows = Assignment.objects.filter(pk=assignment.pk)
    row = rows.select_for_update(of=("self",), skip_locked=True).first()
    if row is not None:
        row.hit = this.hit
        this.decide(row, score, policy.decision)


def _counted(
    hit: HIT, everyone: Sequence[Assignment], policy: parameters.Plurality
) -> Iterator[Assignment]:
    """Yield the assignments that count."""
    low = _scored_below(hit, policy.disregard_below)
    for assignment in everyone:
        rejected = policy.disregard_rejected and assignment.status == REJECTED
        if not rejected and assignment.assignment_id not in low:
            yield assignment


def _scored_below(hit: HIT, score: int | None) -> set[str]:
    """Return the ids of the assignments whose known answers scored less."""
    if score is None:
        return set()
    results = ReviewResult.objects.filter(hit=hit, level=ASSIGNMENT_LEVEL, key=SCORE_KEY)
    pairs = results.values_list("subject_id", "value")
    return {subject for subject, value in pairs if int(value) < score}


def _work(assignment: Assignment, policy: parameters.Plurality) -> Work:
    given = answers(assignment.answer)
    return Work(assignment, {name: comparable(given.get(name, ())) for name in policy.question_ids})


def _agreement(
    name: str, counted: Sequence[Work], policy: parameters.Plurality
) -> Agreement | None:
    """Return the answer agreed on, None where there is none or as many gave another."""
    given = Counter(each for work in counted if (each := work.answers[name]) is not None)
    first, *others = [*given.most_common(2), (NOTHING, 0)]
    score = 100 * first[1] // max(1, given.total())
    if score <= policy.agreed_above or (others and others[0][1] == first[1]):
        return None
    return Agreement(first[0], score)


def _worker_counts(work: Work, agreed: dict[str, Agreement]) -> tuple[int, int]:
    """Return on how many questions with an agreed answer a worker agreed, and on how many not."""
    compared = [
        given == agreement.answer
        for name, agreement in agreed.items()
        if (given := work.answers[name]) is not None
    ]
    return sum(compared), len(compared) - sum(compared)


def _keep_results(
    hit: HIT,
    agreed: dict[str, Agreement | None],
    counted: Sequence[Work],
    scores: dict[int, tuple[int, int]],
    hit_score: int,
) -> None:
    rows = [*_about_questions(hit, agreed)]
    for work in counted:
        rows += _about_worker(hit, work.assignment, *scores[work.assignment.pk])
    rows.append(_result(hit, hit.hit_id, HIT_LEVEL, "HitAgreementScore", hit_score))
    ReviewResult.objects.bulk_create(rows)


def _about_questions(hit: HIT, agreed: dict[str, Agreement | None]) -> Iterator[ReviewResult]:
    for name, agreement in agreed.items():
        found = {"AgreedAnswerFound": "true" if agreement else "false"}
        if agreement:
            found["AgreedAnswer"] = SEPARATOR.join(sorted(agreement.answer))
            found["AnswerAgreementScore"] = str(agreement.score)
        for key, value in found.items():
            yield _result(hit, hit.hit_id, HIT_LEVEL, key, value, name)


def _about_worker(
    hit: HIT, assignment: Assignment, right: int, wrong: int
) -> Iterator[ReviewResult]:
    found = {"PluralityAnswersCorrect": right, "PluralityAnswersIncorrect": wrong}
    if right + wrong:
        found["WorkerAgreementScore"] = 100 * right // (right + wrong)
    for key, value in found.items():
        yield _result(hit, assignment.assignment_id, ASSIGNMENT_LEVEL, key, value)


def _result(
    hit: HIT, subject: str, kind: str, key: str, value: str | int, question_id: str = ""
) -> ReviewResult:
    return ReviewResult(
        hit=hit,
        level=HIT_LEVEL,
        subject_id=subject,
        subject_type=kind,
        question_id=question_id,
        key=key,
        value=str(value),
    )
