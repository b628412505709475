"""What is changed about a HIT that is there, with the money held for it: expiry, size and type.

Each function runs inside a transaction and expects the HIT's row to be locked.
"""

from datetime import datetime

from crowdmake.market import accounts, transitions
from crowdmake.market.models import ASSIGNABLE, HIT, HITType
from crowdmake.market.protocol.errors import RequestError, out_of_range

# HITs with fewer assignments than this cannot come to have as many, because these cost more
# (docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI,
# ApiReference_CreateAdditionalAssignmentsForHITOperation).
MANY = 10
MAX_ASSIGNMENTS = 1_000_000_000


def extend(hit: HIT, expiration: datetime) -> None:
    """Put off a HIT's expiry; one that had expired returns with its unused assignments.

    Raises RequestError (InsufficientFunds) when these are no longer covered.
    """
    if not hit.on_market:
        accounts.hold(hit.requester_id, hit.unused * hit.cost_cents)
    hit.status = ASSIGNABLE if hit.unused else hit.status
    hit.on_market, hit.expiration = True, expiration
    transitions.save_hit(hit)


def check_enlargeable(hit: HIT, number: int) -> None:
    """Raise where a HIT cannot have ``number`` more assignments.

    Raises:
        RequestError: fewer than ten would become ten or more.
        ParameterValidationError: they would be too many.
    """
    if hit.max_assignments < MANY <= hit.max_assignments + number:
        raise RequestError(
            "InvalidMaximumAssignmentsIncrease",
            f"HITs created with fewer than {MANY} assignments cannot be extended to have {MANY} "
            "or more assignments.",
        )
    if hit.max_assignments + number > MAX_ASSIGNMENTS:
        raise out_of_range(hit.max_assignments + number, "MaxAssignments", 1, MAX_ASSIGNMENTS)


def enlarge(hit: HIT, number: int) -> None:
    """Give a HIT ``number`` more assignments; an expired one offers them when it returns.

    Raises RequestError (InsufficientFunds) when these are not covered.
    """
    if hit.on_market:
        accounts.hold(hit.requester_id, number * hit.cost_cents)
        hit.status = ASSIGNABLE
    hit.max_assignments += number
    transitions.save_hit(hit)


def change_type(hit: HIT, hit_type: HITType, fee_cents: int) -> None:
    """Give a HIT that nobody has worked on the properties of ``hit_type``.

    Raises RequestError (InsufficientFunds) when its assignments are then not covered.
    """
    before = hit.cost_cents
    hit.hit_type, hit.fee_cents = hit_type, fee_cents
    difference = hit.available * (hit.cost_cents - before)
    if difference > 0:
        accounts.hold(hit.requester_id, difference)
    elif difference < 0:
        accounts.release(hit.requester_id, -difference)
    hit.save(update_fields=["hit_type", "fee_cents"])
