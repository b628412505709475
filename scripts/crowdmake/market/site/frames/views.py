"""The pages' hosts: they show a HIT to who has its token, and know neither sessions nor cookies."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse

from crowdmake.market.models import ACCEPTED, DISPOSED, HIT, Assignment, Question
from crowdmake.market.site.frames import forms, links, policy, rewriting, shown

GONE = "This HIT is not shown here any more: it was submitted or returned, or its time is up.\n"


def hit(request: Any, token: str) -> HttpResponse:
    """Show the HIT that a token is good for; anything else is not there."""
    found = links.opened(token, request.now)
    if found is None or not is_at(request, found.label) or not _is_live(request, found):
        return gone(request)
    shows = HIT.objects.select_related("hit_type").get(hit_id=found.hit)
    xml = Question.objects.get(hit=shows).xml
    allowed = {
        "sandbox": links.sandbox(found.label),
        "site": found.site,
        "pages": origin_of(request),
        "sources": request.site.sources,
    }
    question = shown.read(xml)
    if question.html:
        pages, stores = allowed["pages"], question.stores
        page = rewriting.rewrite(question.html, found.site, pages, stores=stores)
        return HttpResponse(page, headers=policy.page_headers(**allowed))
    page = forms.page(shows.hit_type.title, xml, found, allowed["pages"])
    return HttpResponse(page, headers=policy.form_headers(**allowed))


def gone(request: Any, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's
    """Say that there is nothing, in a frame as well."""
    headers = policy.notice_headers(request.place.site)
    return HttpResponse(GONE, "text/plain; charset=utf-8", status=404, headers=headers)


def origin_of(request: Any) -> str:
    """Return the origin that a request came to."""
    return f"{request.scheme}://{request.get_host().lower()}"


def is_at(request: Any, label: str) -> bool:
    """Return whether the request came to the host that the token is for."""
    origin = request.place.pages_origin(label)
    return origin is not None and urlsplit(origin).netloc == request.get_host().lower()


def _is_live(request: Any, found: links.Pass) -> bool:
    """Return whether the HIT is still there or, where it was accepted, still in hand."""
    if not found.assignment:
        return HIT.objects.filter(hit_id=found.hit).exclude(status=DISPOSED).exists()
    return Assignment.objects.filter(
        assignment_id=found.assignment, status=ACCEPTED, deadline__gt=request.now
    ).exists()
