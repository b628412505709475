"""Each request of the site is written down in the access log."""

import time
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

from crowdmake.market.serving import access
from crowdmake.market.site import current
from crowdmake.market.site.middleware import View


def written_down(get_response: View) -> View:
    """Write down who asked for what, and what was answered; the address only where it is kept."""

    def respond(request: Any) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        log, site = current.log(), getattr(request, "site", None)
        if log is not None:
            address = request.META["REMOTE_ADDR"] if site and site.address_days else ""
            took = f"{(time.monotonic() - began) * 1000:.0f}ms"
            path = access.shown(request.path)
            what = f"{request.method} {path} {response.status_code} {took}"
            log.write(datetime.now(UTC), address, what)
        return response

    return respond
