"""AWS JSON 1.1: one request in, one answer out, the same for every way a request arrives.

Source: the service model's metadata (protocol json, version 1.1);
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CommonParametersArticle.html.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import formatdate
from typing import Any, Protocol
from uuid import uuid4

from crowdmake.market.faults import Faults
from crowdmake.market.models import Requester, UploadedFile
from crowdmake.market.operations import OPERATIONS
from crowdmake.market.prepared import Select, given
from crowdmake.market.protocol import service, validation
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import (
    MarketError,
    SerializationException,
    ServiceFault,
    UnknownOperationException,
)
from crowdmake.market.serving import files
from crowdmake.market.stores import Store

Answer = tuple[int, dict[str, str], bytes]

CONTENT_TYPE = "application/x-amz-json-1.1"

faults = Faults(logging.getLogger(__name__), "fault in the market")

_REQUESTER = Select(lambda: Requester.objects.filter(pk=given(Requester, "id")))


class Gate(Protocol):
    """What knows who sent a request."""

    def admit(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the requester's key, from headers with lower-case names; raises MarketError."""
        ...


def respond(
    store: Store,
    gate: Gate,
    headers: Mapping[str, str],
    body: bytes,
    file_url: Callable[[UploadedFile], str] = files.data_url,
) -> Answer:
    """Return status, headers and body for one request; never raise.

    ``file_url`` returns where a requester can fetch a file that a worker gave.

    A fault of the market is logged (`faults.py`) and answered with HTTP 500, on which clients
    try again.
    """
    status = 200
    try:
        lower = {name.lower(): value for name, value in headers.items()}
        key, name = gate.admit(lower, body), _operation_name(lower)
        result = _perform(store, key, name, body, file_url)
        faults.over()
    except MarketError as error:
        status, result = error.status, error.body(_epoch_ms())
    except Exception as error:  # noqa: BLE001 - it is logged by `Faults`
        faults.note(error)
        status, result = ServiceFault.status, ServiceFault("Internal fault.").body(_epoch_ms())
    return _answer(status, result)


def _perform(
    store: Store,
    requester_key: int,
    name: str,
    body: bytes,
    file_url: Callable[[UploadedFile], str],
) -> dict[str, Any]:
    parameters = validation.check(name, _parsed(body))
    operation = OPERATIONS[name]

    def answer(now: datetime) -> dict[str, Any]:
        requester = _REQUESTER.first(id=requester_key)
        if requester is None:
            raise LookupError("the requester who was admitted does not exist")
        return operation.answer(Call(requester, parameters, now, store.vault, file_url))

    if operation.writes:
        return store.run(answer)
    with store.reading() as now:
        return answer(now)


def _operation_name(headers: dict[str, str]) -> str:
    """Return the operation asked for; raises UnknownOperationException."""
    target = headers.get("x-amz-target", "")
    name = target.removeprefix(service.target_prefix())
    if name == target or name not in service.operation_names():
        raise UnknownOperationException("The service has no such operation.")
    return name


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
