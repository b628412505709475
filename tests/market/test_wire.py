"""Requests and answers as bytes: targets, keys, faults."""

import json
import logging

import pytest
from botocore.exceptions import ClientError
from crowdmake.market.operations import OPERATIONS
from crowdmake.market.operations.registry import writing
from crowdmake.market.protocol import wire
from crowdmake.market.protocol.service import operation_names

from market.kit import AUTHORIZATION, PROPERTIES, TARGET


def ask(market, operation="ListHITs", body=b"{}", **headers):
    """Return status, headers and parsed body."""
    given = {"X-Amz-Target": TARGET + operation, "Authorization": AUTHORIZATION, **headers}
    status, answer_headers, answer = market.respond(
        {name.replace("_", "-"): value for name, value in given.items()}, body
    )
    return status, answer_headers, json.loads(answer)


def test_headers_of_an_answer(market):
    """Every answer has an id of its own, its type and its length."""
    status, headers, body = ask(market)
    assert (status, body) == (200, {"NumResults": 0, "HITs": []})
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert headers["Content-Length"] == str(len(json.dumps(body)))
    assert headers["x-amzn-RequestId"] != ask(market)[1]["x-amzn-RequestId"]


def test_names_of_headers_have_no_case(market):
    """Header names are read whatever their case."""
    headers = {"x-amz-TARGET": TARGET + "ListHITs", "AUTHORIZATION": AUTHORIZATION}
    assert market.respond(headers, b"{}")[0] == 200


def test_times_are_whole_seconds(market, requester):
    """Times are JSON integers."""
    hit_id = requester.hit()
    hit = ask(market, "GetHIT", json.dumps({"HITId": hit_id}).encode())[2]["HIT"]
    assert type(hit["CreationTime"]) is int
    assert hit["Expiration"] - hit["CreationTime"] == 3600


@pytest.mark.parametrize(
    "target",
    ["", "ListHITs", TARGET, TARGET + "MakeHIT", TARGET + "listHITs", "Other.ListHITs"],
)
def test_targets_of_no_operation(market, target):
    """What the service model does not know is an unknown operation."""
    status, _, body = ask(market, X_Amz_Target=target, operation="")
    assert (status, body["__type"]) == (400, "UnknownOperationException")


def test_every_operation_is_there():
    """The market answers every operation of the service's model, and no other."""
    assert set(OPERATIONS) == operation_names()


@pytest.fixture
def faulty(monkeypatch):
    """An operation that fails as often as the list has entries, after it wrote something."""
    failures = []
    whole = OPERATIONS["CreateHIT"]

    def answer(call):
        made = whole.answer(call)
        if failures:
            raise failures.pop()
        return made

    monkeypatch.setitem(wire.OPERATIONS, "CreateHIT", writing(answer))
    return failures


def test_a_fault_is_answered_and_logged(client, market, faulty, caplog):
    """A bug in the market is HTTP 500 without its details, and a log entry with them."""
    faulty.append(ZeroDivisionError("secret detail"))
    status, _, body = ask(market, "CreateHIT", json.dumps(PROPERTIES).encode())
    assert (status, body) == (500, {"__type": "ServiceFault", "Message": "Internal fault."})
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "ZeroDivisionError: secret detail" in caplog.text
    assert client.list_hits()["NumResults"] == 0


def test_a_fault_is_retried_by_clients(client, faulty, requester, caplog):
    """Botocore tries again, what the failed attempts wrote is not there, and the log says it once."""
    faulty.extend(ValueError() for _ in range(2))
    made = client.create_hit(**PROPERTIES)
    assert made["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(caplog.records) == 1
    assert [each["HITId"] for each in client.list_hits()["HITs"]] == [made["HIT"]["HITId"]]
    assert requester.money() == ("9999.88", "0.12")


def test_modeled_errors_are_exceptions_of_the_client(client):
    """boto3 shows a RequestError with its code and its message."""
    with pytest.raises(client.exceptions.RequestError) as caught:
        client.get_hit(HITId="3NONE")
    assert isinstance(caught.value, ClientError)
    response = caught.value.response
    assert response["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"
    assert response["Message"].startswith("Hit 3NONE does not exist. (")
