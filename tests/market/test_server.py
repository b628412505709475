"""The served command: what it says, its processes, and how it ends."""

import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from crowdmake.client import in_process
from crowdmake.market.embedded import open_market
from crowdmake.market.models import HIT
from crowdmake.market.serving import server

from market.kit import KEY, PROPERTIES, connect
from market.served import command, crowdmake, environment, new_key, serving


@pytest.fixture
def key_file(vault, tmp_path):
    """The key file of the tests' markets, where the commands look for it."""
    (tmp_path / "state").mkdir()
    shutil.copy(vault.path, tmp_path / "state" / "market.key")
    shutil.copy(vault.path, tmp_path / "market.key")


@pytest.fixture
def served(location, tmp_path, key_file):
    with serving(location, cwd=tmp_path) as running:
        yield running


@pytest.fixture
def served_file(path, tmp_path, key_file):
    with serving(path, cwd=tmp_path) as running:
        yield running


@pytest.fixture
def caller(served, location, tmp_path):
    return connect(served.url, new_key(location, tmp_path))


def within(seconds, condition):
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    assert met


def alive(process):
    """Say whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_hits_over_http(caller, served, location):
    """A boto3 client works with a served market, beside a program that has it embedded."""
    hit = caller.create_hit(**PROPERTIES)["HIT"]
    embedded = open_market(location)
    beside = in_process(embedded)
    assert beside.get_hit(HITId=hit["HITId"])["HIT"] == hit
    made = {beside.create_hit(**PROPERTIES)["HIT"]["HITId"] for _ in range(3)}
    assert {each["HITId"] for each in caller.list_hits()["HITs"]} == {*made, hit["HITId"]}
    embedded.close()


def test_what_it_prints(served_file, path):
    """The address is a loopback one and the way to it, with this market's key, is spelt out."""
    assert served_file.url.startswith("http://127.0.0.1:")
    rest = [next(served_file.process.stdout) for _ in range(3)]
    assert f"crowdmake market key make --database {path}" in rest[0]
    assert f"AWS_ENDPOINT_URL_MTURK={served_file.url}" in rest[1]
    assert rest[2] == f"Workers reach the site at http://localhost:{served_file.port}\n"
    assert served_file.logged() == ""


def test_a_clock_that_was_moved(path, key_file, tmp_path):
    """Where simulated workers have moved the clock, the operator is told what waits for it."""
    market = open_market(path)
    market.clock.advance(timedelta(hours=1))
    market.close()
    with serving(path, cwd=tmp_path) as served:
        lines = [next(served.process.stdout) for _ in range(3)]
    assert "clock" in lines[2]
    assert "nothing falls due before that" in lines[2]


def test_time_goes_on_by_itself(served, location):
    """What is due happens within a second, without anybody's call."""
    market = open_market(location)
    hit_id = in_process(market).create_hit(**PROPERTIES)["HIT"]["HITId"]
    market.run(lambda now: HIT.objects.update(expiration=now + timedelta(seconds=0.5)))
    time.sleep(0.5)

    def expired():
        # Asked for without the market's clock, which would do what is due.
        market.store.bind()
        return not HIT.objects.get(hit_id=hit_id).on_market

    within(1.5, expired)
    market.close()


def test_sigterm_ends_it(served_file):
    """On SIGTERM every process ends, and the exit code is 0."""
    children = served_file.children()
    assert len(children) == 3
    served_file.process.send_signal(signal.SIGTERM)
    assert served_file.process.wait(10) == 0
    assert not any(map(alive, children))
    assert served_file.logged() == ""


def test_a_terminal_that_goes_ends_it(served_file):
    """On SIGHUP, which comes with a closed terminal, it ends as on SIGTERM."""
    children = served_file.children()
    for each in (served_file.process.pid, *children):
        os.kill(each, signal.SIGHUP)
    assert served_file.process.wait(10) == 0
    assert not any(map(alive, children))
    assert served_file.logged() == ""


def test_nohup(path, key_file, tmp_path):
    """Started with SIGHUP ignored, it stays when the terminal goes."""
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with serving(path, cwd=tmp_path) as running:
            running.process.send_signal(signal.SIGHUP)
            with pytest.raises(subprocess.TimeoutExpired):
                running.process.wait(1)
            assert all(map(alive, running.children()))
    finally:
        signal.signal(signal.SIGHUP, former)


