"""A served market among clients that break the rules: it refuses or drops them, and goes on."""

import json
import random
import re
import shutil
import socket
import time
from collections import Counter
from contextlib import ExitStack, closing
from threading import Event, Thread

import pytest
from crowdmake.market.serving import server
from crowdmake.market.serving.keys import NewKey

from market.kit import KEY, PROPERTIES, TARGET, connect, http_server
from market.served import serving

# What the four processes may have in memory together; at their start they have 250 MB.
MOST_MEMORY = 650 * 1024 * 1024
SECONDS = 5


@pytest.fixture(scope="module")
def served(template, vault, tmp_path_factory):
    """One server for all: what a test does to it, the next one finds it alive after."""
    folder = tmp_path_factory.mktemp("served")
    path = shutil.copy(template, folder / "market.sqlite3")
    shutil.copy(vault.path, folder / "market.key")
    with serving(path, cwd=folder) as running:
        yield running
        assert running.process.poll() is None
        assert "Traceback" not in running.logged()
        assert "is started again" not in running.logged()


@pytest.fixture(scope="module")
def caller(served):
    return connect(served.url, KEY)


@pytest.fixture
def goes_on(served, caller):
    """Check that callers are answered meanwhile and afterwards, in time and by little memory."""
    stop, times, failures = Event(), [], []

    def call():
        while not (times and stop.wait(0.05)):
            start = time.monotonic()
            try:
                caller.get_account_balance()
            except Exception as error:  # noqa: BLE001 - no failure at all is expected
                failures.append(error)
            times.append(time.monotonic() - start)

    thread = Thread(target=call)
    thread.start()
    try:
        yield
        caller.list_hits()
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert times
    assert max(times) < SECONDS
    assert served.memory() < MOST_MEMORY


def opened(served):
    connection = socket.create_connection(("127.0.0.1", served.port))
    connection.settimeout(10)
    return connection


def all_of(connection):
    """Return what the server sends until it closes, or resets, the connection."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


def sent_until_dropped(connection, part):
    """Return how many bytes were taken, of 100 MB in parts, until the server had enough."""
    for number in range(100 * 1024 * 1024 // len(part)):
        try:
            connection.sendall(part)
        except ConnectionError:
            return number * len(part)
    return 100 * 1024 * 1024


def head(length, *more):
    lines = ["POST / HTTP/1.1", "Host: x", f"Content-Length: {length}", *more, "", ""]
    return "\r\n".join(lines).encode()


def waits_for(served, words):
    """Wait until the log has the words; return it."""
    end = time.monotonic() + 10
    while not re.search(words, served.logged()) and time.monotonic() < end:
        time.sleep(0.05)
    log = served.logged()
    assert re.search(words, log)
    return log


DEEP = b'{"a":' * 100_000


class TestBodies:
    """Bodies that are no request, from somebody who was let in."""

    @pytest.fixture
    def send(self, market):
        """Send a body as it is."""

        def send(body, target="ListHITs"):
            headers = {"X-Amz-Target": TARGET + target}
            status, _, answer = market.respond(headers, body)
            return status, json.loads(answer)["__type"]

        return send

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"nonsense",
            b"[]",
            b'"x"',
            b"1",
            b"\xff\xfe",
            b'{"MaxResults": NaN}',
            b'{"MaxResults": 1e400}',
            b'{"MaxResults": "1"}',
            b'{"MaxResults": {}}',
            b'{"MaxResults": true}',
            b'{"Nothing": 1}',
            DEEP,
            b"[" * 200_000,
            b'{"NextToken": "\\ud800"}',
            b'{"NextToken": "\\u0000"}',
            b"1" * 100_000,
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_no_json(self, send, body):
        """What is not the operation's JSON is a SerializationException."""
        assert send(body) == (400, "SerializationException")


