"""The test of a qualification: a question form in a frame, as those of HITs are.

`links.Pass` names the request that the test belongs to in place of an assignment, and no HIT.
"""

from typing import Any

from django.http import HttpResponse

from crowdmake.market.models import STARTED, QualificationRequest
from crowdmake.market.site.frames import forms, links, policy, views


def frame_of(request: Any, begun: QualificationRequest) -> links.Frame:
    """Return the frame that shows the test to the worker who has begun it."""
    origin = request.place.pages_origin()
    token = links.closed(
        links.Pass(
            hit="",
            assignment=begun.qualification_request_id,
            worker=begun.worker.worker_id,
            site=request.place.site,
            label="",
            until=begun.deadline.timestamp() if begun.deadline else 0,
        )
    )
    return links.Frame(
        url=f"{origin}/{token}/dynamic/test",
        sandbox=links.SANDBOX,
        height=0,
        origin=origin,
        sources=f"'self' {origin}",
    )


def test(request: Any, token: str) -> HttpResponse:
    """Show the test that a token is good for, while it is being taken; otherwise nothing."""
    found = links.opened(token, request.now)
    begun = _begun(found, request) if found and views.is_at(request, found.label) else None
    if found is None or begun is None:
        return views.gone(request)
    pages = views.origin_of(request)
    headers = policy.form_headers(
        sandbox=links.SANDBOX, site=found.site, pages=pages, sources=request.site.sources
    )
    page = forms.page(begun.qualification_type.name, begun.test, found, pages)
    return HttpResponse(page, headers=headers)


def _begun(found: links.Pass, request: Any) -> QualificationRequest | None:
    running = QualificationRequest.objects.filter(status=STARTED, deadline__gte=request.now)
    named = running.filter(qualification_request_id=found.assignment)
    return named.select_related("qualification_type").first()
