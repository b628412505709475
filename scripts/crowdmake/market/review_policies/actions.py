"""What a review policy does, by the same transitions as the operations, and keeps a record of.

An action that the state of things does not allow is recorded as Failed with the error that
the operation would have answered with; it disturbs nobody else. Source of the statuses:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI-legacy/ApiReference_GetReviewResultsForHitOperation.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from crowdmake.market import changes, transitions
from crowdmake.market.ids import entity_id
from crowdmake.market.models import APPROVED, HIT, REJECTED, SUBMITTED, Assignment, ReviewAction
from crowdmake.market.notifications import events
from crowdmake.market.protocol.errors import RequestError
from crowdmake.market.review_policies.parameters import Decision, Extension

ASSIGNMENT_LEVEL = "Assignment"
HIT_LEVEL = "HIT"


@dataclass(frozen=True)
class Review:
    """One run of a policy of ``level`` on ``hit``, the row of which is locked."""

    hit: HIT
    level: str
    now: datetime

    def note(self, assignment: Assignment, result: str) -> None:
        """Record that an assignment was reviewed."""
        self._take("review", assignment, lambda: result)

    def decide(self, assignment: Assignment, score: int, decision: Decision) -> None:
        """Approve or reject an assignment, the row of which is locked, as its score says."""
        if decision.approve_from is not None and score >= decision.approve_from:
            self._take("approve", assignment, lambda: self._approve(assignment, decision))
        if decision.reject_below is not None and score < decision.reject_below:
            self._take("reject", assignment, lambda: self._reject(assignment, decision))

    def extend(self, score: int, extension: Extension | None) -> None:
        """Give the HIT more assignments and time, as its score says."""
        if extension and score < extension.below:
            self._take("extend", self.hit, lambda: self._extend(extension))

    def _approve(self, assignment: Assignment, decision: Decision) -> str:
        if assignment.status == APPROVED:
            return "Already approved"
        _check_submitted(assignment)
        assignment.feedback = decision.approve_reason
        transitions.approve(assignment, self.now)
        return "Approved"

    def _reject(self, assignment: Assignment, decision: Decision) -> str:
        if assignment.status == REJECTED:
            return "Already rejected"
        _check_submitted(assignment)
        assignment.feedback = decision.reject_reason
        transitions.reject(assignment, self.now)
        return "Rejected"

    def _extend(self, extension: Extension) -> str:
        hit = self.hit
        number = min(extension.number, extension.maximum - hit.max_assignments)
        if number <= 0:
            return f"Already at {hit.max_assignments} assignments"
        changes.check_enlargeable(hit, number)
        if extension.seconds:
            start = hit.expiration if hit.on_market else self.now
            changes.extend(hit, start + timedelta(seconds=extension.seconds))
        elif not hit.on_market:
            raise RequestError("InvalidHITState", "This HIT has expired.")
        changes.enlarge(hit, number)
        events.record(events.HIT_EXTENDED, hit, self.now)
        return f"Extended to {hit.max_assignments} assignments"

    def _take(self, name: str, target: HIT | Assignment, perform: Callable[[], str]) -> None:
        """Do ``perform``, whole or not at all, and record how it went."""
        try:
            with transaction.atomic():
                status, result, code = "Succeeded", perform(), ""
        except RequestError as error:
            status, result, code = "Failed", error.message, error.code or ""
            self.hit.refresh_from_db(fields=transitions.HIT_STATE)
        kind, target_id = _named(target)
        ReviewAction.objects.create(
            hit=self.hit,
            level=self.level,
            action_id=entity_id(),
            name=name,
            target_id=target_id,
            target_type=kind,
            status=status,
            completed_at=self.now,
            result=result,
            error_code=code,
        )


def _named(target: HIT | Assignment) -> tuple[str, str]:
    """Return what a target is, and its id."""
    if isinstance(target, HIT):
        return HIT_LEVEL, target.hit_id
    return ASSIGNMENT_LEVEL, target.assignment_id


def _check_submitted(assignment: Assignment) -> None:
    if assignment.status != SUBMITTED:
        raise RequestError(
            "InvalidAssignmentState", "Assignment was in an invalid state for this operation."
        )
