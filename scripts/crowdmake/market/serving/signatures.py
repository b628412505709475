"""Signature Version 4: a request is let in as the requester whose key signed it.

Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html;
messages as services answer: github.com/aws/aws-sdk-js/issues/254 (expired),
github.com/s12v/awsbeats/issues/48 (not yet current), github.com/smithy-lang/smithy4s/issues/1568
(another service), github.com/aws/chalice/issues/828 (incomplete).
"""

import hmac
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from django.db import DatabaseError

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import AccessKey
from crowdmake.market.protocol.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
from crowdmake.market.serving import keys
from crowdmake.market.serving.vault import Vault
from crowdmake.market.stores import Store

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "mturk-requester"
WINDOW = timedelta(minutes=15)
STAMP = "%Y%m%dT%H%M%SZ"
PARTS = {
    "Credential": r"(?P<key_id>\w{1,128})/(?P<date>\d{8})/(?P<region>[\w-]{1,64})"
    r"/(?P<service>[\w-]{1,64})/aws4_request",
    "SignedHeaders": r"(?P<signed>[\w;-]{1,2000})",
    "Signature": r"(?P<signature>[0-9a-f]{64})",
}

logger = logging.getLogger(__name__)


class Authorization(NamedTuple):
    """What the Authorization header says."""

    key_id: str
    date: str
    region: str
    service: str
    signature: str
    signed: tuple[str, ...]


class SignedGate:
    """Lets in who has signed the request as it arrived, with a key that is valid now."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        # When this gate last wrote down the use of a key, or tried to.
        self._tried: dict[int, datetime] = {}

    def admit(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the key of the requester who signed; raises MarketError.

        The same signature is good for any number of requests within the window: clients
        repeat it when they try again.
        """
        now = datetime.now(UTC)
        given = _authorization(headers)
        stamp = _stamp(headers, given)
        _check_scope(given, stamp)
        _check_time(stamp, now)
        self._store.bind()
        key = keys.valid(given.key_id)
        if key is None:
            raise UnrecognizedClientException(
                "The security token included in the request is invalid."
            )
        secret = self._vault.unlock(key.secret)
        if not _is_signature(given, stamp, secret, headers, body):
            raise InvalidSignatureException(
                "The request signature we calculated does not match the signature you provided."
                " Check your AWS Secret Access Key and signing method."
            )
        self._note_use(key, now)
        requester: int = key.requester_id
        return requester

    def _note_use(self, key: AccessKey, now: datetime) -> None:
        """Write the use down, if that is time; a request is answered whether or not it can be.

        Where it takes long, or cannot be, no other request tries it too in the same minute.
        """
        tried = self._tried.get(key.pk)
        if keys.use_is_noted(key, now) or (tried and now - tried < keys.USE_NOTED_EVERY):
            return
        self._tried[key.pk] = now
        try:
            self._store.run(lambda _: keys.note_use(key, now))
        except (DatabaseError, OperatorError, OSError) as error:
            said = " ".join(str(error).split())
            logger.warning("the last use of %s cannot be written down: %s", key.key_id, said)


def _authorization(headers: Mapping[str, str]) -> Authorization:
    """Return the parts of the Authorization header.

    Raises MissingAuthenticationTokenException and IncompleteSignatureException.
    """
    header = headers.get("authorization", "").strip()
    if not header:
        raise MissingAuthenticationTokenException("Missing Authentication Token")
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignatureException(f"Authorization is not of the kind {ALGORITHM}.")
    pairs = [each.strip().partition("=") for each in rest.split(",")]
    if len(pairs) != len(PARTS):
        raise IncompleteSignatureException(
            f"Authorization header requires {', '.join(PARTS)}, once each."
        )
    parts = {name: value for name, _, value in pairs}
    said: dict[str, str] = {}
    for name, rule in PARTS.items():
        found = re.fullmatch(rule, parts.get(name, ""), re.ASCII)
        if found is None:
            raise IncompleteSignatureException(
                f"Authorization header requires a well-formed '{name}' parameter."
            )
        said |= found.groupdict()
    return Authorization(signed=tuple(said.pop("signed").lower().split(";")), **said)


def _stamp(headers: Mapping[str, str], given: Authorization) -> datetime:
    """Return the whole second at which the request was signed.

    Raises InvalidSignatureException where that, the host or the target was left unsigned, and
    IncompleteSignatureException where the request does not say.
    """
    dated = "x-amz-date" if "x-amz-date" in headers else "date"
    for name in ("host", "x-amz-target", dated):
        if name not in given.signed:
            raise InvalidSignatureException(
                f"'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )
    value = headers.get(dated, "")
    for read in (_basic_format, parsedate_to_datetime):
        try:
            return read(value).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise IncompleteSignatureException(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    )


def _basic_format(value: str) -> datetime:
    return datetime.strptime(value, STAMP).replace(tzinfo=UTC)


def _check_scope(given: Authorization, stamp: datetime) -> None:
    if given.service != SERVICE:
        raise InvalidSignatureException(
            f"Credential should be scoped to correct service: '{SERVICE}'."
        )
    if given.date != f"{stamp:%Y%m%d}":
        raise InvalidSignatureException(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from"
            f" HTTP: '{given.date}' != '{stamp:%Y%m%d}', from '{stamp:{STAMP}}'."
        )


def _check_time(stamp: datetime, now: datetime) -> None:
    if stamp < now - WINDOW:
        raise InvalidSignatureException(
            f"Signature expired: {stamp:{STAMP}} is now earlier than {now - WINDOW:{STAMP}}"
            f" ({now:{STAMP}} - 15 min.)"
        )
    if stamp > now + WINDOW:
        raise InvalidSignatureException(
            f"Signature not yet current: {stamp:{STAMP}} is still later than"
            f" {now + WINDOW:{STAMP}} ({now:{STAMP}} + 15 min.)"
        )


class _Signer(SigV4Auth):
    """Botocore's computation, over the headers that the request names as signed.

    Other clients sign headers that botocore leaves out, such as User-Agent.
    """

    signed: tuple[str, ...] = ()

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """Return the signed headers of the request, those it lacks as empty."""
        headers = HTTPHeaders()
        for name in self.signed:
            headers[name] = request.headers.get(name, "")
        return headers


def _is_signature(
    given: Authorization, stamp: datetime, secret: str, headers: Mapping[str, str], body: bytes
) -> bool:
    """Return whether the signature is the one of this body, these headers and this secret."""
    digest = sha256(body).hexdigest()
    if headers.get("x-amz-content-sha256", digest) != digest:
        return False
    present = {name: headers[name] for name in given.signed if name in headers}
    request = AWSRequest(
        "POST", "http://market/", headers={**present, "x-amz-content-sha256": digest}
    )
    request.context["timestamp"] = stamp.strftime(STAMP)
    signer = _Signer(Credentials(given.key_id, secret), SERVICE, given.region)
    signer.signed = given.signed
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    computed = signer.signature(to_sign, request)
    return hmac.compare_digest(computed.encode(), given.signature.encode())
