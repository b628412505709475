"""The page on which a worker does a HIT, and giving it back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from crowdmake.market import workers
from crowdmake.market.models import Assignment
from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.frames import framed
from crowdmake.market.site.tasks.refusals import refusal
from crowdmake.market.working import accepting, queue


@workers_only
def work(request: Any, group: str, assignment: str) -> HttpResponse:
    """Show a HIT to the worker who has accepted it."""
    held = own(request, group, assignment)
    ended = accepting.ending(held)
    if ended is not None:
        return _ended(request, held, ended)
    return _shown(request, held)


@require_POST
@workers_only
def give_back(request: Any, group: str, assignment: str) -> HttpResponse:
    """Take back a HIT that the worker does not want to do."""
    held = own(request, group, assignment)
    try:
        current.run(lambda now: workers.return_(held, now))
    except workers.Refused:
        held.refresh_from_db()
        reason = accepting.ending(held) or accepting.Reason.OVER
        return _ended(request, held, reason, status=409)
    messages.success(request, "You have returned the HIT.")
    return redirect(place_after(request))


def own(request: Any, group: str, assignment: str) -> Assignment:
    """Return the worker's own assignment; any other is as if it were not there."""
    found = queue.own(request.worker, group, assignment)
    if found is None:
        raise Http404
    return found


def place_after(request: Any) -> str:
    """Return the name of the page to go to when a HIT is done with."""
    return "queue" if queue.held(request.worker).exists() else "projects"


def _ended(
    request: Any, held: Assignment, reason: accepting.Reason, status: int = 200
) -> HttpResponse:
    hit_type, identifier = held.hit.hit_type, held.assignment_id
    return refusal(request, reason, hit_type=hit_type, assignment_id=identifier, status=status)


def _shown(request: Any, held: Assignment) -> HttpResponse:
    shown = {
        "assignment": held,
        "hit_type": held.hit.hit_type,
        "accept_next": request.account.accept_next,
    }
    return framed.page_of_hit(request, "tasks/work.html", shown, held.hit, held)
