"""The way in, and what the operator states."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from crowdmake.market.site.accounts import admission


def home(request: Any) -> HttpResponse:
    """Lead a worker to the HITs, and anybody else to what the site is."""
    return redirect("projects") if request.worker else redirect("about")


def about(request: Any) -> HttpResponse:
    """Show whose site it is, what pay is, and what is kept about workers."""
    site = request.site
    stated = {"address_days": site.address_days, "contact": site.contact}
    entry = {"is_open": admission.is_open(site), "closed": admission.closed(site)}
    return render(request, "about.html", stated | entry)
