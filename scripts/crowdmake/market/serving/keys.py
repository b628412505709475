"""Access keys: who signs with one is its requester."""

import secrets
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import AccessKey, Requester
from crowdmake.market.prepared import Select, given
from crowdmake.market.serving import fingerprints
from crowdmake.market.serving.vault import Vault

PREFIX = "CM"
# Writing down every use would make each call a write.
USE_NOTED_EVERY = timedelta(minutes=1)


class NewKey(NamedTuple):
    """A key as it is shown once: afterwards the secret is only there encrypted."""

    key_id: str
    secret: str


def make(requester: Requester, vault: Vault) -> NewKey:
    """Return a new key of the requester's, 20 and 40 characters; inside `writing()`.

    Raises OperatorError for a vault that is not this market's.
    """
    fingerprints.enter(vault)
    key = NewKey(PREFIX + _characters(18), _characters(40))
    AccessKey.objects.create(
        requester=requester,
        key_id=key.key_id,
        secret=vault.lock(key.secret),
        created_at=datetime.now(UTC),
    )
    return key


def revoke(key_id: str) -> None:
    """End a key, for good and from the next request on; inside `writing()`.

    Raises OperatorError for one that does not exist or was revoked.
    """
    if not _valid().filter(key_id=key_id).update(revoked_at=datetime.now(UTC)):
        raise OperatorError(f"there is no key {key_id} that could be revoked")


def rotate(key_id: str, vault: Vault) -> NewKey:
    """Return a new key of the same requester's, and revoke the old one; inside `writing()`.

    Raises OperatorError for a key that does not exist or was revoked.
    """
    old = _valid().select_related("requester").filter(key_id=key_id).first()
    if old is None:
        raise OperatorError(f"there is no key {key_id} that could be rotated")
    revoke(key_id)
    return make(old.requester, vault)


def valid(key_id: str) -> AccessKey | None:
    """Return the key of that id, unless it was revoked; on a thread bound to its store."""
    return _VALID.first(key_id=key_id)


def note_use(key: AccessKey, now: datetime) -> None:
    """Remember that the key was used at ``now``, unless that was noted a short while ago."""
    noted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    found = AccessKey.objects.filter(noted, pk=key.pk)
    # Whoever holds the row at this moment is not waited for.
    if found.select_for_update(of=("self",), skip_locked=True).only("pk").first():
        found.update(last_used_at=now)


def use_is_noted(key: AccessKey, now: datetime) -> bool:
    """Return whether a use within the last minute is already written down."""
    return key.last_used_at is not None and key.last_used_at > now - USE_NOTED_EVERY


def _valid() -> "QuerySet[AccessKey]":
    return AccessKey.objects.filter(revoked_at=None)


_VALID = Select(lambda: _valid().filter(key_id=given(AccessKey, "key_id")))


def _characters(number: int) -> str:
    """Return that many characters A-Z and 2-7, of five random bits each."""
    return b32encode(secrets.token_bytes(number * 5 // 8 + 1)).decode()[:number]
