"""Where the parts of the site are, for the head of every page."""

from typing import Any, NamedTuple

from django.urls import reverse

from crowdmake.market.site.accounts import admission
from crowdmake.market.working import letters

PARTS = {
    "projects": "HITs",
    "queue": "Queue",
    "history": "History",
    "earnings": "Earnings",
    "messages": "Messages",
    "qualifications": "Qualifications",
}
ABOUT = {"about": "About"}
SIGN_UP = {"sign-up": "Sign up"}
SIGN_IN = {"sign-in": "Sign in"}


class Link(NamedTuple):
    """One part of the site; ``current`` is a value of aria-current, or ""."""

    name: str
    address: str
    words: str
    current: str


def shell(request: Any) -> dict[str, Any]:
    """Return what the head of a page says to the worker who is signed in, or to a stranger."""
    if request.worker is None:
        is_open = admission.is_open(request.site)
        return {"parts": _links(request.path, ABOUT | (SIGN_UP if is_open else {}) | SIGN_IN)}
    (own,) = _links(request.path, {"account": "Your account"})
    unread = letters.unread(request.worker)
    return {"parts": _links(request.path, PARTS), "account_link": own, "unread": unread}


def _links(path: str, names: dict[str, str]) -> list[Link]:
    """Return links to the parts called ``names``, as the page at ``path`` has them."""
    addresses = {name: reverse(name) for name in names}
    return [
        Link(name, address, names[name], _current(address, path))
        for name, address in addresses.items()
    ]


def _current(address: str, path: str) -> str:
    """Return what ``address`` is to the page at ``path``: "page", "true" where above it, or ""."""
    if address == path:
        return "page"
    return "true" if path.startswith(f"{address}/") else ""
