"""A forward proxy that takes Amazon's requester hosts for this market, for one program.

HTTPS to those hosts (CONNECT) ends here, under a certificate of an authority that only lives
as long as the proxy; plain HTTP to them too. Connections to anyone else pass through as they
are. Sources: RFC 9110 §9.3.6 (CONNECT), §11.7 (Proxy-Authorization), RFC 9112 §3.2.2
(absolute-form); the hosts are those of the service's endpoint rule set in botocore.
"""

import asyncio
import re
import secrets
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tornado.httputil import (
    HTTPHeaders,
    HTTPInputError,
    RequestStartLine,
    parse_request_start_line,
)
from trustme import CA

from crowdmake.market.running.outside import NoWay, Outside, Streams, Way

MARKET_HOST = re.compile(r"mturk-requester(-sandbox)?\.[a-z0-9-]{1,40}\.amazonaws\.com")

HEAD_BYTES = 65_536
HEAD_SECONDS = 60
CHUNK = 65_536
USER = "run"
CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
# What concerns one connection only, and the credential, are not passed on.
OWN_HEADERS = ("Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization")


class Refusal(Exception):  # noqa: N818 - an answer to the program, not a fault
    """What the proxy answers where it does not do what it was asked for."""

    def __init__(self, status: int, reason: str, header: str = "") -> None:
        super().__init__(reason)
        line = "".join(each if each.isprintable() else " " for each in reason)
        self.answer = (
            f"HTTP/1.1 {status} {line}\r\n{header}Content-Length: 0\r\nConnection: close\r\n\r\n"
        ).encode("latin-1", "replace")


class Request(NamedTuple):
    """The head of one request."""

    start: RequestStartLine
    headers: HTTPHeaders


class Proxy:
    """One run's proxy, on a free port of the loopback and for those who know its credential."""

    def __init__(self, market: Path) -> None:
        """Begin with the Unix socket at which the market answers HTTP, not reachable for others."""
        self._market = market
        self._outside = Outside()
        self._authority = CA(organization_name="crowdmake market run")
        self._password = secrets.token_urlsafe(32)
        self._context = cache(self._new_context)
        self._serving: set[asyncio.Future[None]] = set()

    @property
    def certificate(self) -> bytes:
        """The authority that vouches for the market under Amazon's names, as PEM."""
        return self._authority.cert_pem.bytes()

    async def start(self) -> str:
        """Begin to serve; return the proxy's URL, with its credential."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", limit=HEAD_BYTES, start_serving=True
        )
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{USER}:{self._password}@127.0.0.1:{port}"

    async def stop(self) -> None:
        """Take no more connections, and drop those that there are."""
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass_on(Streams(reader, writer)))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        # One of the two has gone or never spoke HTTP, or the proxy stops: asyncio.start_server
        # would complain of a cancelled task (CPython before 3.11.8).
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
            await task

    async def _pass_on(self, program: Streams) -> None:
        with _ending(program.writer):
            try:
                far = await self._far_end(program)
            except Refusal as refusal:
                program.writer.write(refusal.answer)
                return
            with _ending(far.writer):
                await _relay(program, far)

    async def _far_end(self, program: Streams) -> Streams:
        """Return the connection that a request asks for, everything up to it said."""
        request = await self._admitted(program.reader)
        if request.start.method == "CONNECT":
            return await self._tunnel(request.start.path, program)
        return await self._plain(request)

    async def _admitted(self, reader: asyncio.StreamReader) -> Request:
        """Return the head of a request that carries the credential; raises Refusal."""
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.decode("latin-1").partition("\r\n")
        try:
            request = Request(parse_request_start_line(line), HTTPHeaders.parse(rest))
        except HTTPInputError as error:
            raise Refusal(400, "Bad Request") from error
        given = request.headers.get("Proxy-Authorization", "").encode("latin-1")
        wanted = b"Basic " + b64encode(f"{USER}:{self._password}".encode())
        if not secrets.compare_digest(given, wanted):
            realm = 'Proxy-Authenticate: Basic realm="crowdmake market run"\r\n'
            raise Refusal(407, "Proxy Authentication Required", realm)
        return request

    async def _tunnel(self, authority: str, program: Streams) -> Streams:
        """Return a connection to where a CONNECT leads, which was answered; raises Refusal."""
        host, port = _address(authority, 443)
        if MARKET_HOST.fullmatch(host):
            program.writer.write(CONNECTED)
            await program.writer.start_tls(self._context(host))
            return await self._inside()
        try:
            far = await self._outside.tunnel(host, port)
        except NoWay as error:
            raise Refusal(502, str(error)) from error
        program.writer.write(CONNECTED)
        return far

    async def _plain(self, request: Request) -> Streams:
        """Return a connection on which the head of a plain HTTP request was sent on.

        Who serves it closes the connection after the answer, so that no further request
        follows on it. Raises Refusal.
        """
        url = request.start.path
        scheme, _, rest = url.partition("://")
        if scheme.lower() != "http":
            raise Refusal(400, "Expected CONNECT or an http URL")
        authority, _, path = rest.partition("/")
        way = await self._way(*_address(authority, 80))
        target = url if way.by_proxy else f"/{path}"
        way.streams.writer.write(_head(request, target, way.headers))
        return way.streams

    async def _way(self, host: str, port: int) -> Way:
        if MARKET_HOST.fullmatch(host):
            return Way(await self._inside(), by_proxy=False, headers={})
        try:
            return await self._outside.plain(host, port)
        except NoWay as error:
            raise Refusal(502, str(error)) from error

    async def _inside(self) -> Streams:
        return Streams(*await asyncio.open_unix_connection(self._market))

    def _new_context(self, host: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(host).configure_cert(context)
        return context


def _address(authority: str, default_port: int) -> tuple[str, int]:
    """Return host and port; raises Refusal."""
    try:
        parts = urlsplit(f"//{authority}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Refusal(400, "Bad Request") from error
    if not host:
        raise Refusal(400, "Bad Request")
    return host.rstrip("."), port or default_port


def _head(request: Request, target: str, more: dict[str, str]) -> bytes:
    """Return the head to send on, for the one request of its connection."""
    named = request.headers.get("Connection", "").split(",")
    dropped = {name.strip().title() for name in (*OWN_HEADERS, *named)}
    kept = [(name, value) for name, value in request.headers.get_all() if name not in dropped]
    lines = [*kept, *more.items(), ("Connection", "close")]
    start = f"{request.start.method} {target} HTTP/1.1"
    head = "\r\n".join([start, *(f"{name}: {value}" for name, value in lines), "", ""])
    return head.encode("latin-1")


@contextmanager
def _ending(writer: asyncio.StreamWriter) -> Iterator[None]:
    """Close what was carried to its end, and drop what was not."""
    try:
        yield
    except BaseException:
        writer.transport.abort()
        raise
    writer.close()


async def _relay(one: Streams, other: Streams) -> None:
    """Carry both directions until both have ended; raises OSError when one breaks."""
    await asyncio.gather(_copy(one.reader, other.writer), _copy(other.reader, one.writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one direction with its end, never holding more than a little of it."""
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()
