"""What a worker did, and what became of it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from crowdmake.market import transitions
from crowdmake.market.models import Assignment
from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.records.forms import STATUSES, HistoryForm, ReplyForm
from crowdmake.market.site.records.paging import page
from crowdmake.market.workers import Refused
from crowdmake.market.working import letters
from crowdmake.market.working.answered import answered


def own(request: Any) -> "QuerySet[Assignment]":
    """Return the worker's assignments, the newest first."""
    work = Assignment.objects.filter(worker=request.worker)
    return work.select_related("hit__hit_type", "hit__requester").order_by("-pk")


@require_safe
@workers_only
def history(request: Any) -> HttpResponse:
    """List the worker's assignments."""
    form = HistoryForm(request.GET)
    work = own(request)
    if form.is_valid() and form.cleaned_data["status"]:
        work = work.filter(status=form.cleaned_data["status"])
    found = page(request, work)
    rows = [(each, *STATUSES[each.status]) for each in found]
    return render(request, "records/history.html", {"form": form, "page": found, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@workers_only
def record(request: Any, assignment_id: str) -> HttpResponse:
    """Show one assignment; take an answer to its rejection."""
    work = get_object_or_404(own(request), assignment_id=assignment_id)
    form, refusal = ReplyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            current.run(lambda now: letters.reply(work, text, now))
        except Refused as why:
            refusal = str(why)
        else:
            messages.success(request, "Your answer was sent to the requester.")
            return redirect("record", assignment_id)
    return render(request, "records/record.html", _record(request, work, form, refusal))


def _record(request: Any, work: Assignment, form: ReplyForm, refusal: str) -> dict[str, Any]:
    state, badge = STATUSES[work.status]
    return {
        "work": work,
        "state": state,
        "badge": badge,
        "answers": answered(work),
        "bonuses": work.bonus_set.order_by("pk"),
        "replies": letters.replies(work),
        "obstacle": letters.obstacle(work, request.now),
        "until": transitions.overridable_until(work),
        "form": form,
        "refusal": refusal,
    }
