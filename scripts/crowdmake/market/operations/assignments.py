"""Decisions on submitted work.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ApproveAssignmentOperation.html,
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/ApproveRejectWork.html.
"""

from typing import Any

from django.db.models import QuerySet

from crowdmake.market import transitions
from crowdmake.market.models import (
    ABANDONED,
    DISPOSED,
    HIT,
    REJECTED,
    RETURNED,
    SUBMITTED,
    VISIBLE,
    Assignment,
)
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.prepared import Select, given
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import RequestError, does_not_exist, wrong_state
from crowdmake.market.protocol.structures import assignment_structure, hit_structure


def _named() -> "QuerySet[Assignment]":
    """Return the work named in a call, without what workers gave back and what was deleted."""
    named = Assignment.objects.filter(
        hit__requester=given(HIT, "requester"), assignment_id=given(Assignment, "assignment_id")
    )
    shown = named.exclude(status__in=(RETURNED, ABANDONED)).exclude(hit__status=DISPOSED)
    return shown.select_related("hit__hit_type")


_SHOWN = Select(lambda: _named().select_related("worker", "hit__question"))
_LOCKED = Select(lambda: _named().select_for_update(of=("self", "hit")))


def get_assignment(call: Call) -> dict[str, Any]:
    """Return a submitted assignment and its HIT."""
    assignment = submitted(call)
    return {
        "Assignment": assignment_structure(assignment, assignment.hit.hit_id),
        "HIT": hit_structure(assignment.hit, assignment.hit.question.xml),
    }


def approve_assignment(call: Call) -> dict[str, Any]:
    """Approve and pay submitted work, or with OverrideRejection rejected work."""
    assignment = _locked(call)
    if assignment.status == REJECTED and call.parameters.get("OverrideRejection"):
        _check_overridable(call, assignment)
        transitions.override(assignment, call.now)
    else:
        _check_submitted(assignment)
        transitions.approve(assignment, call.now)
    return {}


def reject_assignment(call: Call) -> dict[str, Any]:
    """Reject submitted work and release what was held for it."""
    assignment = _locked(call)
    _check_submitted(assignment)
    transitions.reject(assignment, call.now)
    return {}


def submitted(call: Call) -> Assignment:
    """Return the call's assignment, with its HIT; raises RequestError unless it is submitted."""
    assignment = _existing(call, _SHOWN)
    if assignment.status not in VISIBLE:
        raise wrong_state("Assignment", "Reviewable,Approved,Rejected")
    return assignment


def _locked(call: Call) -> Assignment:
    """Return the call's assignment, kept from other writers, with the call's feedback."""
    assignment = _existing(call, _LOCKED)
    assignment.feedback = call.parameters.get("RequesterFeedback", assignment.feedback)
    return assignment


def _existing(call: Call, named: "Select[Assignment]") -> Assignment:
    assignment_id = call.parameters["AssignmentId"]
    found = named.first(requester=call.requester.pk, assignment_id=assignment_id)
    if found is None:
        raise does_not_exist("Assignment", assignment_id)
    return found


def _check_submitted(assignment: Assignment) -> None:
    if assignment.status != SUBMITTED:
        raise wrong_state("Assignment", "Submitted")


def _check_overridable(call: Call, assignment: Assignment) -> None:
    until = transitions.overridable_until(assignment)
    if until is None or call.now > until:
        raise RequestError(
            "InvalidAssignmentState",
            "This assignment was submitted more than 30 days ago, "
            "so its rejection can no longer be overridden.",
        )


OPERATIONS = {
    "GetAssignment": reading(get_assignment, "AssignmentDoesNotExist", "InvalidAssignmentState"),
    "ApproveAssignment": writing(
        approve_assignment,
        "AssignmentDoesNotExist",
        "InvalidAssignmentState",
        "InsufficientFunds",
        "InvalidParameterValue",
        "AWS.ParameterOutOfRange",
    ),
    "RejectAssignment": writing(
        reject_assignment,
        "AssignmentDoesNotExist",
        "InvalidAssignmentState",
        "InvalidParameterValue",
        "AWS.ParameterOutOfRange",
    ),
}
