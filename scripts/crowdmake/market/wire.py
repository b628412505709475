"""AWS JSON 1.1: one request in, one answer out, the same for every way a request arrives.

Source: the service model's metadata (protocol json, version 1.1);
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CommonParametersArticle.html.
"""

import json
import logging
import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from email.utils import formatdate
from typing import Any, Protocol
from uuid import uuid4

from crowdmake.market import service, validation
from crowdmake.market.calls import Call
from crowdmake.market.errors import (
    MarketError,
    MissingAuthenticationTokenException,
    RequestError,
    SerializationException,
    ServiceFault,
    UnknownOperationException,
    UnrecognizedClientException,
)
from crowdmake.market.models import Requester
from crowdmake.market.operations import OPERATIONS
from crowdmake.market.prepared import Select, given

Answer = tuple[int, dict[str, str], bytes]

CONTENT_TYPE = "application/x-amz-json-1.1"

logger = logging.getLogger(__name__)
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")

_REQUESTER = Select(lambda: Requester.objects.filter(access_key=given(Requester, "access_key")))


class Store(Protocol):
    """What a request needs of the place where the market's rows are."""

    def reading(self) -> AbstractContextManager[datetime]:
        """Enter with everything done that was due; the value is the market's time."""
        ...

    def writing(self) -> AbstractContextManager[datetime]:
        """Enter a transaction with everything done that was due; the value is the time."""
        ...


def respond(store: Store, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return status, headers and body for one request; never raise.

    A fault of the market is logged with its traceback and answered with HTTP 500, on which
    clients try again.
    """
    status = 200
    try:
        result = _perform(store, {name.lower(): value for name, value in headers.items()}, body)
    except MarketError as error:
        status, result = error.status, error.body(_epoch_ms())
    except Exception:
        logger.exception("fault in the market")
        status, result = ServiceFault.status, ServiceFault("Internal fault.").body(_epoch_ms())
    return _answer(status, result)


def _perform(store: Store, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    name = _operation_name(headers)
    access_key = _access_key(headers)
    parameters = validation.check(name, _parsed(body))
    operation = OPERATIONS[name]
    with store.writing() if operation.writes else store.reading() as now:
        return operation.answer(Call(_requester(access_key), parameters, now))


def _operation_name(headers: dict[str, str]) -> str:
    """Return the operation asked for; raises for one that is unknown or not built yet."""
    target = headers.get("x-amz-target", "")
    name = target.removeprefix(service.target_prefix())
    if name == target or name not in service.operation_names():
        raise UnknownOperationException("The service has no such operation.")
    if name not in OPERATIONS:
        raise RequestError("OperationNotBuilt", f"This market does not answer {name} yet.")
    return name


def _access_key(headers: dict[str, str]) -> str:
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    if found is None:
        raise MissingAuthenticationTokenException("Missing Authentication Token")
    return found[1]


def _requester(access_key: str) -> Requester:
    requester = _REQUESTER.first(access_key=access_key)
    if requester is None:
        raise UnrecognizedClientException("The security token included in the request is invalid.")
    return requester


def _parsed(body: bytes) -> Any:
    try:
        return _without_nulls(json.loads(body or b"{}", parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise SerializationException("The request body is not JSON.") from error


def _without_nulls(value: Any) -> Any:
    """Return a JSON value without the members that are null: they count as absent."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _answer(status: int, result: dict[str, Any]) -> Answer:
    content = json.dumps(result).encode()
    headers = {
        "x-amzn-RequestId": str(uuid4()),
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(content)),
        "Date": formatdate(usegmt=True),
    }
    return status, headers, content


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000
