"""A server that knows the answers beforehand: python tests/bench/market_stub.py ANSWERS.json.

It has the market's HTTP server, but reads no more of a request than the operation's name and
answers with that operation's entry in the file. It prints its address.
"""

import json
import sys
from asyncio import Event, run
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.netutil import bind_sockets


async def serve(answers: dict[str, bytes]) -> None:
    """Answer until killed."""

    def answer(request: HTTPServerRequest) -> None:
        content = answers[request.headers["X-Amz-Target"].rpartition(".")[2]]
        headers = HTTPHeaders(
            {"Content-Type": "application/x-amz-json-1.1", "Content-Length": str(len(content))}
        )
        request.connection.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), headers, content)
        request.connection.finish()

    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(answer).add_sockets(sockets)
    port = sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)  # noqa: T201 - whoever started it reads it
    await Event().wait()


if __name__ == "__main__":
    known = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    run(serve({name: content.encode() for name, content in known.items()}))
