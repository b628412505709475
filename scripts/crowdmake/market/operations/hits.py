"""HITs: made, shown, put off and expired.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html,
..._CreateHITWithHITTypeOperation.html, ..._UpdateExpirationForHITOperation.html.
"""

from datetime import timedelta
from typing import Any

from crowdmake.market import accounts, changes, fees, layouts, questions, transitions
from crowdmake.market.ids import entity_id
from crowdmake.market.models import HIT, HITType, Question
from crowdmake.market.notifications import events
from crowdmake.market.operations import hit_types
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.prepared import Insert
from crowdmake.market.protocol import tokens
from crowdmake.market.protocol.calls import Call, locked_hit, shown_hit, undeleted
from crowdmake.market.protocol.errors import (
    PREFIX,
    ParameterValidationError,
    RequestError,
    missing,
    out_of_range,
)
from crowdmake.market.protocol.structures import hit_structure
from crowdmake.market.review_policies import parameters as review_parameters
from crowdmake.market.review_policies import plurality

MIN_EXTENSION = 60
MAX_EXTENSION = 31_536_000

_insert_hit = Insert(HIT).run
_insert_question = Insert(Question).run


def create_hit(call: Call) -> dict[str, Any]:
    """Make a HIT with the given properties, and their HIT type if it is new."""
    _check_token(call, "CreateHIT")
    question = _question(call)
    return _create(call, "CreateHIT", hit_types.find_or_create(call), question)


def create_hit_with_hit_type(call: Call) -> dict[str, Any]:
    """Make a HIT of an existing HIT type."""
    _check_token(call, "CreateHITWithHITType")
    question = _question(call)
    return _create(call, "CreateHITWithHITType", hit_types.find(call), question)


def get_hit(call: Call) -> dict[str, Any]:
    """Return one HIT; raises RequestError (HITDoesNotExist), for a deleted one too."""
    hit = shown_hit(call)
    return {"HIT": hit_structure(hit, hit.question.xml)}


def update_expiration_for_hit(call: Call) -> dict[str, Any]:
    """Expire a HIT now (any past moment), or put its expiry off."""
    hit = undeleted(call, locked_hit(call))
    if call.parameters["ExpireAt"] > call.now:
        _extend(call, hit)
    elif hit.on_market:
        HIT.objects.filter(pk=hit.pk).update(expiration=call.now)
        done = transitions.expire(HIT.objects.filter(pk=hit.pk))
        plurality.review_all(done, call.now)
    return {}


def create_additional_assignments_for_hit(call: Call) -> dict[str, Any]:
    """Let more workers do a HIT; one that had expired stays so."""
    number = call.parameters["NumberOfAdditionalAssignments"]
    with tokens.once(call, "CreateAdditionalAssignmentsForHIT", call.parameters["HITId"]):
        hit = undeleted(call, locked_hit(call))
        changes.check_enlargeable(hit, number)
        changes.enlarge(hit, number)
        events.record(events.HIT_EXTENDED, hit, call.now)
    return {}


def _extend(call: Call, hit: HIT) -> None:
    moment = call.parameters["ExpireAt"]
    # The service derives a token from the HIT and the moment:
    # github.com/Dallinger/Dallinger/issues/3109
    token = f"{hit.hit_id}:{int(moment.timestamp())}"
    tokens.check_unused(call.requester, "UpdateExpirationForHIT", token, call.now)
    # In whole seconds, as the client was shown the expiry.
    increment = int(moment.timestamp()) - int(
        (hit.expiration if hit.on_market else call.now).timestamp()
    )
    if not MIN_EXTENSION <= increment <= MAX_EXTENSION:
        raise out_of_range(increment, "ExpirationIncrementInSeconds", MIN_EXTENSION, MAX_EXTENSION)
    changes.extend(hit, moment)
    events.record(events.HIT_EXTENDED, hit, call.now)
    tokens.use(call.requester, "UpdateExpirationForHIT", token, hit.hit_id, call.now)


def _check_token(call: Call, operation: str) -> None:
    token = call.parameters.get("UniqueRequestToken")
    if token and (hit_id := tokens.used_for(call.requester, operation, token, call.now)):
        raise RequestError("HITAlreadyExists", f'The HIT with ID "{hit_id}" already exists.')


def _question(call: Call) -> str:
    """Return the question that the HIT is to show: the one given, or a layout filled in."""
    parameters = call.parameters
    review_parameters.check(parameters)
    values = parameters.get("HITLayoutParameters", [])
    if "Question" in parameters and (values or "HITLayoutId" in parameters):
        raise ParameterValidationError(
            PREFIX + "InvalidParameterValue",
            "Your request has both a Question and a HITLayoutId, only one is allowed.",
        )
    if "HITLayoutId" in parameters:
        return layouts.fill(layouts.find(call), values)
    if "Question" not in parameters:
        raise missing("HITLayoutId" if values else "Question")
    questions.check(parameters["Question"])
    return str(parameters["Question"])


def _create(call: Call, operation: str, hit_type: HITType, question: str) -> dict[str, Any]:
    hit = _new_hit(call, hit_type)
    _insert_hit(hit)
    _insert_question(Question(hit=hit, xml=question))
    events.record(events.HIT_CREATED, hit, call.now)
    if token := call.parameters.get("UniqueRequestToken"):
        tokens.use(call.requester, operation, token, hit.hit_id, call.now)
    # Every call of the requester's locks this row: the later, the shorter.
    accounts.hold(call.requester.pk, hit.max_assignments * hit.cost_cents)
    return {"HIT": hit_structure(hit, question)}


def _new_hit(call: Call, hit_type: HITType) -> HIT:
    parameters = call.parameters
    max_assignments = parameters.get("MaxAssignments", 1)
    return HIT(
        hit_id=entity_id(),
        requester=call.requester,
        hit_type=hit_type,
        creation_time=call.now,
        expiration=call.now + timedelta(seconds=parameters["LifetimeInSeconds"]),
        max_assignments=max_assignments,
        fee_cents=fees.fee_cents(
            call.requester.fees, hit_type.reward_cents, max_assignments, hit_type.requirements
        ),
        annotation=parameters.get("RequesterAnnotation", ""),
        hit_layout_id=parameters.get("HITLayoutId", ""),
        review_policies=review_parameters.given(parameters) or None,
    )


_CONTENT_ERRORS = (
    "AWS.MissingParameters",
    "AWS.ParameterOutOfRange",
    "HITAlreadyExists",
    "HITLayoutDoesNotExist",
    "InsufficientFunds",
    "InvalidParameterValue",
    "XHTMLParseError",
    "XMLParseError",
)
OPERATIONS = {
    "CreateAdditionalAssignmentsForHIT": writing(
        create_additional_assignments_for_hit,
        "AWS.ParameterOutOfRange",
        "DuplicateRequest",
        "HITDoesNotExist",
        "InsufficientFunds",
        "InvalidMaximumAssignmentsIncrease",
    ),
    "CreateHIT": writing(create_hit, *_CONTENT_ERRORS, *hit_types.PROPERTY_ERRORS),
    "CreateHITWithHITType": writing(
        create_hit_with_hit_type, *_CONTENT_ERRORS, "HITTypeDoesNotExist"
    ),
    "GetHIT": reading(get_hit, "HITDoesNotExist"),
    "UpdateExpirationForHIT": writing(
        update_expiration_for_hit,
        "HITDoesNotExist",
        "DuplicateRequest",
        "AWS.ParameterOutOfRange",
        "InsufficientFunds",
        "InvalidParameterValue",
    ),
}
