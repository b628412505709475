"""What links carry that let somebody in: random, and kept as a digest alone."""

import secrets
from hashlib import sha256

BYTES = 32


def new() -> str:
    """Return a token that nobody can guess, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(BYTES)


def digest(token: str) -> str:
    """Return what is kept of a token; it has too many possible values to be searched for."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
