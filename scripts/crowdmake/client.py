"""The requester's client, and the one place that chooses which market it talks to.

Every market is reached through a boto3 `mturk` client. For `local` the client's
requests never leave the process: botocore's documented `before-send` event hands them
to the embedded market (https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html).
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from crowdmake.configuration.config import AMAZON
from crowdmake.exceptions import UserError
from crowdmake.market.embedded import EmbeddedMarket, open_market
from crowdmake.messages import printable

SERVICE: Final = "mturk"
REGION = "us-east-1"
CALLS_IN_FLIGHT = 16
TRIES = 12
# Of the market's errors those that say it looked at the request and did nothing.
_REFUSING = frozenset({"RequestError", "ParameterValidationError", "ValidationException"})


MARKET_FILE = Path("state/market.sqlite3")


def connect(
    market: Mapping[str, Any], local_file: Path = MARKET_FILE, *, tries: int = TRIES
) -> Any:
    """Return a boto3 `mturk` client for the configured market.

    ``market`` is `Configuration.market`: endpoint, profile and fees. Credentials come from
    boto3's own search and from nowhere else; `local` needs none.
    """
    endpoint = market["endpoint"]
    if endpoint == "local":
        return in_process(embedded(market, local_file), tries=tries)
    session = boto3.Session(profile_name=market["profile"])
    return session.client(
        SERVICE,
        region_name=REGION,
        endpoint_url=AMAZON.get(endpoint, endpoint),
        config=_settings(tries),
    )


def embedded(market: Mapping[str, Any], local_file: Path = MARKET_FILE) -> EmbeddedMarket:
    """Return the experiment's embedded market, opened."""
    fees = market["fees"]
    return open_market(local_file, fees=fees if isinstance(fees, str) else Decimal(str(fees)))


class Connection:
    """A client that is made once, when it is first used: making one takes half a second.

    ``tries`` is 1 for calls that must not be repeated where their answer is lost.
    """

    def __init__(self, market: Mapping[str, Any], *, tries: int = TRIES) -> None:
        self._market = market
        self._tries = tries
        self._client: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """Return what the client has under ``name``, such as an operation."""
        with self._lock:
            if self._client is None:
                self._client = connect(self._market, tries=self._tries)
        return getattr(self._client, name)


@contextmanager
def explained(endpoint: str) -> Iterator[None]:
    """Turn what a market refuses, and a market out of reach, into one line for the user."""
    try:
        yield
    except ClientError as error:
        raise UserError(f"market {endpoint}: {refusal(error)}") from error
    except BotoCoreError as error:
        advice = "is market.endpoint right, and are the keys where boto3 looks for them (~/.aws)?"
        raise UserError(f"market {endpoint}: {printable(str(error))}; {advice}") from error


def refusal(error: ClientError) -> str:
    """Return a market's error in words: the operation, its message and its code."""
    details = error.response["Error"]
    message = printable(details.get("Message") or error.response.get("Message", ""))  # type: ignore[arg-type]
    return f"{error.operation_name} was refused: {message} [{code(error)}]"


def code(error: ClientError) -> str:
    """Return the TurkErrorCode without its prefix, or the error's type where there is none."""
    turk_code = str(error.response.get("TurkErrorCode") or error.response["Error"]["Code"])
    return turk_code.removeprefix("AWS.MechanicalTurk.")


def is_refusal(error: ClientError) -> bool:
    """Return whether the market looked at the request and refused it, this time at least."""
    return error.response["Error"]["Code"] in _REFUSING


def did_nothing(error: ClientError) -> bool:
    """Return whether a call that was refused at its first try has certainly changed nothing."""
    return is_refusal(error) and not error.response["ResponseMetadata"].get("RetryAttempts", 0)


def is_repeated(error: ClientError) -> bool:
    """Return whether the market knows the call's token: it has carried the call out before.

    The message is the service's; what its code is, no source says.
    """
    return "has already been processed" in error.response["Error"]["Message"]


class Market(Protocol):
    """What the transport needs of an embedded market."""

    def respond(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for one request; never raise."""
        ...


class _Body:
    """The part of urllib3's response that botocore reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """Yield the whole body."""
        yield self._content


def in_process(market: Market, *, tries: int = TRIES) -> Any:
    """Return a boto3 `mturk` client whose requests are answered by ``market``, without a socket."""
    client = boto3.client(
        SERVICE,
        region_name=REGION,
        endpoint_url="http://market.invalid",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the embedded market has one requester
        config=_settings(tries),
    )

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        headers = {name: _text(value) for name, value in request.headers.items()}
        status, answer_headers, answer = market.respond(headers, content)
        received: Any = answer_headers
        return AWSResponse(request.url, status, received, _Body(answer))

    handler: Any = send  # the stubs know no handler that answers
    client.meta.events.register("before-send.mturk", handler)
    return client


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _settings(tries: int) -> Config:
    """Return settings under which botocore finds the market's rate limit and stays there."""
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": tries},
        max_pool_connections=CALLS_IN_FLIGHT,
        connect_timeout=10,
        read_timeout=60,
    )
