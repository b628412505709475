"""Servers of the tests' own that notifications are sent to."""

import json
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

# What the operator's own queue is signed for.
AWS = {
    "AWS_ACCESS_KEY_ID": "operator",
    "AWS_SECRET_ACCESS_KEY": "operator's secret",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
EVENTS = [
    "AssignmentAccepted",
    "AssignmentAbandoned",
    "AssignmentReturned",
    "AssignmentSubmitted",
    "AssignmentRejected",
    "AssignmentApproved",
    "HITCreated",
    "HITExtended",
    "HITDisposed",
    "HITReviewable",
    "HITExpired",
]


class Received(NamedTuple):
    """One POST: its path, its headers with lower-case names, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Sink:
    """Keeps what is posted to it, and answers with what `answers` has next, or with 200."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self.port = server.server_address[1]
        self.scheme = scheme
        self.received: list[Received] = []
        self.answers: list[Any] = []
        self.key = b""

    def url(self, path: str = "/123456789012/queue", host: str = "127.0.0.1") -> str:
        """Return a URL of this server."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def messages(self) -> list[dict[str, Any]]:
        """Return the events' documents that arrived, by queue or as a subscriber gets them."""
        bodies = [json.loads(each.body) for each in self.received]
        return [json.loads(each.get("MessageBody") or each["Message"]) for each in bodies]

    def specification(self, transport: str = "SQS", **others: Any) -> dict[str, Any]:
        """Return what asks for every event to be sent here."""
        usual = {"Transport": transport, "Version": "2014-08-15", "EventTypes": EVENTS}
        return {"Destination": self.url(), **usual, **others}

    def events(self) -> list[dict[str, Any]]:
        """Return the events that arrived, without their order."""
        return [event for each in self.messages() for event in each["Events"]]


@contextmanager
def sink(context: ssl.SSLContext | None = None):
    """Run a server on a free port of the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.sink = Sink(server, "https" if context else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"{}"):
    """Return the answer of that HTTP status."""

    def answer(handler: "_Handler") -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drip(seconds: float, start: bytes):
    """Return an answer that goes on a byte at a time after its ``start``."""

    def answer(handler: "_Handler") -> None:
        handler.close_connection = True
        handler.wfile.write(start)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b"0")
            time.sleep(0.05)

    return answer


class _Handler(BaseHTTPRequestHandler):
    """Keeps a POST and answers it."""

    def do_POST(self) -> None:
        """Keep the request."""
        kept: Sink = self.server.sink
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        kept.received.append(Received(self.path, headers, body))
        answer = kept.answers.pop(0) if kept.answers else status(200)
        try:
            answer(self)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
