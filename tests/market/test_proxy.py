"""The proxy of `crowdmake market run`: who may use it, and what passes through it unchanged."""

import asyncio
import ssl
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest
import trustme
from crowdmake.market.running.proxy import Proxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MARKET = "mturk-requester-sandbox.us-east-1.amazonaws.com"


@pytest.fixture(autouse=True)
def _no_proxy_of_the_users(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def proxy(folder="."):
    """The URL of a proxy, and its certificate."""
    served = Proxy(folder)
    try:
        yield await served.start(), served.certificate
    finally:
        await served.stop()


@asynccontextmanager
async def server(serve, **options):
    """The port of a server on the loopback."""

    async def kept(reader, writer):
        OPENED.append(writer)
        with suppress(ConnectionError):
            await serve(reader, writer)

    running = await asyncio.start_server(kept, "127.0.0.1", **options)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()


OPENED = []


def finished(test):
    """Run a test's coroutine to its end, and leave no connection open."""

    async def whole():
        try:
            async with asyncio.timeout(30):
                await test()
        finally:
            for each in OPENED:
                each.transport.abort()
            OPENED.clear()
            await asyncio.sleep(0)

    asyncio.run(whole())


async def connected(port):
    """Return a connection to a port of the loopback."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    OPENED.append(writer)
    return reader, writer


async def asked(url, head, credential=None):
    """Send the head of a request with the URL's credential; return the connection."""
    parts = urlsplit(url)
    pair = credential or f"{parts.username}:{parts.password}"
    reader, writer = await connected(parts.port)
    secret = b64encode(pair.encode()).decode()
    writer.write(f"{head}\r\nProxy-Authorization: Basic {secret}\r\n\r\n".encode())
    return reader, writer


async def status(reader):
    """Read the head of an answer; return its first line after the version."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head.decode().partition("\r\n")[0].removeprefix("HTTP/1.1 ")


async def upper(reader, writer):
    """Answer everything that came, in capitals, once it has ended."""
    writer.write((await reader.read(-1)).upper())
    writer.write_eof()


def test_tunnel_carries_both_directions_and_the_end_of_one():
    """Bytes to any other host pass unchanged, and one direction may end before the other begins."""

    async def go():
        async with proxy() as (url, _), server(upper) as port:
            reader, writer = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
            assert await status(reader) == "200 Connection established"
            writer.write(b"x\0y\xff" * 100_000)
            writer.write_eof()
            assert await reader.read(-1) == b"X\0Y\xff" * 100_000

    finished(go)


def test_end_with_open_connections_is_silent():
    """A program that ends without closing its connections leaves no word of the proxy's."""

    async def go():
        said = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        async with server(upper) as port:
            async with proxy() as (url, _):
                reader, _ = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
                await status(reader)
            assert not await reader.read(-1)
            await asyncio.sleep(0)
        assert not said

    finished(go)


def test_tls_of_others_is_theirs():
    """A program sees the certificate of the host it asked for, not one of the proxy's."""

    async def go():
        authority = trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("example.test").configure_cert(context)
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)

        async def greet(reader, writer):
            writer.write(b"hello")
            writer.close()

        async with proxy() as (url, _), server(greet, ssl=context) as port:
            reader, writer = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
            await status(reader)
            await writer.start_tls(trusting, server_hostname="example.test")
            assert await reader.read(-1) == b"hello"

    finished(go)


def test_slow_reader_holds_the_sender_up():
    """What nobody reads is not collected in memory."""
    sent = 0

    async def pour(reader, writer):
        nonlocal sent
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async def go():
        async with proxy() as (url, _), server(pour) as port:
            reader, _ = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
            await status(reader)
            last = -1
            while sent != last:
                last = sent
                await asyncio.sleep(0.2)

    finished(go)
    assert sent < 32 * 1024 * 1024


@pytest.mark.parametrize("target", [f"CONNECT {MARKET}:443", f"POST http://{MARKET}/", "GET /"])
@pytest.mark.parametrize("credential", ["run:", "run:guess", "x"])
def test_credential_is_asked_for(target, credential):
    """Without the run's credential nobody is served, whatever they ask for."""

    async def go():
        async with proxy() as (url, _):
            reader, _ = await asked(url, f"{target} HTTP/1.1", credential)
            assert await status(reader) == "407 Proxy Authentication Required"
            assert await reader.read(-1) == b""

    finished(go)


@pytest.mark.parametrize(
    "line",
    ["GET / HTTP/1.1", "GET ftp://a/ HTTP/1.1", "CONNECT :443 HTTP/1.1", "CONNECT a:b HTTP/1.1",
     "CONNECT [::1 HTTP/1.1", "GET http:///x HTTP/1.1", "NONSENSE", "GET / HTTP/9"],
)  # fmt: skip
def test_nonsense_is_refused(line):
    """A request that is none for a proxy is answered with 400."""

    async def go():
        async with proxy() as (url, _):
            reader, _ = await asked(url, line)
            assert (await status(reader)).startswith("400 ")

    finished(go)


