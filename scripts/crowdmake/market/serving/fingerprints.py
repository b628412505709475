"""Which key file a market's secrets are encrypted under: its database holds the fingerprint.

Two machines that share a new database each have a key file of their own at first; the one that
makes the first secret decides.
"""

from django.db.models import QuerySet

from crowdmake.market.models import AccessKey, Requester, VaultKey
from crowdmake.market.serving.vault import Vault

ROW = 1


def secrets_are_kept() -> bool:
    """Return whether the database holds a secret that is still of use."""
    return _keys().exists() or _signers().exists()


def check(vault: Vault) -> None:
    """Raise OperatorError where the database's secrets are encrypted under another key."""
    if not secrets_are_kept():
        return
    known = VaultKey.objects.filter(pk=ROW).first()
    if known is not None and known.fingerprint != vault.fingerprint:
        raise vault.unfit()
    if known is None:
        _try(vault)


def enter(vault: Vault) -> None:
    """Write down that the next secret is encrypted under the vault's key; inside `writing()`.

    Raises OperatorError where those that are there are encrypted under another one.
    """
    check(vault)
    VaultKey.objects.select_for_update().get_or_create(
        pk=ROW, defaults={"fingerprint": vault.fingerprint}
    )
    # Somebody with another key may have been first while this waited for the row.
    check(vault)
    VaultKey.objects.filter(pk=ROW).update(fingerprint=vault.fingerprint)


def _try(vault: Vault) -> None:
    """Decrypt the newest secret of a market that was made before there were fingerprints."""
    key, signer = _keys().order_by("-pk").first(), _signers().order_by("-pk").first()
    if key is not None:
        vault.unlock(key.secret)
    elif signer is not None:
        vault.unlock(signer.notification_secret)


def _keys() -> "QuerySet[AccessKey]":
    return AccessKey.objects.filter(revoked_at=None)


def _signers() -> "QuerySet[Requester]":
    return Requester.objects.exclude(notification_secret="")
