"""A proxy with TLS before a served market, as an operator puts one there."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event, Thread
from typing import Any

import trustme
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

# What holds for one connection only, and what the two servers write anew.
HOPS = {"connection", "transfer-encoding", "content-length", "keep-alive", "date"}


@contextmanager
def tls_proxy(port: int, client: str, *names: str) -> Iterator[int]:
    """Pass on what arrives for the ``names`` to the market at ``port``; yield the proxy's port.

    The Host header stays, and X-Forwarded-For says who asked: ``client``, as if from far away.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    listening.setblocking(False)
    stop, ready, loops = asyncio.Event(), Event(), []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        routes = [(".*", _Pass, {"port": port, "client": client})]
        server = HTTPServer(Application(routes), ssl_options=context)
        server.add_socket(listening)
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield listening.getsockname()[1]
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()


class _Pass(RequestHandler):
    """One request, passed on."""

    def initialize(self, port: int, client: str) -> None:
        self.port, self.client = port, client

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.clear_header("Content-Type")

    async def get(self) -> None:
        status, headers, body = await asyncio.to_thread(self._ask)
        self.set_status(status)
        for name, value in headers:
            if name.lower() not in HOPS:
                self.add_header(name, value)
        await self.finish(body or None)

    head = post = get

    def _ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        request = self.request
        headers: dict[str, Any] = {
            name: value for name, value in request.headers.items() if name.lower() not in HOPS
        }
        said = request.headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = ", ".join(filter(None, [said, self.client]))
        headers["X-Forwarded-Proto"] = "https"
        connection.request(request.method or "", request.uri or "", request.body, headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, response.getheaders(), body
