"""Where notifications may be sent: hosts that the operator allowed, at addresses that are public.

A name is looked up once, each of its addresses is judged, and the connection is made to one
that was judged, so that a name that points elsewhere a moment later gains nothing
(cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html).
"""

import re
import socket
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address
from queue import Empty, Queue
from threading import Thread
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from crowdmake.market.models import AllowedHost

SQS = "SQS"
SNS = "SNS"

LONGEST = 2000
LOOK_UP_SECONDS = 3.0
PORTS = {"http": 80, "https": 443}
# Global unicast addresses: iana.org/assignments/ipv6-address-space. Others hide an IPv4 address
# (mapped, translated) or are no host's of the Internet; 6to4 hides one inside.
GLOBAL = IPv6Network("2000::/3")
SIX_TO_FOUR = (IPv6Network("2002::/16"), IPv4Network("192.88.99.0/24"))

_PRINTABLE = re.compile("[!-~]+")


class Undeliverable(Exception):  # noqa: N818 - an answer from outside, not a fault
    """Why a notification cannot be sent, or was not taken, in a few words."""


class Destination(NamedTuple):
    """An http or https URL, taken apart; ``path`` includes the query."""

    url: str
    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == PORTS["https" if self.secure else "http"]
        return host if usual else f"{host}:{self.port}"


def parse(transport: str, url: str) -> Destination:
    """Return the destination of notifications by ``transport``; raises Undeliverable."""
    if transport not in (SQS, SNS):
        raise Undeliverable(f"this market sends no {transport}; use SQS or SNS")
    if url.startswith("arn:"):
        raise Undeliverable(
            "this market reaches no topic by its ARN; give the http or https URL that is to get "
            "what the topic's subscriber would get"
        )
    return _parse(url)


def check(destination: Destination) -> AllowedHost:
    """Return what the operator said of the host; raises Undeliverable if it is not allowed.

    A host that is an address is judged at once, a name when it is looked up.
    """
    allowed = AllowedHost.objects.filter(host=destination.host).first()
    if allowed is None:
        raise Undeliverable(f"the operator of this market did not allow {destination.host}")
    if not allowed.private and is_private_address(destination.host):
        raise _not_public(destination.host)
    return allowed


def addresses(destination: Destination) -> list[str]:
    """Return the addresses to connect to; raises Undeliverable."""
    allowed = check(destination)
    known = _look_up(destination.host)
    if not known:
        raise Undeliverable(f"no address of {destination.host} is known")
    if not allowed.private and not all(map(is_public, known)):
        raise _not_public(destination.host)
    return known


def is_public(address: str) -> bool:
    """Return whether ``address`` belongs to the Internet at large."""
    ip = ip_address(address.partition("%")[0])
    special = ip.is_multicast or ip.is_reserved or any(ip in each for each in SIX_TO_FOUR)
    return ip.is_global and not special and (ip.version == 4 or ip in GLOBAL)


def is_private_address(host: str) -> bool:
    """Return whether ``host`` is no name but an address, and not a public one."""
    return _is_address(host) and not is_public(host)


def host_name(text: str) -> str:
    """Return a host's name or address in the form it is kept in; raises ValueError."""
    host = _parse_host(text)
    if host is None:
        raise ValueError(f"{text!r} is not a host: expected a name or an address, without a port")
    return host


def _parse(url: str) -> Destination:
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url):
        raise Undeliverable("the destination is not a URL")
    parts, port = _split(url)
    host = _parse_host(parts.hostname or "")
    if parts.scheme not in PORTS or host is None:
        raise Undeliverable("the destination is not an http or https URL")
    if "@" in parts.netloc or parts.fragment or port == 0:
        raise Undeliverable("the destination may have no user, no password, no fragment")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(url, parts.scheme == "https", host, port or PORTS[parts.scheme], path)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Undeliverable("the destination is not a URL") from error
    return parts, port


def _parse_host(text: str) -> str | None:
    """Return a lower-case ASCII name or a normalised address, None for anything else."""
    if _is_address(text):
        return str(ip_address(text))
    labels = text.lower().removesuffix(".").split(".")
    fits = all(re.fullmatch("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", each) for each in labels)
    return ".".join(labels) if fits and len(text) <= 253 else None


def _look_up(host: str) -> list[str]:
    """Return a name's addresses, none where there is no answer in time."""
    answers: Queue[list[str]] = Queue()
    # The system's look-up cannot be told to end; who waits for it can.
    Thread(target=lambda: answers.put(_addresses(host)), daemon=True).start()
    with suppress(Empty):
        return answers.get(timeout=LOOK_UP_SECONDS)
    return []


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _is_address(host: str) -> bool:
    try:
        return ip_address(host) is not None and "%" not in host
    except ValueError:
        return False


def _not_public(host: str) -> Undeliverable:
    return Undeliverable(
        f"{host} is at an address that is not public, "
        "and the operator of this market did not allow that"
    )
