"""The market over HTTP: `POST /` is one request of the API; besides, there are files and the site.

A client gets a share of memory and of time that nobody can stretch: the lengths of headers
and bodies, the bodies and answers that wait at once, the connections, and how long each may take.
"""

import asyncio
import json
import logging
import re
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from socket import socket
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream
from tornado.web import Application, RequestHandler, stream_request_body

from crowdmake.market.protocol.wire import CONTENT_TYPE, Answer
from crowdmake.market.serving import access, files
from crowdmake.market.serving.proxies import FORWARDED, Proxies

# The longest text of the API, a test of 65,535 bytes, is a fifth of it however it is escaped.
MAX_BODY = 2 * 1024 * 1024
# What a worker may submit: two files of the greatest size that a question form asks for, and words.
MAX_UPLOAD = 24 * 1024 * 1024
UPLOADS = re.compile(r"/projects/\w+/tasks/\w+/submit", re.ASCII)
SMALL_BODY = 64 * 1024
MAX_BODIES_WAITING = 64 * 1024 * 1024
# Larger than any answer that says what was changed: who misses one of these asks again.
LARGE_ANSWER = 1024 * 1024
MAX_ANSWERS_WAITING = 64 * 1024 * 1024
MAX_HEADERS = 32 * 1024
READ_AHEAD = 128 * 1024
MAX_CONNECTIONS = 2000
# What else a process has open: the databases of its threads, files, and the loop's own.
OTHER_FILES = 100
IDLE_SECONDS = 60
BODY_SECONDS = 30
UPLOAD_SECONDS = 300
ANSWER_SECONDS = 60
GRACE_SECONDS = 10
# Each thread keeps a connection to the database.
THREADS = 8
METHODS = "GET, HEAD, POST"
WELCOME = (
    "This is a Crowdmake market. It speaks the Amazon Mechanical Turk requester API"
    " (2017-01-17) as POST requests to this address; give it to your client as its endpoint URL.\n"
)

Respond = Callable[[Mapping[str, str], bytes], Answer]
Fetch = Callable[[str], Answer]
Headers = Mapping[str, str] | Sequence[tuple[str, str]]
Browse = Callable[[HTTPServerRequest], tuple[int, Sequence[tuple[str, str]], bytes]]
Uploads = Callable[[HTTPServerRequest], bool]

logger = logging.getLogger(__name__)


@asynccontextmanager
async def serving(
    listening: socket,
    respond: Respond,
    fetch: Fetch | None = None,
    browse: Browse | None = None,
    *,
    uploads: Uploads | None = None,
    proxies: Proxies | None = None,
) -> AsyncIterator[None]:
    """Answer what arrives at a listening socket by ``respond``, which threads call at once.

    ``fetch`` answers for the paths of files that workers gave, where there are such addresses,
    and ``browse`` for everything else that browsers ask for, where there is a site: programs on
    this machine are let to it, and those for whom ``proxies`` speak. ``uploads`` says whose
    submissions may be larger than other requests.
    At the end requests that have arrived are answered, and every connection is closed.
    """
    with ThreadPoolExecutor(THREADS, thread_name_prefix="request") as pool:
        state = _State(respond, fetch, browse, uploads, proxies or Proxies(), pool)
        routes = [(r".*", _Door, {"state": state})]
        server = _Server(
            Application(routes, log_function=_log_refusal),
            max_header_size=MAX_HEADERS,
            max_body_size=MAX_BODY,
            max_buffer_size=READ_AHEAD,
            idle_connection_timeout=IDLE_SECONDS,
            body_timeout=BODY_SECONDS,
        )
        listening.setblocking(False)
        server.add_socket(listening)
        try:
            yield
        finally:
            server.stop()
            state.ending = True
            await state.settled()
            await server.close_all_connections()


def most_connections() -> int:
    """Return how many connections this process may have: each is one of its open files."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, allowed - OTHER_FILES))


class _Server(HTTPServer):
    """Tornado's server with an upper bound on its connections."""

    def initialize(self, *args: Any, **limits: Any) -> None:
        """Begin without a connection; Tornado's classes are set up here."""
        super().initialize(*args, **limits)
        self._open = 0
        self._most = most_connections()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection, or drop it where there are too many."""
        if self._open >= self._most:
            logger.info("dropped %s: %d connections are open", address, self._open)
            stream.close()
            return
        self._open += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Count a connection that ended."""
        self._open -= 1
        super().on_close(server_conn)


