"""Which proxies stand before the market, and what they are believed.

A request's peer is whoever opened the connection. A trusted proxy says in X-Forwarded-For whom it
speaks for, and adds itself to what was said to it
(developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For); what others
say there is not looked at.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
FORWARDED = "X-Forwarded-For"


class Proxies:
    """The networks that the operator's own proxies are in."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = networks

    def __bool__(self) -> bool:
        return bool(self._networks)

    def client(self, peer: str, forwarded: str) -> str:
        """Return the address that a request comes from: the last one that is no proxy's.

        ``forwarded`` is the request's header X-Forwarded-For. What is no address there ends the
        search at the proxy that passed it on.
        """
        client = peer
        for said in reversed(forwarded.split(",")):
            address = _address(said.strip())
            if not self._trusted(client) or address is None:
                break
            client = str(address)
        return client

    def lets_in(self, peer: str) -> bool:
        """Return whether a peer may ask for the site: a proxy, or a program on this machine."""
        address = _address(peer)
        return address is not None and (address.is_loopback or self._trusted(peer))

    def _trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in each for each in self._networks)


def _address(text: str) -> Address | None:
    """Return an address; one of IPv4 that is written as IPv6's is what it stands for."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
