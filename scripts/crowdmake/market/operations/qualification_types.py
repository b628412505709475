"""Qualification types: made, changed, deleted, shown.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateQualificationTypeOperation.html,
..._UpdateQualificationTypeOperation.html, ..._DeleteQualificationTypeOperation.html,
..._GetQualificationTypeOperation.html.
"""

from typing import Any

from crowdmake.market.forms import answer_key, question_form
from crowdmake.market.ids import entity_id
from crowdmake.market.models import (
    OPEN,
    REJECTED,
    HITType,
    QualificationRequest,
    QualificationType,
    RequiredQualification,
)
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import (
    PREFIX,
    ParameterValidationError,
    RequestError,
    missing,
    wrong_state,
)
from crowdmake.market.qualifications import catalogue
from crowdmake.market.qualifications.structures import type_structure

DEFAULT_VALUE = 1
# What the type is called where a request sets it: the parameters that an update may change.
CHANGES = {
    "Description": "description",
    "QualificationTypeStatus": "status",
    "RetryDelayInSeconds": "retry_delay",
}


def create_qualification_type(call: Call) -> dict[str, Any]:
    """Make a type, the name of which the requester has not given to another."""
    name = call.parameters["Name"]
    if catalogue.owned_by(call.requester).filter(name=name).exists():
        raise RequestError(
            "QualificationTypeAlreadyExists",
            "You have already created a QualificationType with this name. A QualificationType's "
            "name must be unique among all of the QualificationTypes created by the same user.",
        )
    new = QualificationType(
        qualification_type_id=entity_id(),
        requester=call.requester,
        name=name,
        keywords=call.parameters.get("Keywords", ""),
        created_at=call.now,
    )
    _change(new, call.parameters)
    return {"QualificationType": type_structure(new, call.requester)}


def update_qualification_type(call: Call) -> dict[str, Any]:
    """Change what the call names; a test is replaced as a whole, and never taken away."""
    if "Test" not in call.parameters and "TestDurationInSeconds" in call.parameters:
        raise missing("Test")
    known = catalogue.locked(call)
    _change(known, call.parameters)
    return {"QualificationType": type_structure(known, call.requester)}


def delete_qualification_type(call: Call) -> dict[str, Any]:
    """Delete a type and the HIT types that require it, and reject what workers requested.

    Grants stay, for HITs that are on the market.
    """
    doomed = _deletable(call)
    doomed.deleted_at = call.now
    doomed.save(update_fields=["deleted_at"])
    QualificationRequest.objects.filter(qualification_type=doomed, status__in=OPEN).update(
        status=REJECTED
    )
    required = RequiredQualification.objects.filter(
        qualification_type_id=doomed.qualification_type_id
    )
    HITType.objects.filter(pk__in=required.values("hit_type")).update(deleted=True)
    return {}


def get_qualification_type(call: Call) -> dict[str, Any]:
    """Return one type: the requester's own, the system's, or an Active one of another's."""
    return {"QualificationType": type_structure(catalogue.shown(call), call.requester)}


def _deletable(call: Call) -> QualificationType:
    """Return the call's type, kept from other writers; a deleted one is in a wrong state."""
    type_id = call.parameters["QualificationTypeId"]
    mine = QualificationType.objects.filter(
        requester=call.requester, qualification_type_id=type_id, deleted_at__isnull=False
    )
    if mine.exists():
        raise wrong_state("QualificationType", "Active,Inactive")
    return catalogue.locked(call)


def _change(changed: QualificationType, parameters: dict[str, Any]) -> None:
    """Store the type as the parameters say; raises ParameterValidationError."""
    for name, field in CHANGES.items():
        if name in parameters:
            setattr(changed, field, parameters[name])
    _change_test(changed, parameters)
    _change_granting(changed, parameters)
    changed.save()


def _change_test(changed: QualificationType, parameters: dict[str, Any]) -> None:
    if "Test" not in parameters:
        if "AnswerKey" in parameters:
            raise missing("Test")
        return
    if "TestDurationInSeconds" not in parameters:
        raise missing("TestDurationInSeconds")
    form = question_form.check_test(parameters["Test"])
    if "AnswerKey" in parameters:
        answer_key.check(parameters["AnswerKey"], form)
    changed.test = parameters["Test"]
    changed.answer_key = parameters.get("AnswerKey", "")
    changed.test_duration = parameters["TestDurationInSeconds"]


def _change_granting(changed: QualificationType, parameters: dict[str, Any]) -> None:
    changed.auto_granted = parameters.get("AutoGranted", changed.auto_granted)
    if changed.auto_granted and changed.test:
        raise ParameterValidationError(
            PREFIX + "InvalidParameterValue",
            "A QualificationType that has a Test cannot be AutoGranted.",
        )
    former = DEFAULT_VALUE if changed.auto_granted_value is None else changed.auto_granted_value
    value = parameters.get("AutoGrantedValue", former)
    changed.auto_granted_value = value if changed.auto_granted else None


_VALUE_ERRORS = (
    "AWS.MissingParameters",
    "AWS.ParameterOutOfRange",
    "InvalidParameterValue",
    "XHTMLParseError",
    "XMLParseError",
)
OPERATIONS = {
    "CreateQualificationType": writing(
        create_qualification_type, "QualificationTypeAlreadyExists", *_VALUE_ERRORS
    ),
    "UpdateQualificationType": writing(
        update_qualification_type,
        "PermissionDenied",
        "QualificationTypeDoesNotExist",
        *_VALUE_ERRORS,
    ),
    "DeleteQualificationType": writing(
        delete_qualification_type,
        "InvalidQualificationTypeState",
        "PermissionDenied",
        "QualificationTypeDoesNotExist",
    ),
    "GetQualificationType": reading(get_qualification_type, "QualificationTypeDoesNotExist"),
}