def test_bytes_at_random(served, goes_on):
    """Whatever bytes arrive, the connection ends or is answered with an error."""
    chance = random.Random(7)
    for _ in range(100):
        with closing(opened(served)) as connection:
            connection.sendall(chance.randbytes(chance.randrange(1, 3000)) + b"\r\n\r\n")
            assert re.match(rb"HTTP/1.1 4\d\d |\Z", all_of(connection))


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n",
        b"POST\r\n\r\n",
        b"POST / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}}}",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/0.9\r\n\r\n",
    ],
)
def test_no_http(served, goes_on, garbage):
    """What is no HTTP/1.1 request gets an error at most, and the connection ends."""
    with closing(opened(served)) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        assert re.match(rb"HTTP/1.1 4\d\d |\Z", all_of(connection))


def test_a_hundred_megabytes(served, goes_on):
    """A body of 100 MB is dropped at its announcement, with a line in the log."""
    with closing(opened(served)) as connection:
        connection.sendall(head(100 * 1024 * 1024))
        assert sent_until_dropped(connection, b"x" * 65536) < 20 * 1024 * 1024
    waits_for(served, "Content-Length too long")


def test_an_unannounced_hundred_megabytes(served, goes_on):
    """A chunked body that does not end is dropped when it is too long."""
    part = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with closing(opened(served)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert sent_until_dropped(connection, part) < 20 * 1024 * 1024
    waits_for(served, "chunked body too large")


def test_endless_headers(served, goes_on):
    """Headers that do not end are dropped when they are too long."""
    with closing(opened(served)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
        assert (
            sent_until_dropped(connection, b"X-More: " + b"x" * 1000 + b"\r\n") < 20 * 1024 * 1024
        )
    waits_for(served, "Unsatisfiable read")


def test_a_thousand_idle_connections(served, goes_on):
    """A thousand connections that say nothing keep nobody from being answered."""
    with ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(closing(opened(served)))
        time.sleep(1)
        last = stack.enter_context(closing(opened(served)))
        last.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert all_of(last).startswith(b"HTTP/1.1 200 ")


def test_slow_clients(served, goes_on):
    """Hundreds of clients that send headers or bodies byte by byte keep nobody waiting."""
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(opened(served))) for _ in range(300)]
        for number, each in enumerate(slow):
            each.sendall(head(1000) if number % 2 else b"POST / HTTP/1.1\r\n")
        for _ in range(20):
            for number, each in enumerate(slow):
                each.sendall(b"{" if number % 2 else b"X")
            time.sleep(0.05)


def test_many_large_bodies_at_once(served, goes_on):
    """Large bodies take a bounded part of memory together: what is too much is refused for now."""
    length = 2 * 1024 * 1024
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(opened(served))) for _ in range(300)]
        for each in clients:
            each.sendall(head(length, "Connection: close") + b"x" * (length - 1))
        time.sleep(1)
        for each in clients:
            each.sendall(b"x")
        statuses = Counter(all_of(each)[:12] for each in clients)
    assert set(statuses) == {b"HTTP/1.1 400", b"HTTP/1.1 503"}
    assert statuses[b"HTTP/1.1 503"] > 50


def test_one_request_after_the_other_without_waiting(served, goes_on):
    """Requests that are sent at once on one connection are answered in their order."""
    one = head(2, "X-Amz-Target: T") + b"{}"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with closing(opened(served)) as connection:
        connection.sendall(one * 50 + last)
        answers = all_of(connection)
    assert answers.count(b"MissingAuthenticationTokenException") == 50
    assert answers.rpartition(b"HTTP/1.1 ")[2].startswith(b"200 OK")


def test_clients_that_leave(served, goes_on):
    """Clients that go away in the middle of anything leave nothing behind."""
    for cut in (5, 30, len(head(1000)), len(head(1000)) + 10):
        for _ in range(50):
            with closing(opened(served)) as connection:
                connection.sendall((head(1000) + b"x" * 1000)[:cut])


