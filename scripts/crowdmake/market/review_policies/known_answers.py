"""ScoreMyKnownAnswers/2011-09-01: each submission against the answers that are known.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_AssignmentReviewPolicies.html
"""

from datetime import datetime

from crowdmake.market import transitions
from crowdmake.market.models import Assignment, ReviewResult
from crowdmake.market.review_policies import parameters
from crowdmake.market.review_policies.actions import ASSIGNMENT_LEVEL, Review
from crowdmake.market.review_policies.comparison import NOTHING, answers, values_of

MEMBER = "AssignmentReviewPolicy"
SCORE_KEY = "KnownAnswerScore"


def review(assignment: Assignment, now: datetime) -> None:
    """Judge work that was just submitted, where its HIT has such a policy.

    The rows of the assignment and of its HIT are locked. The HIT becomes Reviewable only
    afterwards, if the policy does not extend it.
    """
    hit = assignment.hit
    if not hit.review_policies or MEMBER not in hit.review_policies:
        return
    policy = parameters.known_answers(hit.review_policies[MEMBER])
    correct = _correct(assignment, policy)
    score = 100 * sum(correct.values()) // len(correct)
    _keep_results(assignment, correct, score)
    this = Review(hit, ASSIGNMENT_LEVEL, now)
    this.note(assignment, f"Known answers: {sum(correct.values())}/{len(correct)} correct")
    this.decide(assignment, score, policy.decision)
    this.extend(score, policy.extension)
    transitions.complete(hit, now)


def _correct(assignment: Assignment, policy: parameters.KnownAnswers) -> dict[str, bool]:
    """Return which of the questions with a known answer are answered by it."""
    given = {name: values_of(texts) for name, texts in answers(assignment.answer).items()}
    return {name: given.get(name, NOTHING) == key for name, key in policy.answer_key.items()}


def _keep_results(assignment: Assignment, correct: dict[str, bool], score: int) -> None:
    found = [("KnownAnswerCorrect", name, int(right)) for name, right in correct.items()]
    ReviewResult.objects.bulk_create(
        ReviewResult(
            hit=assignment.hit,
            level=ASSIGNMENT_LEVEL,
            subject_id=assignment.assignment_id,
            subject_type=ASSIGNMENT_LEVEL,
            question_id=name,
            key=key,
            value=str(value),
        )
        for key, name, value in [*found, (SCORE_KEY, "", score)]
    )
