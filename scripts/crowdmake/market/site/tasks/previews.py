"""Looking at a HIT before it is accepted, and accepting it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from crowdmake.market import eligibility
from crowdmake.market.models import HIT, HITType
from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.converters import EntityId
from crowdmake.market.site.frames import framed
from crowdmake.market.site.tasks.refusals import refusal
from crowdmake.market.working import accepting, offers, queue
from crowdmake.market.working.accepting import NotGiven, Reason


def by_identifier(request: Any) -> HttpResponse:
    """Lead from the former address of a preview, with a HITGroupId or HITTypeId, to the present."""
    given = _id(request.GET.get("groupId", ""))
    hit_type = queue.group(given) or HITType.objects.filter(hit_type_id=given).first()
    if hit_type is None:
        raise Http404
    return redirect("preview", hit_type.hit_group_id)


@workers_only
def preview(request: Any, group: str) -> HttpResponse:
    """Show the next HIT of a group, as it looks before it is accepted."""
    hit_type = _group(group)
    may = eligibility.judge(eligibility.Standing(request.worker), hit_type)
    if not may.discover:
        return refusal(request, *accepting.obstacle(may))
    hit = offers.next_hit(request.worker, hit_type, _key(request.GET.get("after", "")))
    if hit is None:
        reason = accepting.why_none(hit_type)
        return refusal(request, reason, hit_type=hit_type)
    return _shown(request, hit, hit_type, may)


@workers_only
def accept(request: Any, group: str) -> HttpResponse:
    """Give the worker the HIT that was previewed, or the next one, and lead to it."""
    if request.method != "POST":
        return redirect("preview", group)
    hit_type, preferred = _group(group), request.POST.get("hit", "")
    try:
        address = taken(request, hit_type, preferred)
    except NotGiven as refused:
        known = None if refused.reason == Reason.UNQUALIFIED else hit_type
        return refusal(request, refused.reason, refused.details, known, status=409)
    return redirect(address)


def taken(request: Any, hit_type: HITType, preferred: str = "") -> str:
    """Return the address of the work that the worker gets; raises NotGiven.

    It is the HIT with the HITId ``preferred`` if the worker can still get that.
    """
    wanted = _key(preferred)
    given = current.run(lambda now: accepting.take(request.worker, hit_type, now, wanted))
    return reverse("work", args=[hit_type.hit_group_id, given.assignment_id])


def _shown(request: Any, hit: HIT, hit_type: HITType, may: eligibility.Eligibility) -> HttpResponse:
    skip = urlencode({"after": hit.hit_id})
    shown = {"hit": hit, "hit_type": hit_type, "may": may, "skip": skip}
    if may.preview:
        return framed.page_of_hit(request, "tasks/preview.html", shown, hit, None)
    return render(request, "tasks/preview.html", shown)


def _group(identifier: str) -> HITType:
    hit_type = queue.group(identifier)
    if hit_type is None:
        raise Http404
    return hit_type


def _key(hit_id: str) -> int:
    """Return the key of the HIT, 0 where there is none of that id."""
    return HIT.objects.filter(hit_id=_id(hit_id)).values_list("pk", flat=True).first() or 0


def _id(text: str) -> str:
    """Return what may be an id; "" for what a database could not even look for."""
    return text if EntityId.fits(text) else ""
