"""HIT types: equal properties are one type, whichever operation names them.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITTypeOperation.html,
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/mturk-modifying-hits.html (a HIT
keeps its type once assignments were accepted or submitted).
"""

import json
from hashlib import sha256
from typing import Any

from crowdmake.market import changes, fees
from crowdmake.market.ids import entity_id
from crowdmake.market.models import HIT, HITType
from crowdmake.market.money import to_cents
from crowdmake.market.operations.registry import writing
from crowdmake.market.prepared import Select, given
from crowdmake.market.protocol.calls import Call, locked_hit, undeleted
from crowdmake.market.protocol.errors import RequestError, does_not_exist
from crowdmake.market.qualifications import requirements

AUTO_APPROVAL_DELAY = 2_592_000

_EQUAL = Select(
    lambda: HITType.objects.filter(
        requester=given(HITType, "requester"), fingerprint=given(HITType, "fingerprint")
    )
)
_NAMED = Select(
    lambda: HITType.objects.filter(
        requester=given(HITType, "requester"), hit_type_id=given(HITType, "hit_type_id")
    )
)


def create_hit_type(call: Call) -> dict[str, Any]:
    """Return the id of the HIT type with the given properties."""
    return {"HITTypeId": find_or_create(call).hit_type_id}


def update_hit_type_of_hit(call: Call) -> dict[str, Any]:
    """Give a HIT that nobody has begun to work on the properties of another HIT type."""
    hit = undeleted(call, locked_hit(call))
    hit_type = find(call)
    if taken := hit.max_assignments - hit.unused:
        raise RequestError(
            "InvalidHITState",
            f"This HIT is currently in the state '{hit.status}', and {taken} of its assignments "
            "have been accepted or submitted.  Its HIT type can no longer be changed.",
        )
    changes.change_type(hit, hit_type, _fee_cents(call, hit, hit_type))
    return {}


def _fee_cents(call: Call, hit: HIT, hit_type: HITType) -> int:
    return fees.fee_cents(
        call.requester.fees, hit_type.reward_cents, hit.max_assignments, hit_type.requirements
    )


def find_or_create(call: Call) -> HITType:
    """Return the requester's HIT type with the properties in the call's parameters."""
    properties = _properties(call.parameters)
    requirements.check_types(call.requester, properties["requirements"])
    fingerprint = _fingerprint(properties)
    known = _EQUAL.first(requester=call.requester.pk, fingerprint=fingerprint)
    return known or _create(call, fingerprint, properties)


def _create(call: Call, fingerprint: str, properties: dict[str, Any]) -> HITType:
    hit_type = HITType.objects.create(
        requester=call.requester,
        fingerprint=fingerprint,
        hit_type_id=entity_id(),
        hit_group_id=entity_id(),
        **properties,
    )
    if hit_type.requirements:
        requirements.remember(hit_type)
    return hit_type


def find(call: Call) -> HITType:
    """Return the requester's HIT type named in the call, of which HITs can be made.

    Raises RequestError (HITTypeDoesNotExist).
    """
    hit_type = named(call)
    if hit_type.deleted:
        raise does_not_exist("HITType", hit_type.hit_type_id)
    return hit_type


def named(call: Call) -> HITType:
    """Return the requester's HIT type named in the call, a deleted one too.

    Raises RequestError (HITTypeDoesNotExist).
    """
    hit_type_id = call.parameters["HITTypeId"]
    found = _NAMED.first(requester=call.requester.pk, hit_type_id=hit_type_id)
    if found is None:
        raise does_not_exist("HITType", hit_type_id)
    return found


def _properties(parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": parameters["Title"],
        "description": parameters["Description"],
        "keywords": parameters.get("Keywords", ""),
        "reward_cents": to_cents(parameters["Reward"]),
        "assignment_duration": parameters["AssignmentDurationInSeconds"],
        "auto_approval_delay": parameters.get("AutoApprovalDelayInSeconds", AUTO_APPROVAL_DELAY),
        "requirements": requirements.normalised(parameters.get("QualificationRequirements", [])),
    }


def _fingerprint(properties: dict[str, Any]) -> str:
    """Return what equal properties share: amounts as cents, requirements in any order."""
    unordered = sorted(json.dumps(each, sort_keys=True) for each in properties["requirements"])
    text = json.dumps({**properties, "requirements": unordered}, sort_keys=True)
    return sha256(text.encode()).hexdigest()


PROPERTY_ERRORS = (
    "AWS.MissingParameters",
    "AWS.ParameterOutOfRange",
    "InvalidParameterValue",
    "InvalidQualificationTypeState",
    "QualificationTypeDoesNotExist",
)
OPERATIONS = {
    "CreateHITType": writing(create_hit_type, *PROPERTY_ERRORS),
    "UpdateHITTypeOfHIT": writing(
        update_hit_type_of_hit,
        "HITDoesNotExist",
        "HITTypeDoesNotExist",
        "InsufficientFunds",
        "InvalidHITState",
    ),
}
