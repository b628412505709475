"""Secrets that the database holds, encrypted under a key that is kept outside of it.

The key file holds a Fernet key (cryptography.io/en/latest/fernet). It belongs neither into
the database nor into its backup: who has one of the two cannot sign for anybody.
"""

import hmac
import os
import stat
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken

from crowdmake.market.exceptions import OperatorError

OWNER_ONLY = 0o600


class Vault:
    """Encrypts and decrypts under one key file's key."""

    def __init__(self, path: Path) -> None:
        """Open the key file at ``path``.

        Raises OperatorError for a file that is not there, others can read, or holds no key.
        """
        self.path = path
        content = _content(path)
        self._fernet = _fernet(path, content)
        # It tells two keys apart, and nothing of either.
        self.fingerprint = hmac.new(content, b"market key", sha256).hexdigest()
        self._digests = hmac.new(content, b"market digests", sha256).digest()

    def lock(self, secret: str) -> str:
        """Return ``secret`` encrypted, as ASCII text."""
        return self._fernet.encrypt(secret.encode()).decode()

    def unlock(self, locked: str) -> str:
        """Return what was encrypted; raises OperatorError if it was under another key."""
        try:
            return self._fernet.decrypt(locked).decode()
        except InvalidToken:
            raise self.unfit() from None

    def digest(self, text: str) -> str:
        """Return what tells one text from another, and nothing of it to who lacks the key."""
        return hmac.new(self._digests, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    def unfit(self) -> OperatorError:
        """Return what is to be said where secrets are encrypted under another key."""
        return OperatorError(
            f"{self.path} is not the key file under which this market's secrets are encrypted:"
            " put the right one there, or name it with --key-file"
        )

    def unlock_fresh(self, locked: str, seconds: int) -> str | None:
        """Return what was encrypted at most ``seconds`` ago; None for anything else."""
        try:
            return self._fernet.decrypt(locked, ttl=seconds).decode()
        except (InvalidToken, ValueError):  # the latter for what is no ASCII
            return None


def make_key_file(path: Path) -> None:
    """Make a key file that only its owner can read, unless there is one: it is never replaced."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # A link appears with its content, also to those who look at the same moment.
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as f:
            f.write(Fernet.generate_key() + b"\n")
            f.flush()
            os.fsync(f.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _content(path: Path) -> bytes:
    """Return what the owner's file holds; raises OperatorError."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(1024).strip()
    except OSError as error:
        raise OperatorError(f"the key file {path} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise OperatorError(
            f"the key file {path} is open to others (mode {mode:o}): chmod 600 {path}"
        )
    return content


def _fernet(path: Path, content: bytes) -> Fernet:
    try:
        return Fernet(content)
    except ValueError:
        raise OperatorError(f"{path} is no key file of a market") from None
