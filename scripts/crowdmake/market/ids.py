"""Public ids: of the lengths and alphabet that were observed, and not guessable."""

import secrets
from base64 import b32encode


def entity_id() -> str:
    """Return an id for whatever is not a person: 30 characters, `3` first."""
    return "3" + _random(29)


def worker_id() -> str:
    """Return an id for a worker: `A` and 13 characters."""
    return "A" + _random(13)


def customer_id() -> str:
    """Return an id for a requester, as notifications show it: `A` and 12 characters."""
    return "A" + _random(12)


def _random(length: int) -> str:
    """Return characters A-Z and 2-7, of five random bits each."""
    return b32encode(secrets.token_bytes(length * 5 // 8 + 1)).decode()[:length]
