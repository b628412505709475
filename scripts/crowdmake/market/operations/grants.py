"""Qualifications given to workers and taken back.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_AssociateQualificationWithWorkerOperation.html,
..._DisassociateQualificationFromWorkerOperation.html, ..._GetQualificationScoreOperation.html,
..._ListWorkersWithQualificationTypeOperation.html.
"""

from typing import Any

from crowdmake.market.models import GRANTED, Qualification
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.protocol.calls import Call, named_worker
from crowdmake.market.protocol.errors import RequestError, wrong_state
from crowdmake.market.protocol.paging import page_by_worker
from crowdmake.market.qualifications import catalogue, granting
from crowdmake.market.qualifications.structures import grant_structure

DEFAULT_VALUE = 1


def associate_qualification_with_worker(call: Call) -> dict[str, Any]:
    """Grant a worker a qualification, or give the one that it has another value."""
    qualification_type = catalogue.owned(call)
    worker = named_worker(call)
    value = call.parameters.get("IntegerValue", DEFAULT_VALUE)
    granting.grant(qualification_type, worker, value, call.now)
    if call.parameters.get("SendNotification", True):
        granting.tell(qualification_type, worker, "You were granted a qualification", "", call.now)
    return {}


def disassociate_qualification_from_worker(call: Call) -> dict[str, Any]:
    """Revoke what a worker was granted, and tell the worker."""
    qualification_type = catalogue.owned(call)
    held = _granted(granting.locked(qualification_type, named_worker(call)))
    reason = call.parameters.get("Reason", "")
    granting.revoke(held, reason)
    granting.tell(
        qualification_type, held.worker, "A qualification of yours was revoked", reason, call.now
    )
    return {}


def get_qualification_score(call: Call) -> dict[str, Any]:
    """Return what a worker was granted, unless it was revoked."""
    # The service said the same of a type that does not exist:
    # github.com/Dallinger/Dallinger, tests/test_mturk.py
    type_id = call.parameters["QualificationTypeId"]
    held = Qualification.objects.filter(
        qualification_type__in=catalogue.owned_by(call.requester).filter(
            qualification_type_id=type_id
        ),
        worker=named_worker(call),
    )
    found = _granted(held.select_related("worker").first())
    return {"Qualification": grant_structure(found, type_id)}


def list_workers_with_qualification_type(call: Call) -> dict[str, Any]:
    """Return a page of a type's grants, in the order of the workers."""
    qualification_type = catalogue.owned(call)
    grants = Qualification.objects.filter(
        qualification_type=qualification_type, status=call.parameters.get("Status", GRANTED)
    )
    found, members = page_by_worker(grants, call.parameters, "ListWorkersWithQualificationType")
    type_id = qualification_type.qualification_type_id
    return {**members, "Qualifications": [grant_structure(each, type_id) for each in found]}


def _granted(held: Qualification | None) -> Qualification:
    """Return what a worker has; raises RequestError where that is nothing, or was revoked."""
    if held is None:
        raise RequestError(
            "QualificationDoesNotExist", "You requested a Qualification that does not exist."
        )
    if held.status != GRANTED:
        raise wrong_state("Qualification", "Granted")
    return held


_OWNERS_ERRORS = ("PermissionDenied", "QualificationTypeDoesNotExist", "InvalidParameterValue")
OPERATIONS = {
    "AssociateQualificationWithWorker": writing(
        associate_qualification_with_worker, *_OWNERS_ERRORS
    ),
    "DisassociateQualificationFromWorker": writing(
        disassociate_qualification_from_worker,
        "AWS.ParameterOutOfRange",
        "InvalidQualificationState",
        "QualificationDoesNotExist",
        *_OWNERS_ERRORS,
    ),
    "GetQualificationScore": reading(
        get_qualification_score,
        "InvalidParameterValue",
        "InvalidQualificationState",
        "QualificationDoesNotExist",
    ),
    "ListWorkersWithQualificationType": reading(
        list_workers_with_qualification_type, "AWS.ParameterOutOfRange", *_OWNERS_ERRORS
    ),
}
