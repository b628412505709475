"""What a requester does with a HIT whose work is in.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_DeleteHITOperation.html,
..._UpdateHITReviewStatusOperation.html.
"""

from typing import Any

from crowdmake.market.models import DISPOSED, HIT, REVIEWABLE, REVIEWING, UploadedFile
from crowdmake.market.notifications import events
from crowdmake.market.operations.registry import writing
from crowdmake.market.protocol.calls import Call, locked_hit, undeleted
from crowdmake.market.protocol.errors import RequestError


def update_hit_review_status(call: Call) -> dict[str, Any]:
    """Move a HIT from Reviewable to Reviewing, or back with Revert."""
    hit = undeleted(call, locked_hit(call))
    before, after = REVIEWABLE, REVIEWING
    if call.parameters.get("Revert"):
        before, after = after, before
    _check_status(hit, before)
    hit.status = after
    hit.save(update_fields=["status"])
    return {}


def delete_hit(call: Call) -> dict[str, Any]:
    """Dispose of a HIT, all of whose work is decided."""
    hit = locked_hit(call)
    _check_status(hit, REVIEWING, REVIEWABLE)
    if hit.submitted:
        raise RequestError(
            "InvalidHITState",
            f"This HIT has {hit.submitted} assignments that are neither approved nor rejected.",
        )
    hit.status, hit.on_market = DISPOSED, False
    hit.save(update_fields=["status", "on_market"])
    events.record(events.HIT_DISPOSED, hit, call.now)
    # "After the HIT is disposed, any uploaded files are deleted" (the model, GetFileUploadURL).
    UploadedFile.objects.filter(assignment__hit=hit).delete()
    return {}


def _check_status(hit: HIT, *allowed: str) -> None:
    if hit.status not in allowed:
        raise RequestError(
            "InvalidHITState",
            f"This HIT is currently in the state '{hit.status}'.  "
            f"This operation can be called with a status of: {', '.join(allowed)}",
        )


OPERATIONS = {
    "DeleteHIT": writing(delete_hit, "HITDoesNotExist", "InvalidHITState"),
    "UpdateHITReviewStatus": writing(
        update_hit_review_status, "HITDoesNotExist", "InvalidHITState"
    ),
}
