"""The addresses that an operator gives the site and its pages, and what they may be."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.site import hosts

_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PORTS = {"https": 443, "http": 80}
_ANY = "*."
# Below which domains are registered, in those countries where workers and labs often have theirs
# (publicsuffix.org/list); for others it is enough that the answer errs to the safe side.
_CATEGORIES = {
    "ar": "com edu org",
    "at": "ac co or",
    "au": "com edu net org",
    "br": "com edu net org",
    "cn": "ac com edu net org",
    "co": "com edu org",
    "hk": "com edu org",
    "il": "ac co org",
    "in": "ac co edu net org res",
    "ir": "ac co",
    "jp": "ac co ne or",
    "kr": "ac co or re",
    "mx": "com edu org",
    "nz": "ac co net org",
    "pl": "com edu org",
    "sg": "com edu org",
    "th": "ac co or",
    "tr": "com edu org",
    "tw": "com edu org",
    "uk": "ac co nhs org",
    "za": "ac co org",
}


@dataclass(frozen=True)
class Origin:
    """An origin; with ``any_below`` each of those whose host is one label longer."""

    scheme: str
    host: str
    port: int | None
    any_below: bool = False

    def __str__(self) -> str:
        """Return it as it is written in addresses, with `*.` where it is many."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{_ANY if self.any_below else ''}{host}{port}"

    @property
    def is_loopback(self) -> bool:
        """Return whether it is on this machine alone."""
        return hosts.is_loopback(self.host) or self.host.endswith(".localhost")


def read(text: str, *, any_below: bool = False) -> Origin:
    """Return the origin that ``text`` is; raises OperatorError.

    ``any_below`` allows for `*.` before the host.
    """
    example = "https://*.pages.example.net" if any_below else "https://hits.example.org"
    wrong = OperatorError(f"expected an address such as {example}, not {text!r}")
    given, many = text.strip().lower().removesuffix("/"), False
    if any_below and f"://{_ANY}" in given:
        given, many = given.replace(_ANY, "", 1), True
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    port = None if port == _PORTS.get(parts.scheme) else port
    found = Origin(parts.scheme, host, port, many)
    if parts.scheme not in _PORTS or not _is_host(host) or (many and _is_address(host)):
        raise wrong
    # Nothing else was there: no path, no user, no second spelling.
    if given.removesuffix(f":{_PORTS[parts.scheme]}") != str(found).replace(_ANY, "", 1):
        raise wrong
    return found


def obstacle(site: Origin, pages: Origin) -> str:
    """Return why pages of HITs cannot be at ``pages`` for a site at ``site``, "" if they can.

    Browsers keep apart what belongs to different domains, not what is on different hosts
    of one: they may share processes and cookies (developer.mozilla.org/en-US/docs/Glossary/Site).
    """
    if pages.host == site.host:
        return "the pages' host is the site's: ports do not keep them apart"
    if pages.any_below and site.host.endswith(f".{pages.host}"):
        return "the pages' hosts include the site's"
    if site.is_loopback and pages.is_loopback:
        return ""
    if pages.any_below and ("." not in pages.host or _is_category(pages.host)):
        return f"*.{pages.host} is not one's own: name a host below a domain of yours"
    if domain(site.host) == domain(pages.host):
        return (
            f"the pages' host belongs to the same domain as the site's, {domain(site.host)}:"
            " browsers keep only different domains apart"
        )
    return ""


def domain(host: str) -> str:
    """Return the domain that a host belongs to, or a shorter name that others belong to as well.

    Two hosts whose domains differ by this belong to different ones; where it is in doubt, it says
    that they are the same.
    """
    if _is_address(host):
        return host
    labels = host.split(".")
    return ".".join(labels[-3:] if _is_category(".".join(labels[-2:])) else labels[-2:])


def _is_category(name: str) -> bool:
    """Return whether domains are registered below a name, as below `co.uk`."""
    kind, _, country = name.partition(".")
    return kind in _CATEGORIES.get(country, "").split()


def _is_host(host: str) -> bool:
    return _is_address(host) or (len(host) <= 253 and _NAME.fullmatch(host) is not None)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host
