"""What the market's tests share: requests, a watching transport, and people who work."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
import json
import re
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from crowdmake.market import service, workers
from crowdmake.market.models import ACCEPTED, HIT, Assignment

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
TARGET = "MTurkRequesterServiceV20170117."
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
    """Hands requests to the market of the moment; checks each answer against its shape."""

    def __init__(self) -> None:
        self.market: Any = None
        self.last: dict[str, Any] = {}

    def respond(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return the market's answer."""
        status, answer_headers, answer = self.market.respond(headers, body)
        self.last = json.loads(answer)
        if status == 200:
            name = headers["X-Amz-Target"].removeprefix(TARGET)
            check_shape(self.last, service.model().operation_model(name).output_shape)
        return status, answer_headers, answer


def check_shape(value: Any, shape: Any) -> None:
    """Fail unless ``value`` has the shape, with what its patterns and enumerations say."""
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), report.generate_report()
    _check_rules(value, shape)


def _check_rules(value: Any, shape: Any) -> None:
    if shape.type_name == "structure":
        for name, each in value.items():
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


class People:
    """Workers of a market, by name."""

    def __init__(self, market: Any) -> None:
        self.market = market
        self._known: dict[str, Any] = {}

    def accept(self, name: str, hit_id: str) -> Assignment:
        """Return what the worker has accepted."""
        with self.market.writing() as now:
            worker = self._known.get(name) or workers.register(name)
            self._known[name] = worker
            return workers.accept(worker, HIT.objects.get(hit_id=hit_id), now)

    def submit(self, assignment: Assignment, *fields: tuple[str, str]) -> str:
        """Submit the fields, or some; return the assignment's id."""
        with self.market.writing() as now:
            return workers.submit(assignment, fields or [("label", "x")], now).assignment_id

    def give_back(self, assignment: Assignment) -> None:
        """Return the assignment to the market."""
        with self.market.writing() as now:
            workers.return_(assignment, now)

    def held(self, name: str, hit_id: str) -> Assignment:
        """Return what the worker holds of the HIT."""
        with self.market.reading():
            return Assignment.objects.get(
                worker=self._known[name], hit__hit_id=hit_id, status=ACCEPTED
            )

    def do(self, name: str, hit_id: str, *fields: tuple[str, str]) -> str:
        """Accept and submit; return the assignment's id."""
        return self.submit(self.accept(name, hit_id), *fields)
