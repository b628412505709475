"""What a worker earned."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.records.forms import EarningsForm
from crowdmake.market.site.records.paging import page
from crowdmake.market.working import earnings as domain


@require_safe
@workers_only
def earnings(request: Any) -> HttpResponse:
    """Show what was earned in each period from each requester, and in all."""
    form = EarningsForm(request.GET or {"by": domain.DAY})
    period = (form.is_valid() and form.cleaned_data["by"]) or domain.DAY
    found = page(request, domain.earned(request.worker, period))
    shown = {
        "form": form,
        "page": found,
        "period": period,
        "period_words": domain.PERIODS[period],
        "totals": domain.totals(request.worker),
        "next_approval": domain.next_approval(request.worker),
    }
    return render(request, "records/earnings.html", shown)