def test_answers_that_nobody_reads(served, goes_on, caller):
    """A client that asks for much and reads nothing holds up no other."""
    for _ in range(20):
        caller.create_hit(**PROPERTIES)
    with ExitStack() as stack:
        for _ in range(20):
            each = stack.enter_context(closing(opened(served)))
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            each.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2000)
        time.sleep(1)


def test_the_log_is_plain(served, goes_on):
    """Refusals are logged in one line each, spelt out, without bodies and without keys."""
    with closing(opened(served)) as connection:
        connection.sendall(
            head(
                6,
                "X-Amz-Target: mark\x1b[31m\x9b",
                f"Authorization: AWS4-HMAC-SHA256 Credential={KEY.key_id}",
                "Connection: close",
            )
            + b"secret"
        )
        all_of(connection)
    log = waits_for(served, "mark")
    assert all(each.isprintable() for each in log.replace("\n", ""))
    assert KEY.key_id not in log
    assert "secret" not in log


def test_foreigners_see_nothing(served, goes_on):
    """A key of another market gets the same error whatever it asks for."""
    stranger = connect(served.url, NewKey("CM" + "X" * 18, "x" * 40))
    for call in (stranger.list_hits, stranger.get_account_balance):
        with pytest.raises(stranger.exceptions.ClientError, match="UnrecognizedClientException"):
            call()


@pytest.mark.parametrize("limit", ["IDLE_SECONDS", "BODY_SECONDS", "ANSWER_SECONDS"])
def test_nobody_stays_for_ever(limit, monkeypatch, caplog):
    """Who sends nothing, ends no body or reads no answer is dropped when the time is over."""
    monkeypatch.setattr(server, limit, 0.5)
    large = (200, {"Content-Type": "text/plain"}, b"x" * 30_000_000)
    caplog.set_level("INFO")
    begin = {
        "IDLE_SECONDS": b"POST / HTTP/1.1\r\nHost: x\r\n",
        "BODY_SECONDS": head(10) + b"12345",
        "ANSWER_SECONDS": head(0),
    }[limit]
    with http_server(lambda headers, body: large) as url, ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        each = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        each.settimeout(10)
        each.sendall(begin)
        time.sleep(3)
        assert len(all_of(each)) < len(large[2])
    if limit != "IDLE_SECONDS":
        assert caplog.text.count("\n") == 1


def test_large_answers_that_nobody_reads(caplog):
    """They take a bounded part of memory together: who was sent one first is dropped first."""
    size = 8 * 1024 * 1024
    large = (200, {"Content-Type": "text/plain"}, b"x" * size)
    caplog.set_level("INFO")
    with http_server(lambda headers, body: large) as url, ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        clients = []
        for _ in range(12):
            each = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            each.settimeout(10)
            each.sendall(head(0, "Connection: close"))
            each.recv(1)
            clients.append(each)
        received = [len(all_of(each)) for each in clients]
    most = server.MAX_ANSWERS_WAITING // size
    assert [each > size for each in received] == [False] * (12 - most) + [True] * most
    assert caplog.text.count("too many large answers") == 12 - most


def test_clients_that_do_not_wait_for_their_turn():
    """What nobody waits for any longer when its turn comes is not done: its client asks anew."""
    release, begun = Event(), []

    def respond(headers, body):
        begun.append(body)
        release.wait(10)
        return 200, {}, b""

    def ask(body):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(head(len(body), "Connection: close") + body)
        return connection

    with http_server(respond) as url, ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        for _ in range(server.THREADS):
            stack.enter_context(closing(ask(b"first")))
        time.sleep(0.3)
        stack.enter_context(closing(ask(b"patient")))
        ask(b"gone").close()
        last = stack.enter_context(closing(ask(b"last")))
        time.sleep(0.3)
        release.set()
        assert all_of(last).startswith(b"HTTP/1.1 200 ")
    assert Counter(begun) == {b"first": server.THREADS, b"patient": 1, b"last": 1}
