"""What the market's tests share: requests, a watching transport, and people who work."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
import asyncio
import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from crowdmake.client import in_process
from crowdmake.market import requesters, workers
from crowdmake.market.embedded import EmbeddedMarket
from crowdmake.market.models import ACCEPTED, HIT, AccessKey, Assignment, Worker
from crowdmake.market.protocol import service
from crowdmake.market.serving import keys
from crowdmake.market.serving.served import ServedMarket
from crowdmake.market.serving.server import serving

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
TARGET = "MTurkRequesterServiceV20170117."
KEY = keys.NewKey("CM" + "K" * 18, "s" * 40)
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/mturk-requester/aws4_request"


def html_question(content: str = "<!DOCTYPE html><p>Hello</p>", height: str = "0") -> str:
    return (
        f'<HTMLQuestion xmlns="{SCHEMAS}2011-11-11/HTMLQuestion.xsd">'
        f"<HTMLContent><![CDATA[{content}]]></HTMLContent><FrameHeight>{height}</FrameHeight>"
        "</HTMLQuestion>"
    )


def external_question(url: str = "https://example.org/task?x=1") -> str:
    return (
        f'<ExternalQuestion xmlns="{SCHEMAS}2006-07-14/ExternalQuestion.xsd">'
        f"<ExternalURL>{url}</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
    )


TYPE = {
    "Title": "Label a sentence",
    "Description": "Say what it is about",
    "Reward": "0.10",
    "AssignmentDurationInSeconds": 600,
}
PER_HIT = {"LifetimeInSeconds": 3600, "Question": html_question()}
PROPERTIES = {**TYPE, **PER_HIT}


class Transport:
    """Brings requests to the market of the moment; checks each answer against its shape.

    A client reaches it over HTTP (`serve`, `watch`) or within the process (`respond`).
    """

    def __init__(self, vault: Any = None) -> None:
        self.vault = vault
        self.market: Any = None
        self.last: dict[str, Any] = {}
        self.answered: set[str] = set()

    def use(self, market: Any) -> None:
        """Turn to another market, in which the test's requester has its key."""
        self.market = market
        self.answered.clear()
        give_key(market, market.requester, KEY, self.vault)

    def serve(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return what a served market answers, which trusts signatures alone."""
        return ServedMarket(self.market.store, self.vault).respond(headers, body)

    def fetch(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return what a served market has at a path."""
        return ServedMarket(self.market.store, self.vault).fetch(path)

    def respond(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return what an embedded market answers."""
        status, answer_headers, answer = self.market.respond(headers, body)
        self._note(status, answer, headers["X-Amz-Target"].removeprefix(TARGET))
        return status, answer_headers, answer

    def watch(self, client: Any) -> None:
        """Note and check everything that the client receives."""

        def received(response_dict: dict[str, Any] | None, event_name: str, **_: object) -> None:
            if response_dict is not None:
                name = event_name.rpartition(".")[2]
                self._note(response_dict["status_code"], response_dict["body"], name)

        client.meta.events.register("response-received.mturk", received)

    def _note(self, status: int, answer: bytes, name: str) -> None:
        self.last = json.loads(answer)
        if status == 200:
            self.answered.add(name)
            check_shape(self.last, service.model().operation_model(name).output_shape)


@contextmanager
def http_server(respond: Any, fetch: Any = None, **more: Any) -> Iterator[str]:
    """Serve ``respond`` on a free port of the loopback, in a thread; yield the address.

    ``more`` is what else `serving` takes.
    """
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    stop, ready, loops = asyncio.Event(), Event(), []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with serving(listening, respond, fetch, **more):
            ready.set()
            await stop.wait()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()


def connect(url: str, key: keys.NewKey, **settings: Any) -> Any:
    """Return a boto3 client that signs with ``key`` and tries again soon and often."""
    return boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=key.key_id,
        aws_secret_access_key=key.secret,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 8},
            max_pool_connections=32,
            **settings,
        ),
    )


def give_key(market: Any, requester: Any, key: keys.NewKey, vault: Any) -> None:
    """Let the requester sign with ``key`` in this market."""
    now = datetime.now(UTC)
    row = {"requester": requester, "secret": vault.lock(key.secret), "created_at": now}
    # So that no use is written down while a test looks at something else.
    row["last_used_at"] = now + timedelta(days=1)
    with market.reading():
        known = AccessKey.objects.filter(key_id=key.key_id).exists()
    if not known:
        market.run(lambda _: AccessKey.objects.create(key_id=key.key_id, **row))


def check_shape(value: Any, shape: Any) -> None:
    """Fail unless ``value`` has the shape, with what its patterns and enumerations say."""
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), report.generate_report()
    _check_rules(value, shape)


def _check_rules(value: Any, shape: Any) -> None:
    if shape.type_name == "structure":
        for name, each in value.items():
            # The model calls it an EntityId, but it is whatever a page calls its question.
            if name != "QuestionId":
                _check_rules(each, shape.members[name])
    elif shape.type_name == "list":
        for each in value:
            _check_rules(each, shape.member)
    elif shape.type_name == "string":
        rules = shape.metadata
        assert value in rules.get("enum", [value])
        assert re.fullmatch(rules.get("pattern", "(?s:.*)"), value)
        assert len(value) <= rules.get("max", len(value))


class Requester:
    """A boto3 client, and shorthands for what most tests do with it."""

    def __init__(self, client: Any, transport: Transport) -> None:
        self.client = client
        self.transport = transport

    def hit(self, **properties: Any) -> str:
        """Return the id of a new HIT."""
        hit_id: str = self.client.create_hit(**{**PROPERTIES, **properties})["HIT"]["HITId"]
        return hit_id

    def state(self, hit_id: str) -> tuple[str, int, int, int]:
        """Return a HIT's status, and how many assignments are available, pending, completed."""
        hit = self.client.get_hit(HITId=hit_id)["HIT"]
        return (
            hit["HITStatus"],
            hit["NumberOfAssignmentsAvailable"],
            hit["NumberOfAssignmentsPending"],
            hit["NumberOfAssignmentsCompleted"],
        )

    def money(self) -> tuple[str, str]:
        """Return what is available and what is held."""
        balance = self.client.get_account_balance()
        return balance["AvailableBalance"], balance["OnHoldBalance"]

    def work(self, hit_id: str, **filters: Any) -> list[dict[str, Any]]:
        """Return the first hundred of a HIT's assignments."""
        page = self.client.list_assignments_for_hit(HITId=hit_id, MaxResults=100, **filters)
        assignments: list[dict[str, Any]] = page["Assignments"]
        return assignments

    @contextmanager
    def refused(self, code: str | None, kind: str = "RequestError", message: str = ""):
        """Expect an error of the type ``kind`` with its TurkErrorCode."""
        with pytest.raises(ClientError) as caught:
            yield
        response = caught.value.response
        assert response["Error"]["Code"] == kind
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert self.transport.last.get("TurkErrorCode") == code
        assert message in self.transport.last["Message"]
        dated = kind in ("RequestError", "ParameterValidationError")
        assert bool(re.search(r" \(\d{13} s\)$", self.transport.last["Message"])) == dated


def another(market: Any, name: str = "another") -> Requester:
    """Return a further requester of the market, with a client within the process."""
    transport = Transport()
    account = market.run(lambda _: requesters.ensure(name))
    transport.market = EmbeddedMarket(market.store, account)
    return Requester(in_process(transport), transport)


class People:
    """Workers of a market, by name."""

    def __init__(self, market: Any) -> None:
        self.market = market
        self._known: dict[str, Any] = {}

    def worker(self, name: str) -> Worker:
        """Return the worker of that name."""
        if name not in self._known:
            self._known[name] = self.market.run(lambda _: workers.register(name))
        return self._known[name]

    def accept(self, name: str, hit_id: str) -> Assignment:
        """Return what the worker has accepted."""
        worker = self.worker(name)
        return self.market.run(
            lambda now: workers.accept(worker, HIT.objects.get(hit_id=hit_id), now)
        )

    def submit(self, assignment: Assignment, *fields: tuple[str, str]) -> str:
        """Submit the fields, or some; return the assignment's id."""
        given = fields or [("label", "x")]
        return self.market.run(lambda now: workers.submit(assignment, given, now)).assignment_id

    def give_back(self, assignment: Assignment) -> None:
        """Return the assignment to the market."""
        self.market.run(lambda now: workers.return_(assignment, now))

    def held(self, name: str, hit_id: str) -> Assignment:
        """Return what the worker holds of the HIT."""
        with self.market.reading():
            return Assignment.objects.get(
                worker=self._known[name], hit__hit_id=hit_id, status=ACCEPTED
            )

    def do(self, name: str, hit_id: str, *fields: tuple[str, str]) -> str:
        """Accept and submit; return the assignment's id."""
        return self.submit(self.accept(name, hit_id), *fields)