def test_ctrl_c_ends_it(served_file):
    """On SIGINT, which a terminal sends to all of them, it ends in the same way."""
    children = served_file.children()
    for each in (served_file.process.pid, *children):
        os.kill(each, signal.SIGINT)
    assert served_file.process.wait(10) == 0
    assert not any(map(alive, children))
    assert "Traceback" not in served_file.logged()


def test_requests_in_progress_are_answered(served, caller):
    """What has arrived before the end is answered: the client sees no error and nothing twice."""

    def create(_):
        return caller.create_hit(**PROPERTIES)["HIT"]["HITId"]

    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(create, each) for each in range(8)]
        created = [each.result() for each in made]
        later = [pool.submit(create, each) for each in range(8)]
        time.sleep(0.05)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(20) == 0
    assert len(set(created)) == 8
    # Those that came too late were not taken: after all attempts the client cannot connect.
    failures = {type(each.exception()).__name__ for each in later if each.exception()}
    assert failures <= {"EndpointConnectionError", "ConnectionClosedError"}


def test_nothing_is_done_for_those_who_come_too_late(served, caller, location):
    """While callers go on asking, what is done before the end is also answered."""
    made, end = [], threading.Event()

    def create():
        with suppress(caller.exceptions.ClientError, BotoCoreError):
            while not end.is_set():
                made.append(caller.create_hit(**PROPERTIES)["HIT"]["HITId"])

    threads = [threading.Thread(target=create) for _ in range(8)]
    for each in threads:
        each.start()
    within(10, lambda: len(made) > 50)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(10) == 0
    end.set()
    for each in threads:
        each.join()
    market = open_market(location)
    with market.reading():
        assert set(HIT.objects.values_list("hit_id", flat=True)) == set(made)
    market.close()


def test_a_killed_process_is_replaced(served, caller):
    """A process that dies is started again, and callers notice at most a second attempt."""
    for victim in served.children():
        os.kill(victim, signal.SIGKILL)
        caller.list_hits()
    within(10, lambda: served.logged().count("is started again") == 3)
    within(10, lambda: len(served.children()) == 3 and all(map(alive, served.children())))
    assert caller.list_hits()["NumResults"] == 0


def test_a_killed_parent_takes_its_children_along(served_file):
    """Without the process that minds them the others end by themselves, and free the port."""
    children = served_file.children()
    served_file.process.kill()
    served_file.process.wait(10)
    within(10, lambda: not any(map(alive, children)))
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", served_file.port))


def test_a_used_port(served_file, path, tmp_path):
    """A second server on the port is refused in one line."""
    place = ("market", "--database", path)
    done = crowdmake(*place, "--port", served_file.port, cwd=tmp_path)
    line = f"error: cannot listen at 127.0.0.1 port {served_file.port}: Address already in use\n"
    assert (done.returncode, done.stderr) == (1, line)


def test_nobody_to_tell_its_address(path, key_file, tmp_path):
    """Where nobody reads its output, nothing of it is left running, and nothing is said."""
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        command("market", "--database", path, "--port", 0),
        cwd=tmp_path,
        env=environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writing)
        try:
            assert process.wait(15) == 1
            assert process.stderr.read() == b""
        finally:
            process.terminate()


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "localhost"])  # noqa: S104 - what is tested
def test_other_addresses(path, key_file, tmp_path, host):
    """Any address will do; one that other machines reach comes with a warning."""
    with serving(path, "--host", host, cwd=tmp_path) as served:
        said = [next(served.process.stdout) for _ in range(3)]
        assert served.url.startswith("http://[::1]:") == (host == "::1")
        assert ("Other machines reach it" in said[-1]) == (host == "0.0.0.0")  # noqa: S104 - what is tested
        sites = said[-1] if host != "0.0.0.0" else next(served.process.stdout)  # noqa: S104 - what is tested
        assert sites == f"Workers reach the site at http://localhost:{served.port}\n"
        local = f"http://127.0.0.1:{served.port}" if host == "0.0.0.0" else served.url  # noqa: S104 - what is tested
        assert connect(local, new_key(path, tmp_path)).list_hits()["NumResults"] == 0


