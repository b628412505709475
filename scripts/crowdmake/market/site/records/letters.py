"""What was written to a worker."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crowdmake.market.site import current
from crowdmake.market.site.accounts.signing_in import workers_only
from crowdmake.market.site.records.paging import page
from crowdmake.market.working import letters


@require_safe
@workers_only
def inbox(request: Any) -> HttpResponse:
    """List the messages."""
    found = page(request, letters.messages(request.worker))
    return render(request, "records/messages.html", {"page": found})


@require_safe
@workers_only
def message(request: Any, key: int) -> HttpResponse:
    """Show one message, which is read from now on."""
    found = current.run(lambda now: letters.open_message(request.worker, key, now))
    if found is None:
        raise Http404
    return render(request, "records/message.html", {"letter": found})
