"""How the run's proxy reaches everyone but the market: straight, or by the user's own proxy.

The environment says which (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY), and what NO_PROXY excepts, as
Python's urllib reads it (docs.python.org/3/library/urllib.request.html#urllib.request.getproxies).
"""

import asyncio
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

SECONDS = 60
PORTS = {"http": 80, "https": 443}


class NoWay(Exception):  # noqa: N818 - an answer to the program, not a fault
    """Why there is no connection to a host, in one line."""


class Streams(NamedTuple):
    """Both directions of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Way(NamedTuple):
    """A connection on which a plain HTTP request can be sent.

    Through another proxy the request has the whole URL, and ``headers`` are for that proxy.
    """

    streams: Streams
    by_proxy: bool
    headers: dict[str, str]


class Outside:
    """The hosts beyond, as the environment of this process says they are reached."""

    def __init__(self) -> None:
        self._proxies = getproxies()

    async def tunnel(self, host: str, port: int) -> Streams:
        """Return a connection to ``host``; raises NoWay."""
        proxy = self._proxy("https", host)
        if proxy is None:
            return await _connected(host, port)
        streams = await _connected_to(proxy)
        await _ask(streams, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        return streams

    async def plain(self, host: str, port: int) -> Way:
        """Return a connection for one plain HTTP request to ``host``; raises NoWay."""
        proxy = self._proxy("http", host)
        if proxy is None:
            return Way(await _connected(host, port), by_proxy=False, headers={})
        return Way(await _connected_to(proxy), by_proxy=True, headers=_credential(proxy))

    def _proxy(self, scheme: str, host: str) -> SplitResult | None:
        named = self._proxies.get(scheme) or self._proxies.get("all")
        if not named or proxy_bypass(host):
            return None
        return urlsplit(named if "://" in named else f"http://{named}")


async def _connected_to(proxy: SplitResult) -> Streams:
    if proxy.scheme not in PORTS or not proxy.hostname:
        raise NoWay("The environment's proxy is not http://HOST:PORT or https://HOST:PORT")
    port = proxy.port or PORTS[proxy.scheme]
    return await _connected(proxy.hostname, port, tls=proxy.scheme == "https")


async def _connected(host: str, port: int, *, tls: bool = False) -> Streams:
    try:
        async with asyncio.timeout(SECONDS):
            return Streams(*await asyncio.open_connection(host, port, ssl=tls or None))
    except (OSError, ValueError) as error:
        raise NoWay(f"No connection to {host}:{port}: {error}") from error


async def _ask(streams: Streams, proxy: SplitResult, authority: str) -> None:
    """Have another proxy open a tunnel; raises NoWay."""
    headers = {"Host": authority, **_credential(proxy)}
    lines = [f"CONNECT {authority} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    streams.writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    try:
        async with asyncio.timeout(SECONDS):
            answer = await streams.reader.readuntil(b"\r\n\r\n")
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
        answer = f"nothing: {error}\r\n".encode()
    status = answer.decode("latin-1").partition("\r\n")[0]
    if status.split(" ")[1:2] != ["200"]:
        streams.writer.close()
        raise NoWay(f"The proxy {proxy.hostname} answered {status}")


def _credential(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
