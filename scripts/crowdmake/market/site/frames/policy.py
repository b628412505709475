"""What a browser lets the page of a HIT do: the headers of its response.

They hold the page wherever it is opened, in a frame or not:
www.w3.org/TR/CSP3/#directive-sandbox, html.spec.whatwg.org/multipage/browsers.html#sandboxing.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

# A page that records people is a matter for the requester's own address, where browsers ask.
_FEATURES = (
    "camera",
    "microphone",
    "geolocation",
    "display-capture",
    "midi",
    "payment",
    "publickey-credentials-get",
    "serial",
    "usb",
)
_HEADERS = {
    "Cache-Control": "no-store",
    # Another value would keep a browser from showing a page that is held by a sandbox.
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{each}=()" for each in _FEATURES),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page_headers(*, sandbox: str, site: str, pages: str, sources: str) -> dict[str, str]:
    """Return the headers of a requester's page.

    It may load what is at ``sources``, and be framed by ``site`` alone. That it is of the origin
    ``pages`` has to be said, because an opaque origin is no `'self'`.
    """
    loads = f"{sources} {pages} data: blob: 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'"
    return _headers({"default-src": loads, **_upgraded(pages)}, sandbox, site)


def form_headers(*, sandbox: str, site: str, pages: str, sources: str) -> dict[str, str]:
    """Return the headers of a question form, whose page is the market's own."""
    media = f"{sources} data:"
    own = f"{pages}/"
    directives = {
        "default-src": "'none'",
        "script-src": own,
        "style-src": own,
        "img-src": media,
        "media-src": media,
        "form-action": f"{site}/",
        "base-uri": "'none'",
        **_upgraded(pages),
    }
    return _headers(directives, sandbox, site)


def echo_headers(site: str) -> dict[str, str]:
    """Return the headers of the page that hands answers to the site's page around it."""
    own = f"{site}/static/"
    directives = {
        "default-src": "'none'",
        "script-src": own,
        "style-src": own,
        "form-action": "'none'",
        "base-uri": "'none'",
    }
    return _headers(directives, "allow-scripts", site)


def notice_headers(site: str) -> dict[str, str]:
    """Return the headers of a few words in a frame."""
    return _headers({"default-src": "'none'"}, "", site)


def _upgraded(pages: str) -> dict[str, str]:
    """Return the directive by which a page loads by https what it names without, as on Amazon.

    Browsers leave the loopback alone, which pages are never on by https.
    """
    parts = urlsplit(pages)
    is_secure = parts.scheme == "https" or f".{parts.hostname}".endswith(".localhost")
    return {"upgrade-insecure-requests": ""} if is_secure else {}


def _headers(directives: Mapping[str, str], sandbox: str, site: str) -> dict[str, str]:
    policy = {**directives, "frame-ancestors": site, "sandbox": sandbox}
    written = "; ".join(f"{name} {value}".strip() for name, value in policy.items())
    # It means nothing to an opaque origin, and Chromium says so on every page.
    apart = {"Origin-Agent-Cluster": "?1"} if "allow-same-origin" in sandbox else {}
    return {**_HEADERS, **apart, "Content-Security-Policy": written}
