"""HIT types: equal properties are one type, whichever operation names them.

Source: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITTypeOperation.html
"""

import json
from hashlib import sha256
from typing import Any

from crowdmake.market import qualifications
from crowdmake.market.calls import Call
from crowdmake.market.errors import RequestError, out_of_range
from crowdmake.market.ids import entity_id
from crowdmake.market.models import HITType
from crowdmake.market.money import to_cents, to_text
from crowdmake.market.prepared import Select, given

MAX_REWARD_CENTS = 100_000_000
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


def find_or_create(call: Call) -> HITType:
    """Return the requester's HIT type with the properties in the call's parameters."""
    properties = _properties(call.parameters)
    fingerprint = _fingerprint(properties)
    known = _EQUAL.first(requester=call.requester.pk, fingerprint=fingerprint)
    return known or HITType.objects.create(
        requester=call.requester,
        fingerprint=fingerprint,
        hit_type_id=entity_id(),
        hit_group_id=entity_id(),
        **properties,
    )


def find(call: Call) -> HITType:
    """Return the requester's HIT type named in the call; raises RequestError."""
    hit_type_id = call.parameters["HITTypeId"]
    found = _NAMED.first(requester=call.requester.pk, hit_type_id=hit_type_id)
    if found is None:
        raise RequestError("HITTypeDoesNotExist", f"HITType {hit_type_id} does not exist.")
    return found


def _properties(parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": parameters["Title"],
        "description": parameters["Description"],
        "keywords": parameters.get("Keywords", ""),
        "reward_cents": _reward_cents(parameters["Reward"]),
        "assignment_duration": parameters["AssignmentDurationInSeconds"],
        "auto_approval_delay": parameters.get("AutoApprovalDelayInSeconds", AUTO_APPROVAL_DELAY),
        "requirements": qualifications.normalised(parameters.get("QualificationRequirements", [])),
    }


def _reward_cents(reward: str) -> int:
    cents = to_cents(reward)
    if cents > MAX_REWARD_CENTS:
        raise out_of_range(reward, "Reward", to_text(0), to_text(MAX_REWARD_CENTS))
    return cents


def _fingerprint(properties: dict[str, Any]) -> str:
    """Return what equal properties share: amounts as cents, requirements in any order."""
    requirements = sorted(json.dumps(each, sort_keys=True) for each in properties["requirements"])
    text = json.dumps({**properties, "requirements": requirements}, sort_keys=True)
    return sha256(text.encode()).hexdigest()
