"""What a review policy says, checked when its HIT is made.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_AssignmentReviewPolicies.html,
..._HITReviewPolicies.html, ..._HITReviewPolicyDataStructureArticle.html. Amazon's own sample
programs also say `ExtendAssignments`, and leave out what has a default here.
"""

from dataclasses import dataclass
from typing import Any

from crowdmake.market.protocol.errors import PREFIX, ParameterValidationError
from crowdmake.market.protocol.validation import Range
from crowdmake.market.review_policies.comparison import Values
from crowdmake.market.review_policies.given import Given, Policy

SCORE = Range(0, 101)
THRESHOLD = Range(0, 100)
AGREEMENT_TO_EXTEND = Range(1, 100)
MAXIMUM_FOR_KNOWN_ANSWERS = Range(2, 25)
DEFAULT_MAXIMUM = 5
ANY_MAXIMUM = Range(1, 1_000_000_000)
EXTENSION_SECONDS = Range(60, 31_536_000)

_EXTENSION = ("ExtendMaximumAssignments", "ExtendMinimumTimeInSeconds", "ExtendAssignments")
_KNOWN_ANSWERS = (
    "AnswerKey",
    "ApproveIfKnownAnswerScoreIsAtLeast",
    "ApproveReason",
    "RejectIfKnownAnswerScoreIsLessThan",
    "RejectReason",
    "ExtendIfKnownAnswerScoreIsLessThan",
    *_EXTENSION,
)
_PLURALITY = (
    "QuestionIds",
    "QuestionAgreementThreshold",
    "DisregardAssignmentIfRejected",
    "DisregardAssignmentIfKnownAnswerScoreIsLessThan",
    "ExtendIfHITAgreementScoreIsLessThan",
    "ApproveIfWorkerAgreementScoreIsAtLeast",
    "RejectIfWorkerAgreementScoreIsLessThan",
    "RejectReason",
    *_EXTENSION,
)


@dataclass(frozen=True)
class Extension:
    """When a HIT gets more assignments: how many, up to how many in all, and how much time."""

    below: int
    number: int
    maximum: int
    seconds: int


@dataclass(frozen=True)
class Decision:
    """From which score on work is approved, below which it is rejected, and with what words."""

    approve_from: int | None
    approve_reason: str
    reject_below: int | None
    reject_reason: str


@dataclass(frozen=True)
class KnownAnswers:
    """ScoreMyKnownAnswers/2011-09-01."""

    answer_key: dict[str, Values]
    decision: Decision
    extension: Extension | None


@dataclass(frozen=True)
class Plurality:
    """SimplePlurality/2011-09-01."""

    question_ids: tuple[str, ...]
    agreed_above: int
    disregard_rejected: bool
    disregard_below: int | None
    decision: Decision
    extension: Extension | None


def known_answers(policy: Policy) -> KnownAnswers:
    """Return what an AssignmentReviewPolicy says; raises ParameterValidationError."""
    said = Given("AssignmentReviewPolicy", policy, _KNOWN_ANSWERS)
    return KnownAnswers(
        answer_key=said.answer_key(),
        decision=_decision(said, "KnownAnswerScore"),
        extension=_extension(
            said,
            said.integer("ExtendIfKnownAnswerScoreIsLessThan", SCORE),
            said.integer("ExtendMaximumAssignments", MAXIMUM_FOR_KNOWN_ANSWERS) or DEFAULT_MAXIMUM,
        ),
    )


def plurality(policy: Policy) -> Plurality:
    """Return what a HITReviewPolicy says; raises ParameterValidationError."""
    said = Given("HITReviewPolicy", policy, _PLURALITY)
    below = said.integer("ExtendIfHITAgreementScoreIsLessThan", AGREEMENT_TO_EXTEND)
    maximum = said.integer("ExtendMaximumAssignments", ANY_MAXIMUM, required=below is not None)
    return Plurality(
        question_ids=said.question_ids(),
        agreed_above=said.integer("QuestionAgreementThreshold", THRESHOLD, required=True) or 0,
        disregard_rejected=said.flag("DisregardAssignmentIfRejected"),
        disregard_below=said.integer("DisregardAssignmentIfKnownAnswerScoreIsLessThan", SCORE),
        decision=_decision(said, "WorkerAgreementScore"),
        extension=_extension(said, below, maximum or 0),
    )


def _decision(said: Given, score: str) -> Decision:
    """Return what is decided by the score called ``score``."""
    return Decision(
        approve_from=said.integer(f"ApproveIf{score}IsAtLeast", SCORE),
        approve_reason=said.reason("ApproveReason"),
        reject_below=said.integer(f"RejectIf{score}IsLessThan", SCORE),
        reject_reason=said.reason("RejectReason"),
    )


def _extension(said: Given, below: int | None, maximum: int) -> Extension | None:
    """Return how the HIT is extended where a score is ``below``, None where it is not."""
    number = said.integer("ExtendAssignments", ANY_MAXIMUM) or 1
    seconds = said.integer("ExtendMinimumTimeInSeconds", EXTENSION_SECONDS) or 0
    return None if below is None else Extension(below, number, maximum, seconds)


KINDS = {
    "AssignmentReviewPolicy": ("ScoreMyKnownAnswers/2011-09-01", known_answers),
    "HITReviewPolicy": ("SimplePlurality/2011-09-01", plurality),
}


def given(request: dict[str, Any]) -> dict[str, Policy]:
    """Return the policies in the parameters of a request that makes a HIT, by their members."""
    return {member: request[member] for member in KINDS if member in request}


def check(request: dict[str, Any]) -> None:
    """Raise ParameterValidationError for a policy that there is not, or that says nonsense."""
    for member, policy in given(request).items():
        name, read = KINDS[member]
        if policy["PolicyName"] != name:
            raise ParameterValidationError(
                PREFIX + "InvalidParameterValue", f"The policy of {member} has to be {name}."
            )
        read(policy)
