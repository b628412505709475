"""What every page says: whose site it is, what pay is, who is signed in."""

from typing import Any

from django.http import HttpRequest

from crowdmake.market.site import navigation
from crowdmake.market.site.pay import Pay

NAME = "Crowdmake market"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the templates of all pages use."""
    site = getattr(request, "site", None)
    if site is None:
        return {}
    return {
        "site_name": site.name or NAME,
        "pay": Pay.of(site),
        "worker": getattr(request, "worker", None),
        "now": getattr(request, "now", None),
        **navigation.shell(request),
    }
