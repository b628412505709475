"""HITs and assignments as the API shows them: members that are not set are left out.

Source: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HITDataStructureArticle.html
and ..._AssignmentDataStructureArticle.html.
"""

from datetime import datetime
from typing import Any

from crowdmake.market.models import HIT, Assignment, Bonus, ReviewAction, ReviewResult
from crowdmake.market.money import to_text


def hit_structure(hit: HIT, question: str) -> dict[str, Any]:
    """Return a HIT with its type's properties and its counters."""
    hit_type = hit.hit_type
    return {
        "HITId": hit.hit_id,
        "HITTypeId": hit_type.hit_type_id,
        "HITGroupId": hit_type.hit_group_id,
        "CreationTime": _seconds(hit.creation_time),
        "Title": hit_type.title,
        "Description": hit_type.description,
        "Question": question,
        **_set(
            HITLayoutId=hit.hit_layout_id,
            Keywords=hit_type.keywords,
            RequesterAnnotation=hit.annotation,
        ),
        "HITStatus": hit.status,
        "MaxAssignments": hit.max_assignments,
        "Reward": to_text(hit_type.reward_cents),
        "AutoApprovalDelayInSeconds": hit_type.auto_approval_delay,
        "Expiration": _seconds(hit.expiration),
        "AssignmentDurationInSeconds": hit_type.assignment_duration,
        "QualificationRequirements": hit_type.requirements,
        "HITReviewStatus": "NotReviewed",
        "NumberOfAssignmentsPending": hit.pending,
        "NumberOfAssignmentsAvailable": hit.available,
        "NumberOfAssignmentsCompleted": hit.completed,
    }


def assignment_structure(assignment: Assignment, hit_id: str) -> dict[str, Any]:
    """Return a submitted assignment with its answer."""
    times = _set(
        AutoApprovalTime=assignment.auto_approval_time,
        AcceptTime=assignment.accept_time,
        SubmitTime=assignment.submit_time,
        ApprovalTime=assignment.approval_time,
        RejectionTime=assignment.rejection_time,
    )
    return {
        "AssignmentId": assignment.assignment_id,
        "WorkerId": assignment.worker.worker_id,
        "HITId": hit_id,
        "AssignmentStatus": assignment.status,
        **{name: _seconds(moment) for name, moment in times.items()},
        "Answer": assignment.answer,
        **_set(RequesterFeedback=assignment.feedback),
    }


def bonus_structure(bonus: Bonus) -> dict[str, Any]:
    """Return a bonus that was paid."""
    return {
        "WorkerId": bonus.assignment.worker.worker_id,
        "BonusAmount": to_text(bonus.amount_cents),
        "AssignmentId": bonus.assignment.assignment_id,
        "Reason": bonus.reason,
        "GrantTime": _seconds(bonus.grant_time),
    }


def review_result_structure(result: ReviewResult) -> dict[str, Any]:
    """Return one thing that a review policy found."""
    return {
        "SubjectId": result.subject_id,
        "SubjectType": result.subject_type,
        **_set(QuestionId=result.question_id),
        "Key": result.key,
        "Value": result.value,
    }


def review_action_structure(action: ReviewAction) -> dict[str, Any]:
    """Return one thing that a review policy did, or could not do."""
    times = _set(CompleteTime=action.completed_at)
    return {
        "ActionId": action.action_id,
        "ActionName": action.name,
        "TargetId": action.target_id,
        "TargetType": action.target_type,
        "Status": action.status,
        **{name: _seconds(moment) for name, moment in times.items()},
        "Result": action.result,
        **_set(ErrorCode=action.error_code),
    }


def _set(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
