"""Which hosts the market answers at: the site's, and those of the pages that HITs show.

A page is never on the site's host, because ports do not separate cookies
(datatracker.ietf.org/doc/html/rfc6265#section-8.5). On the loopback the pages' host is
`pages.localhost`, which browsers take to be the machine itself
(datatracker.ietf.org/doc/html/rfc6761#section-6.3).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from crowdmake.market.models import Site

LOCAL_PAGES = "pages.localhost"
# The host, below the pages' own, of pages that keep nothing.
SHARED = "shared"
_ANY = "*."
# A name, or an address in the brackets of IPv6's, and a port.
_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Place:
    """Where a request was sent to, and where the rest of the market is from there."""

    is_site: bool
    """Whether it is the site's host; otherwise it is one of the pages'."""
    site: str
    """The site's origin, such as `https://hits.example.org`."""
    pages: str
    """The origin of the pages; with `*.` before its host where any host below it may be used."""

    def pages_origin(self, label: str = "") -> str | None:
        """Return the origin of the pages' host called ``label``, the shared one where it is "".

        None where a host of its own is asked for and the operator has given none.
        """
        if _ANY in self.pages:
            return self.pages.replace(_ANY, f"{label or SHARED}.", 1)
        return None if label else self.pages


def place(site: Site, host: str) -> Place | None:
    """Return where a request with ``host`` in its header Host was sent to, or None."""
    host = host.lower()
    if not is_host(host):
        return None
    if site.address:
        return _configured(site, host)
    name, port = _parts(f"http://{host}")
    ending = f":{port}" if port else ""
    pages = f"http://{_ANY}{LOCAL_PAGES}{ending}"
    if is_loopback(name):
        return Place(True, f"http://{host}", pages)
    if _is_below(name, LOCAL_PAGES):
        return Place(False, f"http://localhost{ending}", pages)
    return None


def is_host(host: str) -> bool:
    """Return whether a header Host has the form of one, whatever host that is."""
    return _HOST.fullmatch(host.lower()) is not None


def is_public(site: Site) -> bool:
    """Return whether a site has an address that other machines reach."""
    name, _ = _parts(site.address)
    return bool(site.address) and not (is_loopback(name) or _is_below(name, "localhost"))


def is_loopback(name: str) -> bool:
    """Return whether a host's name means this machine alone."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _configured(site: Site, host: str) -> Place | None:
    own, pages = (urlsplit(each).netloc.lower() for each in (site.address, site.pages))
    is_site = host == own
    is_page = host.endswith(pages[1:]) if pages.startswith(_ANY) else host == pages
    if not is_site and not (pages and is_page):
        return None
    return Place(is_site, site.address, site.pages)


def _is_below(name: str, parent: str) -> bool:
    return name == parent or name.endswith(f".{parent}")


def _parts(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None
    return parts.hostname or "", port
