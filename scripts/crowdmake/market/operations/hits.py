"""HITs: made, shown, put off and expired.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html,
..._CreateHITWithHITTypeOperation.html, ..._UpdateExpirationForHITOperation.html.
"""

from datetime import timedelta
from typing import Any

from crowdmake.market import accounts, fees, questions, tokens, transitions
from crowdmake.market.calls import Call, locked_hit, shown_hit, undeleted
from crowdmake.market.errors import PREFIX, ParameterValidationError, RequestError, out_of_range
from crowdmake.market.ids import entity_id
from crowdmake.market.models import HIT, HITType, Question
from crowdmake.market.operations import hit_types
from crowdmake.market.prepared import Insert
from crowdmake.market.structures import hit_structure

MIN_EXTENSION = 60
MAX_EXTENSION = 31_536_000
POLICIES = {
    "AssignmentReviewPolicy": "ScoreMyKnownAnswers/2011-09-01",
    "HITReviewPolicy": "SimplePlurality/2011-09-01",
}

_insert_hit = Insert(HIT).run
_insert_question = Insert(Question).run


def create_hit(call: Call) -> dict[str, Any]:
    """Make a HIT with the given properties, and their HIT type if it is new."""
    _check_token(call, "CreateHIT")
    _check_content(call.parameters)
    return _create(call, "CreateHIT", hit_types.find_or_create(call))


def create_hit_with_hit_type(call: Call) -> dict[str, Any]:
    """Make a HIT of an existing HIT type."""
    _check_token(call, "CreateHITWithHITType")
    _check_content(call.parameters)
    return _create(call, "CreateHITWithHITType", hit_types.find(call))


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
        transitions.expire(HIT.objects.filter(pk=hit.pk))
    return {}


def _extend(call: Call, hit: HIT) -> None:
    moment = call.parameters["ExpireAt"]
    # The service derives a token from the HIT and the moment:
    # github.com/Dallinger/Dallinger/issues/3109
    token = f"{hit.hit_id}:{int(moment.timestamp())}"
    if tokens.used_for(call.requester, "UpdateExpirationForHIT", token, call.now):
        raise RequestError(
            "DuplicateRequest", f'The idempotency token "{token}" has already been processed.'
        )
    increment = int((moment - (hit.expiration if hit.on_market else call.now)).total_seconds())
    if not MIN_EXTENSION <= increment <= MAX_EXTENSION:
        raise out_of_range(increment, "ExpirationIncrementInSeconds", MIN_EXTENSION, MAX_EXTENSION)
    transitions.extend(hit, moment)
    tokens.use(call.requester, "UpdateExpirationForHIT", token, hit.hit_id, call.now)


def _check_token(call: Call, operation: str) -> None:
    token = call.parameters.get("UniqueRequestToken")
    if token and (hit_id := tokens.used_for(call.requester, operation, token, call.now)):
        raise RequestError("HITAlreadyExists", f'The HIT with ID "{hit_id}" already exists.')


def _check_content(parameters: dict[str, Any]) -> None:
    """Raise unless there is one question, or one layout, of a kind that can be shown."""
    if "Question" in parameters and "HITLayoutId" in parameters:
        raise ParameterValidationError(
            PREFIX + "InvalidParameterValue",
            "Your request has both a Question and a HITLayoutId, only one is allowed.",
        )
    if "HITLayoutId" in parameters:
        layout = parameters["HITLayoutId"]
        raise RequestError("HITLayoutDoesNotExist", f"HITLayout {layout} does not exist.")
    if "Question" not in parameters:
        raise ParameterValidationError(
            "AWS.MissingParameters",
            "Your request is missing required parameters. Missing parameter names: Question",
        )
    questions.check(parameters["Question"])
    for member, policy in POLICIES.items():
        _check_policy(member, policy, parameters.get(member))


def _check_policy(member: str, policy: str, given: dict[str, Any] | None) -> None:
    if given and given["PolicyName"] != policy:
        raise ParameterValidationError(
            PREFIX + "InvalidParameterValue",
            f"The policy of {member} has to be {policy}.",
        )


def _create(call: Call, operation: str, hit_type: HITType) -> dict[str, Any]:
    hit = _new_hit(call, hit_type)
    accounts.hold(call.requester.pk, hit.max_assignments * hit.cost_cents)
    _insert_hit(hit)
    _insert_question(Question(hit=hit, xml=call.parameters["Question"]))
    if token := call.parameters.get("UniqueRequestToken"):
        tokens.use(call.requester, operation, token, hit.hit_id, call.now)
    return {"HIT": hit_structure(hit, call.parameters["Question"])}


def _new_hit(call: Call, hit_type: HITType) -> HIT:
    parameters = call.parameters
    max_assignments = parameters.get("MaxAssignments", 1)
    policies = {member: parameters[member] for member in POLICIES if member in parameters}
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
        review_policies=policies or None,
    )
