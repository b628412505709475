"""A worker's report that a HIT is broken or wrong."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from crowdmake.market.eligibility import Standing, judge
from crowdmake.market.models import ACCEPTED, DISPOSED, HIT, HITType, Report
from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.converters import EntityId
from crowdmake.market.site.records.forms import ReportForm
from crowdmake.market.site.records.history import own
from crowdmake.market.workers import Refused
from crowdmake.market.working import letters

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@workers_only
def of_work(request: Any, assignment_id: str) -> HttpResponse:
    """Take a report of the HIT that the worker has accepted, now or once."""
    work = get_object_or_404(own(request), assignment_id=assignment_id)
    if work.status == ACCEPTED:
        back = reverse("work", args=[work.hit.hit_type.hit_group_id, assignment_id])
    else:
        back = reverse("record", args=[assignment_id])
    return _report(request, work.hit, back)


@require_http_methods(METHODS)
@workers_only
def of_group(request: Any, group_id: str) -> HttpResponse:
    """Take a report of a HIT that the worker has looked at; `?hit=HITID` says of which one."""
    found = _looked_at(request, group_id)
    return _report(request, found, reverse("preview", args=[group_id]))


def _looked_at(request: Any, group_id: str) -> HIT:
    """Return the HIT of a group that the address names, otherwise the newest that is on offer."""
    hit_type = get_object_or_404(HITType, hit_group_id=group_id)
    if not judge(Standing(request.worker), hit_type).discover:
        raise Http404
    hits = HIT.objects.filter(hit_type=hit_type).exclude(status=DISPOSED)
    named = request.GET.get("hit", "")
    if named:
        if not EntityId.fits(named):
            raise Http404
        hits = hits.filter(hit_id=named)
    found = hits.select_related("hit_type", "requester").order_by("-on_market", "-pk").first()
    if found is None:
        raise Http404
    return found


def _report(request: Any, hit: HIT, back: str) -> HttpResponse:
    before = Report.objects.filter(hit=hit, worker=request.worker).first()
    given = {"reason": before.reason, "text": before.text} if before else None
    form, refusal = ReportForm(request.POST or None, initial=given), ""
    if request.method == "POST" and form.is_valid():
        try:
            current.run(
                lambda now: letters.report(request.worker, hit, now=now, **form.cleaned_data)
            )
        except Refused as why:
            refusal = str(why)
        else:
            messages.success(request, "Thank you: the requester and the operator see your report.")
            return redirect(back)
    shown = {"hit": hit, "form": form, "before": before, "back": back, "refusal": refusal}
    return render(request, "records/report.html", shown)