@given(head=st.binary(min_size=1, max_size=300))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_the_proxy_goes_on(head):
    """Any bytes are refused or dropped, and the next program is served."""

    async def go():
        async with proxy() as (url, _), server(upper) as port:
            reader, writer = await connected(urlsplit(url).port)
            writer.write(head + b"\r\n\r\n")
            writer.write_eof()
            answer = await reader.read(-1)
            assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 407 "))
            reader, _ = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
            assert await status(reader) == "200 Connection established"

    finished(go)


def test_head_without_end_is_dropped():
    """The head of a request has a greatest length."""

    async def go():
        async with proxy() as (url, _):
            reader, writer = await connected(urlsplit(url).port)
            writer.write(b"CONNECT a:443 HTTP/1.1\r\nX: " + b"x" * 200_000)
            (ended,) = await asyncio.gather(reader.read(-1), return_exceptions=True)
            assert ended == b"" or isinstance(ended, ConnectionError)

    finished(go)


def test_plain_request_passes_without_what_is_the_proxys():
    """A plain HTTP request reaches its host with its own headers, and the answer comes back."""
    seen = {}

    async def answer(reader, writer):
        seen["head"] = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen["body"] = await reader.readexactly(3)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async def go():
        async with proxy() as (url, _), server(answer) as port:
            head = f"POST http://127.0.0.1:{port}/a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3"
            head += "\r\nX-Own: 1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1"
            reader, writer = await asked(url, head)
            writer.write(b"abc")
            assert await status(reader) == "204 No Content"

    finished(go)
    lines = seen["head"].strip().split("\r\n")
    assert lines[0] == "POST /a?b=c HTTP/1.1"
    assert sorted(lines[1:]) == ["Connection: close", "Content-Length: 3", "Host: h", "X-Own: 1"]
    assert seen["body"] == b"abc"


async def through(url, port):
    """What a tunnel to the port says, and what it carries back."""
    reader, writer = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
    said = await status(reader)
    if not said.startswith("200 "):
        return said, b""
    writer.write(b"abc")
    writer.write_eof()
    return said, await reader.read(-1)


def test_users_own_proxy_is_used(monkeypatch):
    """Other hosts are reached through the proxy that the environment named, with its credential."""

    async def go():
        async with proxy() as (users, _), server(upper) as port:
            monkeypatch.setenv("https_proxy", users)
            async with proxy() as (url, _):
                assert await through(url, port) == ("200 Connection established", b"ABC")
            monkeypatch.setenv("https_proxy", users.replace("run:", "run:not-"))
            async with proxy() as (url, _):
                said, _ = await through(url, port)
                assert said.startswith("502 The proxy 127.0.0.1 answered HTTP/1.1 407")
                monkeypatch.setenv("no_proxy", "127.0.0.1")
                assert await through(url, port) == ("200 Connection established", b"ABC")

    finished(go)


def test_users_own_proxy_gets_plain_requests_whole(monkeypatch):
    """A plain request goes to the user's own proxy with its URL and that proxy's credential."""

    async def go():
        async with proxy() as (users, _), server(upper) as port:
            monkeypatch.setenv("http_proxy", users)
            async with proxy() as (url, _):
                reader, writer = await asked(url, f"GET http://127.0.0.1:{port}/x HTTP/1.1")
                writer.write_eof()
                assert await reader.read(-1) == b"GET /X HTTP/1.1\r\nCONNECTION: CLOSE\r\n\r\n"
            monkeypatch.setenv("http_proxy", users.replace("run:", "run:not-"))
            async with proxy() as (url, _):
                reader, writer = await asked(url, f"GET http://127.0.0.1:{port}/x HTTP/1.1")
                assert await status(reader) == "407 Proxy Authentication Required"

    finished(go)


@pytest.mark.parametrize(
    ("users", "why"),
    [
        ("socks5://127.0.0.1:1", "502 The environment's proxy is not http://HOST:PORT"),
        ("http://", "502 The environment's proxy is not http://HOST:PORT"),
        ("127.0.0.1:1", "502 No connection to 127.0.0.1:1: "),
    ],
)
def test_reason_is_said_where_there_is_no_way(users, why, monkeypatch):
    """What cannot be reached is answered with the reason, in the status line."""

    async def go():
        monkeypatch.setenv("ALL_PROXY", users)
        async with proxy() as (url, _):
            for line in ("CONNECT example.test:443", "GET http://example.test/"):
                reader, _ = await asked(url, f"{line} HTTP/1.1")
                assert (await status(reader)).startswith(why)

    finished(go)
