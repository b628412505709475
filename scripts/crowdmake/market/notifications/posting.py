"""One HTTP POST to a destination: bounded in time and in size, and never led on elsewhere."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from threading import Timer
from typing import NamedTuple

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from crowdmake.market.notifications.destinations import Destination, Undeliverable, addresses

CONNECT_SECONDS = 2.0
EXCHANGE_SECONDS = 5.0
ADDRESSES_TRIED = 2
REPLY_BYTES = 65_536

# What urllib3, http.client and the socket raise, a value that is no header among it.
FAILURES = (HTTPError, HTTPException, OSError, ValueError)


class Request(NamedTuple):
    """What is posted."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """An HTTP status and the beginning of the body."""

    status: int
    body: bytes


def post(destination: Destination, request: Request) -> Reply:
    """Return what the destination's host answers, also if that is a redirect or an error.

    Raises Undeliverable when there is no connection, or no answer in time. The host's
    certificate is held against its name, though the connection goes to an address.
    """
    with closing(_connected(destination)) as connection, _limited(connection):
        try:
            return _exchange(connection, destination, request)
        except FAILURES as error:
            raise Undeliverable(f"{destination.host} gave no answer in time") from error


def _connected(destination: Destination) -> HTTPConnection:
    failure: Exception | None = None
    for address in addresses(destination)[:ADDRESSES_TRIED]:
        connection = _connection(destination, address)
        try:
            connection.connect()
        except FAILURES as error:
            connection.close()
            failure = error
        else:
            return connection
    kind = type(failure).__name__
    raise Undeliverable(f"no connection to {destination.authority}: {kind}") from failure


def _connection(destination: Destination, address: str) -> HTTPConnection:
    if not destination.secure:
        return HTTPConnection(address, destination.port, timeout=CONNECT_SECONDS)
    return HTTPSConnection(
        address,
        destination.port,
        timeout=CONNECT_SECONDS,
        server_hostname=destination.host,
        assert_hostname=destination.host,
    )


@contextmanager
def _limited(connection: HTTPConnection) -> Iterator[None]:
    """End the exchange after its time: a socket's own timeout begins anew with every byte."""
    timer = Timer(EXCHANGE_SECONDS, _cut, [connection.sock])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        # That of the TLS socket would take itself apart under its reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _exchange(connection: HTTPConnection, destination: Destination, request: Request) -> Reply:
    headers = {"Host": destination.authority, "User-Agent": "crowdmake-market", **request.headers}
    connection.timeout = EXCHANGE_SECONDS
    connection.request("POST", request.path, request.body, headers, preload_content=False)
    with closing(connection.getresponse()) as response:
        return Reply(response.status, _beginning(response))


def _beginning(response: HTTPResponse) -> bytes:
    """Return the beginning of the body, nothing where it breaks off: the status is what counts."""
    with suppress(*FAILURES):
        return response.read(REPLY_BYTES, decode_content=False)
    return b""