@dataclass
class _State:
    """What the requests of one server share."""

    respond: Respond
    fetch: Fetch | None
    browse: Browse | None
    uploads: Uploads | None
    proxies: Proxies
    pool: ThreadPoolExecutor
    waiting_bytes: int = 0
    answering: int = 0
    ending: bool = False
    sending: "dict[_Door, int]" = field(default_factory=dict)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(THREADS))

    @contextmanager
    def room(self, door: "_Door", size: int) -> Iterator[None]:
        """Count a large answer while it is being sent.

        Where they take too much memory together, those that were begun first are dropped.
        """
        if size < LARGE_ANSWER:
            yield
            return
        while self.sending and sum(self.sending.values()) + size > MAX_ANSWERS_WAITING:
            first = next(iter(self.sending))
            del self.sending[first]
            first.drop("too many large answers are being sent")
        self.sending[door] = size
        try:
            yield
        finally:
            self.sending.pop(door, None)

    async def settled(self) -> None:
        """Wait until no request is being answered, or for as long as that may take."""
        for _ in range(GRACE_SECONDS * 20):
            if not self.answering:
                return
            await asyncio.sleep(0.05)


@stream_request_body
class _Door(RequestHandler):
    """One request, whatever it is."""

    def initialize(self, state: _State) -> None:
        """Take what all requests share; Tornado's handlers are set up here."""
        self._state = state
        self._body: list[bytes] = []
        self._held = 0
        self._crowded = False
        # What answers for the site, to those who may ask for it.
        self._browse: Browse | None = None
        self.browsed = False

    def set_default_headers(self) -> None:
        """Say nothing about the server."""
        self.clear_header("Server")

    def prepare(self) -> Awaitable[None] | None:
        """See who asks, before the body is read.

        Nothing is done for a client that has left, though it may have sent more before.
        """
        if self._stream().closed():
            self.detach()
            return None
        proxies, peer = self._state.proxies, str(self.request.remote_ip)
        self.request.remote_ip = proxies.client(peer, self.request.headers.get(FORWARDED, ""))
        self._browse = self._state.browse if proxies.lets_in(peer) else None
        return self._let_upload() if self._is_upload() else None

    def _is_upload(self) -> bool:
        """Return whether a large body is sent to where a worker's files go."""
        request = self.request
        length = request.headers.get("Content-Length", "")
        large = length.isascii() and length.isdigit() and int(length[:20]) > MAX_BODY
        is_post = request.method == "POST" and self._browse is not None
        return large and is_post and UPLOADS.fullmatch(request.path) is not None

    async def _let_upload(self) -> None:
        """Take more than otherwise from a worker who has signed in."""
        state, loop = self._state, asyncio.get_running_loop()
        if state.uploads is None:
            return
        async with state.turns:
            allowed = await loop.run_in_executor(state.pool, state.uploads, self.request)
        if allowed:
            connection: Any = self.request.connection
            connection.set_max_body_size(MAX_UPLOAD)
            connection.set_body_timeout(UPLOAD_SECONDS)

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body, unless large bodies are taking too much memory together."""
        held, all_held = self._held + len(chunk), self._state.waiting_bytes + len(chunk)
        if self._crowded or (held > SMALL_BODY and all_held > MAX_BODIES_WAITING):
            self._crowded = True
            self._let_go()
            return
        self._held, self._state.waiting_bytes = held, all_held
        self._body.append(chunk)

    async def get(self) -> None:
        """Show a page of the site, send a file, or say what this is."""
        state, path = self._state, self.request.path
        if state.fetch and path.startswith(files.PATH):
            return await self._answer(state.fetch, path)
        is_program = "text/html" not in self.request.headers.get("Accept", "")
        if self._browse and not (self.request.uri == "/" and is_program):
            return await self._show(self._browse)
        if self.request.uri != "/":
            return await self._refuse(404, "NotFound", "There is nothing here.")
        return await self._send(200, {"Content-Type": "text/plain"}, WELCOME.encode())

    async def head(self) -> None:
        """Answer as `get` does, of which Tornado sends the head alone."""
        await self.get()

    async def post(self) -> None:
        """Answer a request of the API, or what a form of the site sends."""
        if self.request.uri != "/" and not self._browse:
            return await self._refuse(404, "NotFound", "Requests are sent to the path /.")
        if self._crowded:
            return await self._refuse(503, "ServiceUnavailable", "Too many requests at once.")
        if self.request.uri != "/" and self._browse:
            self.request.body = b"".join(self._body)
            return await self._show(self._browse)
        body, headers = b"".join(self._body), dict(self.request.headers.items())
        return await self._answer(self._state.respond, headers, body)

    async def _show(self, browse: Browse) -> None:
        self.browsed = True
        await self._answer(browse, self.request)

    async def _answer(self, find: Callable[..., tuple[int, Headers, bytes]], *request: Any) -> None:
        """Send what ``find`` returns for the request, called in one of the threads.

        The thread's turn ends when its answer was fetched, so that answers do not pile up.
        """
        state, loop = self._state, asyncio.get_running_loop()
        if state.ending:
            await self._refuse(503, "ServiceUnavailable", "The market is being closed.")
            return
        state.answering += 1
        try:
            async with state.turns:
                if self._stream().closed():
                    self.detach()
                    return
                answer = await loop.run_in_executor(state.pool, find, *request)
            self._let_go()
            await self._send(*answer)
        finally:
            state.answering -= 1

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer what Tornado itself refuses, such as another method."""
        self.set_header("Content-Type", CONTENT_TYPE)
        if status_code == 405:
            self.set_header("Allow", METHODS)
        self.finish(_error("RequestRefused", f"{status_code} {self._reason}"))

    def on_finish(self) -> None:
        """Forget the body."""
        self._let_go()

    def on_connection_close(self) -> None:
        """Forget the body of a client that left."""
        self._let_go()
        super().on_connection_close()

    async def _refuse(self, status: int, kind: str, message: str) -> None:
        await self._send(status, {"Content-Type": CONTENT_TYPE}, _error(kind, message))

    async def _send(self, status: int, headers: Headers, body: bytes) -> None:
        """Send an answer, for as long as the client goes on reading it."""
        self.set_status(status)
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        for name in ("Content-Type", *dict(pairs)):
            self.clear_header(name)
        for name, value in pairs:
            self.add_header(name, value)
        with self._state.room(self, len(body)):
            # Of nothing Tornado would think that it is a body, which some statuses cannot have.
            stream, sent = self._stream(), self.finish(body or None)
            end = time.monotonic() + ANSWER_SECONDS
            while stream.writing() and not (sent.done() or stream.closed()):
                if time.monotonic() > end:
                    self.drop("it does not read its answer")
                await asyncio.wait([sent], timeout=1)

    def drop(self, reason: str) -> None:
        """Close the client's connection."""
        logger.info("dropped %s: %s", self.whose(), reason)
        self._stream().close()

    def whose(self) -> str:
        """Return whose request it is, for the log: workers' addresses do not belong into it."""
        return "a browser" if self.browsed else str(self.request.remote_ip)

    def _stream(self) -> IOStream:
        connection: Any = self.request.connection
        stream: IOStream = connection.stream
        return stream

    def _let_go(self) -> None:
        self._state.waiting_bytes -= self._held
        self._held = 0
        self._body.clear()


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"__type": kind, "Message": message}).encode()


def _log_refusal(handler: Any) -> None:
    """Write one line about what a `_Door` did not answer with success.

    What browsers asked for in vain is in the access log.
    """
    status, request, browsed = handler.get_status(), handler.request, handler.browsed
    if status >= (500 if browsed else 400):
        target = request.headers.get("X-Amz-Target", "")
        where = access.shown(request.path) if browsed else request.uri
        said = ascii(f"{request.method} {where} {target}"[:120])
        logger.info("%s was answered %d for %s", handler.whose(), status, said)
