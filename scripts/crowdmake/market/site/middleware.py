"""What holds for every request: its host, its headers, and who sent it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import set_urlconf

from crowdmake.market.models import Account, Site
from crowdmake.market.site import current, hosts
from crowdmake.market.site.frames import policy as frames
from crowdmake.market.site.sessions import ACCOUNT

View = Callable[[HttpRequest], HttpResponse]
FRAMES = "crowdmake.market.site.frames.urls"
AIMLESS = (
    "Your answers were not submitted: this HIT's page sent them to itself, and not to"
    " mturk/externalSubmit. You can return the HIT, and report that it is broken.\n"
)

# What a page of the site may do: nothing but what the market itself serves.
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # The CSRF check needs the origin of the site's own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "browsing-topics=()",
    "Cache-Control": "no-store",
}


def market(get_response: View) -> View:
    """Settle what is due, and say where the request was sent to."""

    def respond(request: Any) -> HttpResponse:
        with current.store().reading() as now:
            request.now = now
            request.site = Site.stated()
            place = hosts.place(request.site, request.META.get("HTTP_HOST", ""))
            # Without an address the site is for this machine, whatever others write into Host.
            is_near = request.site.address or hosts.is_loopback(request.META["REMOTE_ADDR"])
            if place is None or not is_near:
                return HttpResponse("There is nothing here.\n", "text/plain", status=421)
            if request.headers.get("Service-Worker"):
                return HttpResponse("No service workers.\n", "text/plain", status=403)
            request.place = place
            if not place.is_site and request.method == "POST":
                return _aimless(place)
            request.META["wsgi.url_scheme"] = place.site.partition(":")[0]
            if not place.is_site:
                request.urlconf = FRAMES
                set_urlconf(FRAMES)
            return get_response(request)

    return respond


def headers(get_response: View) -> View:
    """Say what browsers may do with a page, unless its view has said it."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        response.setdefault("Content-Security-Policy", policy())
        return response

    return respond


def policy(**changes: str) -> str:
    """Return the site's Content-Security-Policy; ``changes`` name directives with `_` for `-`."""
    directives = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _aimless(place: hosts.Place) -> HttpResponse:
    """Return what a form of a page gets that is sent to the page itself, in the page's stead."""
    held = {**frames.notice_headers(place.site), "Allow": "GET, HEAD"}
    return HttpResponse(AIMLESS, "text/plain; charset=utf-8", status=405, headers=held)


def _account(key: int) -> Account | None:
    return Account.objects.select_related("worker").filter(pk=key).first()


def signed_in(get_response: View) -> View:
    """Say whose session it is: ``request.account`` and ``request.worker``, or None."""

    def respond(request: Any) -> HttpResponse:
        key = request.session.get(ACCOUNT) if request.place.is_site else None
        request.account = _account(key) if key else None
        request.worker = request.account.worker if request.account else None
        return get_response(request)

    return respond
