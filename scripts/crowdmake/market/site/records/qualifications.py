"""Qualifications: what a worker has, what can be requested, and what came of it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from crowdmake.market.models import (
    EXPIRED,
    GRANTED,
    PENDING,
    REJECTED,
    REVOKED,
    QualificationRequest,
)
from crowdmake.market.qualifications import catalogue, requesting
from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.records.paging import page
from crowdmake.market.workers import Refused
from crowdmake.market.working import qualified
from crowdmake.market.working.qualified import TAKING, Position

# A state in words, and the kind of badge that it is.
STATES = {
    GRANTED: ("You have it", "good"),
    PENDING: ("Requested: the requester has not decided yet", "warn"),
    TAKING: ("You are taking the test", "warn"),
    EXPIRED: ("The test was not handed in in time", "info"),
    REJECTED: ("Your request was rejected", "bad"),
    REVOKED: ("Taken back", "bad"),
    "": ("You do not have it", "info"),
}


@require_safe
@workers_only
def listed(request: Any) -> HttpResponse:
    """List what the worker has to do with, and what can be requested."""
    found = page(request, catalogue.requestable())
    own = qualified.positions(request.worker, qualified.concerning(request.worker), request.now)
    shown = {
        "own": _in_words(own),
        "page": found,
        "offered": _in_words(qualified.positions(request.worker, found, request.now)),
        "known": qualified.known(request.worker),
    }
    return render(request, "records/qualifications.html", shown)


@require_safe
@workers_only
def shown(request: Any, type_id: str) -> HttpResponse:
    """Show one qualification, and where the worker stands with it."""
    return _show(request, position(request, type_id))


@require_POST
@workers_only
def ask(request: Any, type_id: str) -> HttpResponse:
    """Request a qualification, or begin its test."""
    place = position(request, type_id)
    wanted, worker = place.type, request.worker
    try:
        if wanted.test:
            current.run(lambda now: requesting.begin_test(worker, wanted, now))
            return redirect("qualification-test", type_id)
        asked = current.run(lambda now: requesting.request_qualification(worker, wanted, None, now))
    except Refused as why:
        return _show(request, place, str(why))
    tell(request, asked)
    return redirect("qualification", type_id)


def tell(request: Any, asked: QualificationRequest) -> None:
    """Say what came of a request."""
    if asked.status == GRANTED:
        messages.success(request, "You have this qualification now.")
    else:
        messages.info(request, "Your request was sent. The requester decides on it.")


def position(request: Any, type_id: str) -> Position:
    """Return where the worker stands with the type that an address names."""
    found = qualified.find(request.worker, type_id)
    if found is None:
        raise Http404
    return qualified.positions(request.worker, [found], request.now)[0]


def _in_words(positions: list[Position]) -> list[tuple[Position, str, str]]:
    return [(each, *STATES[each.state]) for each in positions]


def _show(request: Any, place: Position, refusal: str = "") -> HttpResponse:
    state, badge = STATES[place.state]
    shown = {"place": place, "state": state, "badge": badge, "refusal": refusal}
    return render(request, "records/qualification.html", shown)
