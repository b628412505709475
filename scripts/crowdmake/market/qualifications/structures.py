"""Qualifications as the API shows them: members that are not set are left out.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QualificationTypeDataStructureArticle.html,
..._QualificationDataStructureArticle.html, ..._QualificationRequestDataStructureArticle.html.
"""

from datetime import datetime
from typing import Any

from crowdmake.market.models import (
    ACTIVE,
    Qualification,
    QualificationRequest,
    QualificationType,
    Requester,
)


def type_structure(each: QualificationType, viewer: Requester) -> dict[str, Any]:
    """Return a qualification type; its test and answer key only to its owner."""
    return {
        "QualificationTypeId": each.qualification_type_id,
        "CreationTime": _seconds(each.created_at),
        "Name": each.name,
        "Description": each.description,
        "QualificationTypeStatus": each.status,
        **_set(Keywords=each.keywords, RetryDelayInSeconds=each.retry_delay),
        **(_test(each) if each.requester_id == viewer.pk else {}),
        **_set(TestDurationInSeconds=each.test_duration),
        "IsRequestable": each.requester_id is not None and each.status == ACTIVE,
        "AutoGranted": each.auto_granted,
        **_set(AutoGrantedValue=each.auto_granted_value),
    }


def grant_structure(grant: Qualification, qualification_type_id: str) -> dict[str, Any]:
    """Return what a worker was granted, or what was revoked."""
    return {
        "QualificationTypeId": qualification_type_id,
        "WorkerId": grant.worker.worker_id,
        "GrantTime": _seconds(grant.grant_time),
        **_set(IntegerValue=grant.value),
        "Status": grant.status,
    }


def request_structure(request: QualificationRequest) -> dict[str, Any]:
    """Return a worker's request, with the test and its answers if there was one."""
    return {
        "QualificationRequestId": request.qualification_request_id,
        "QualificationTypeId": request.qualification_type.qualification_type_id,
        "WorkerId": request.worker.worker_id,
        "SubmitTime": _seconds(request.submit_time),
        **_set(Test=request.test, Answer=request.answer),
    }


def _test(each: QualificationType) -> dict[str, Any]:
    return _set(Test=each.test, AnswerKey=each.answer_key)


def _set(**members: Any) -> dict[str, Any]:
    """Return the members that are there; a zero is."""
    return {name: value for name, value in members.items() if value not in (None, "")}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
