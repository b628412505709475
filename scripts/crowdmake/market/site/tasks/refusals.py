"""The page that says why a worker does not get a HIT, or no longer has one, and what to do."""

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crowdmake.market.models import HITType
from crowdmake.market.working.accepting import WORDS, Reason

# What the page is called, and which ways lead on from it, the best first.
HEADINGS = {
    Reason.BLOCKED: "Blocked by the requester",
    Reason.UNQUALIFIED: "Qualification required",
    Reason.TOO_MANY: "Too many HITs at once",
    Reason.NONE_LEFT: "No HITs left",
    Reason.ALL_TAKEN: "Nothing left for you here",
    Reason.EXPIRED: "HITs expired",
    Reason.DELETED: "HITs deleted",
    Reason.SUBMITTED: "HIT submitted",
    Reason.RETURNED: "HIT returned",
    Reason.OVER: "Time is up",
}
_AGAIN = (Reason.RETURNED, Reason.OVER)
_TO_QUEUE = (Reason.TOO_MANY, Reason.ALL_TAKEN)


class Way(NamedTuple):
    """A link to where a worker may go on."""

    words: str
    address: str


def refusal(
    request: Any,
    reason: Reason,
    details: tuple[str, ...] = (),
    hit_type: HITType | None = None,
    *,
    assignment_id: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page that says ``reason``.

    ``hit_type`` is named where the worker may know it, ``assignment_id`` where there is one.
    """
    return render(
        request,
        "tasks/refused.html",
        {
            "heading": HEADINGS[reason],
            "words": WORDS[reason],
            "details": details,
            "hit_type": hit_type,
            "ways": _ways(reason, hit_type, assignment_id),
        },
        status=status,
    )


def _ways(reason: Reason, hit_type: HITType | None, assignment_id: str) -> list[Way]:
    ways = [Way("Find other HITs", reverse("projects"))]
    if reason in _TO_QUEUE:
        ways.insert(0, Way("Go to your queue", reverse("queue")))
    if reason == Reason.UNQUALIFIED:
        ways.insert(0, Way("See how to qualify", reverse("qualifications")))
    if reason in _AGAIN and hit_type is not None:
        again = reverse("preview", args=[hit_type.hit_group_id])
        ways.insert(0, Way("Look at these HITs again", again))
    if reason == Reason.SUBMITTED and assignment_id:
        ways.append(Way("See what became of it", reverse("record", args=[assignment_id])))
    return ways
