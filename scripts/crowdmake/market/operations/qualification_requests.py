"""What workers requested, and the owner's decisions on it.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListQualificationRequestsOperation.html,
..._AcceptQualificationRequestOperation.html, ..._RejectQualificationRequestOperation.html.
"""

from typing import Any

from django.db.models import Q, QuerySet

from crowdmake.market.models import GRANTED, PENDING, REJECTED, STARTED, QualificationRequest
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import does_not_exist, wrong_state
from crowdmake.market.protocol.paging import page, row_of
from crowdmake.market.qualifications import catalogue, granting
from crowdmake.market.qualifications.structures import request_structure


def list_qualification_requests(call: Call) -> dict[str, Any]:
    """Return a page of what waits for a decision, in the order of submission."""
    mine = _mine(call)
    pending = mine.filter(status=PENDING)
    if "QualificationTypeId" in call.parameters:
        pending = pending.filter(qualification_type=catalogue.owned(call))
    found, members = page(
        pending.select_related("worker").order_by("submit_time", "pk"),
        call.parameters,
        "ListQualificationRequests",
        lambda requests, key: _submitted_after(requests, row_of(mine, key)),
    )
    return {**members, "QualificationRequests": [request_structure(each) for each in found]}


def accept_qualification_request(call: Call) -> dict[str, Any]:
    """Grant what was requested, with the value given or without one."""
    request = _pending(call)
    value = call.parameters.get("IntegerValue")
    granting.grant(request.qualification_type, request.worker, value, call.now)
    _close(request, GRANTED)
    granting.tell(
        request.qualification_type,
        request.worker,
        "You were granted a qualification that you requested",
        "",
        call.now,
    )
    return {}


def reject_qualification_request(call: Call) -> dict[str, Any]:
    """Refuse what was requested, and tell the worker why."""
    request = _pending(call)
    request.reason = call.parameters.get("Reason", "")
    _close(request, REJECTED)
    granting.tell(
        request.qualification_type,
        request.worker,
        "Your request for a qualification was rejected",
        request.reason,
        call.now,
    )
    return {}


def _mine(call: Call) -> "QuerySet[QualificationRequest]":
    """Return what workers requested of the caller's types."""
    requests = QualificationRequest.objects.filter(qualification_type__requester=call.requester)
    return requests.select_related("qualification_type")


def _pending(call: Call) -> QualificationRequest:
    """Return the request named in the call, kept from other writers."""
    request_id = call.parameters["QualificationRequestId"]
    handed_in = _mine(call).exclude(status=STARTED).filter(qualification_request_id=request_id)
    request = handed_in.select_related("worker").select_for_update(of=("self",)).first()
    if request is None:
        raise does_not_exist("QualificationRequest", request_id)
    if request.status != PENDING:
        raise wrong_state("QualificationRequest", "Submitted")
    return request


def _close(request: QualificationRequest, status: str) -> None:
    request.status = status
    request.save(update_fields=["status", "reason"])


def _submitted_after(
    requests: "QuerySet[QualificationRequest]", last: QualificationRequest
) -> "QuerySet[QualificationRequest]":
    moment = last.submit_time
    return requests.filter(Q(submit_time__gt=moment) | Q(submit_time=moment, pk__gt=last.pk))


_REQUEST_ERRORS = ("InvalidQualificationRequestState", "QualificationRequestDoesNotExist")
OPERATIONS = {
    "ListQualificationRequests": reading(
        list_qualification_requests,
        "AWS.ParameterOutOfRange",
        "InvalidParameterValue",
        "PermissionDenied",
        "QualificationTypeDoesNotExist",
    ),
    "AcceptQualificationRequest": writing(accept_qualification_request, *_REQUEST_ERRORS),
    "RejectQualificationRequest": writing(
        reject_qualification_request, "AWS.ParameterOutOfRange", *_REQUEST_ERRORS
    ),
}