@pytest.mark.parametrize("host", ["no.such.host.invalid", "300.1.1.1", "a" * 70])
def test_no_address(path, key_file, tmp_path, host):
    """A host that is none is one line."""
    done = crowdmake("market", "--database", path, "--host", host, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: cannot listen at {host} port 8717: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("allowed", "most"),
    [(1024, 924), (2101, 2000), (2099, 1999), (10**6, 2000), (64, 1), (-1, 2000)],
)
def test_as_many_connections_as_files(monkeypatch, allowed, most):
    """A process takes no more connections than its limit of open files leaves room for."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    assert server.most_connections() == most


def test_few_open_files(path, key_file, tmp_path):
    """Where few files may be open, further connections are dropped, and those there are served."""
    with serving(path, "--processes", 1, cwd=tmp_path, files=140) as running:
        caller = connect(running.url, new_key(path, tmp_path))
        assert caller.list_hits()["NumResults"] == 0
        crowd = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(120)]
        within(10, lambda: "connections are open" in running.logged())
        assert caller.list_hits()["NumResults"] == 0
        for each in crowd:
            each.close()
        assert "Traceback" not in running.logged()


class TestHTTP:
    """What is not a request of the API, at the server of this process."""

    @pytest.fixture
    def http(self, url, market):
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        yield connection
        connection.close()

    def answer(self, connection, method, path, body=None):
        """Return status, type and body."""
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()

    def test_one_date(self, http):
        """An answer of the API has each of its headers once."""
        http.request("POST", "/", b"{}")
        response = http.getresponse()
        names = [name for name, _ in response.getheaders()]
        assert "Date" in names
        assert len(names) == len(set(names))

    def test_it_says_what_it_is(self, http):
        """A browser at the address is told what it found, and nothing about the software."""
        http.request("GET", "/")
        response = http.getresponse()
        assert (response.status, response.headers["Content-Type"]) == (200, "text/plain")
        assert b"Mechanical Turk requester API" in response.read()
        assert response.headers["Server"] is None

    @pytest.mark.parametrize("uri", ["/nothing", "/?x=1", "//", "*", "/../etc/passwd"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_other_paths(self, http, method, uri):
        """Nothing is anywhere else, in the form of the API's errors."""
        status, kind, body = self.answer(http, method, uri)
        assert (status, kind) == (404, "application/x-amz-json-1.1")
        assert json.loads(body)["__type"] == "NotFound"

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_other_methods(self, http, method):
        """Other methods are refused with those that are not, and the next request is served."""
        http.request(method, "/", b"x" if method == "PUT" else None)
        response = http.getresponse()
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, POST")
        assert json.loads(response.read())["__type"] == "RequestRefused"
        if method == "TRACE":
            # Tornado does not know it, and closes the connection after its answer.
            http.close()
        assert self.answer(http, "GET", "/")[0] == 200

    @pytest.mark.parametrize("uri", ["/", "/nothing"])
    def test_head(self, http, uri):
        """A HEAD is answered as a GET is, without the body."""
        http.request("GET", uri)
        got = http.getresponse()
        length = str(len(got.read()))
        http.request("HEAD", uri)
        response = http.getresponse()
        assert (response.status, response.read()) == (got.status, b"")
        assert response.headers["Content-Length"] == length

    def test_connections_are_kept(self, http, client):
        """One connection serves request after request."""
        for _ in range(3):
            assert self.answer(http, "GET", "/")[0] == 200
        local = http.sock.getsockname()
        assert self.answer(http, "POST", "/", b"{}")[0] == 400
        assert http.sock.getsockname() == local

    def test_the_largest_requests_fit(self, client):
        """A request with the longest texts in their longest spelling is answered."""
        test = "é" * 32_767
        with pytest.raises(client.exceptions.ClientError) as caught:
            client.create_qualification_type(
                Name="n",
                Description="é" * 2000,
                QualificationTypeStatus="Active",
                Test=test,
                AnswerKey=test,
                TestDurationInSeconds=60,
            )
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert caught.value.response["Error"]["Code"] == "ParameterValidationError"
        assert KEY.secret not in str(caught.value)
