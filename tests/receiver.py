"""A webhook's receiver, over HTTP: it checks signatures and answers as a test tells it."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = b"crowdmake's tests sign with this"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Receiver:
    """What arrived, and what the next requests are answered; 204 unless told otherwise."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        self.status_of: Callable[[dict[str, Any]], int] = lambda _event: 204
        self.url = ""

    def take(self, headers: Any, body: bytes) -> int:
        """Check a request as the convention has it and return the status to answer."""
        name, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        signed = f"{name}.{timestamp}.".encode() + body
        digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if headers["webhook-signature"] != f"v1,{digest}":
            return 401
        self.ids.append(name)
        self.bodies.append(body)
        status = self.statuses.pop(0) if self.statuses else self.status_of(json.loads(body))
        if status // 100 == 2:
            self.events.append(json.loads(body))
        return status


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """Serve a receiver on this machine for the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(self.headers, body)
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
