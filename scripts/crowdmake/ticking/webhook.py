"""One event posted to a webhook, signed as Standard Webhooks has it (standardwebhooks.com).

The receiver computes HMAC-SHA256 over ``{webhook-id}.{webhook-timestamp}.{body}`` with the
shared secret, compares it with ``webhook-signature``, and knows an event that comes again by
its ``webhook-id``.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError, LocationValueError

from crowdmake.exceptions import UserError

VARIABLE = "CROWDMAKE_WEBHOOK_SECRET"
PREFIX = "whsec_"
# The convention's own bounds: github.com/standard-webhooks/standard-webhooks, spec, "Signature".
_KEY_BYTES = range(24, 65)
_EXPECTED = f"{PREFIX} and 24 to 64 bytes in base64, such as `openssl rand -base64 32` makes"
_SECONDS = 10.0
# Another try may help at once; after these the next round tries again.
_TRIES = Retry(
    total=3,
    redirect=0,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods=("POST",),
    backoff_factor=0.5,
    respect_retry_after_header=False,
    raise_on_redirect=False,
    raise_on_status=False,
)
_LATER = frozenset({408, 425, 429})


class Answer(NamedTuple):
    """What became of one event: taken, or why not; ``down`` where any other fares no better."""

    taken: bool
    why: str = ""
    down: bool = False


def read_secret(path: str | None, environment: Mapping[str, str]) -> bytes:
    """Return the key of the signatures, from the file ``path`` or the environment.

    Raises:
        UserError: there is none, or it is no secret of the convention's form; it is not shown.
    """
    where = path or VARIABLE
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "not UTF-8"
            why = f"cannot be read ({reason})"
            raise UserError(
                f"{path}: emit.webhook.secret_file {why}; expected {_EXPECTED}"
            ) from None
    else:
        text = environment.get(VARIABLE, "")
    if not text.strip():
        raise UserError(
            f"{where}: no secret to sign events with; expected {_EXPECTED}, in the file that"
            f" emit.webhook.secret_file names or in the environment variable {VARIABLE}"
        )
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.strip().startswith(PREFIX) or len(key) not in _KEY_BYTES:
        raise UserError(f"{where}: holds no secret of a webhook; expected {_EXPECTED}")
    return key


def headers(event_id: str, body: bytes, key: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers by which a receiver knows the event and its sender."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "crowdmake",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{digest}",
    }


def post(pool: PoolManager, url: str, body: bytes, sent: Mapping[str, str]) -> Answer:
    """Post one event and return what became of it; only a status of 2xx takes it."""
    limit = Timeout(total=_SECONDS)
    try:
        reply = pool.request(
            "POST",
            url,
            body=body,
            headers=dict(sent),
            timeout=limit,
            retries=_TRIES,
            preload_content=False,
        )
    except (HTTPError, LocationValueError) as problem:
        return Answer(taken=False, why=_reason(problem), down=True)
    status = reply.status
    reply.close()
    if status // 100 == 2:
        return Answer(taken=True)
    return Answer(taken=False, why=f"HTTP {status}", down=status >= 500 or status in _LATER)


def _reason(problem: Exception) -> str:
    reason = getattr(problem, "reason", None) or problem
    return type(reason).__name__
