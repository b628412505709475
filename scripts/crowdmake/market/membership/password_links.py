"""Links by which workers set a new password, once; the operator makes them."""

from datetime import UTC, datetime, timedelta

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.membership import tokens
from crowdmake.market.membership.names import key_of
from crowdmake.market.models import Account, PasswordLink, Session

LASTS = timedelta(days=2)


class Unusable(Exception):  # noqa: N818 - an answer to a worker, not a fault
    """Why no password can be set with a link, in words that follow "This link"."""


def account_named(text: str) -> Account:
    """Return the account of a worker id or a user name, in this order; raises OperatorError."""
    accounts = Account.objects.select_related("worker")
    for found in (accounts.filter(worker__worker_id=text), accounts.filter(username=key_of(text))):
        account = found.first()
        if account is not None:
            return account
    raise OperatorError("there is no account of that name: see crowdmake market worker list")


def make(account: Account) -> str:
    """Return the token of a new link, and end those before; inside `writing()`."""
    now, token = datetime.now(UTC), tokens.new()
    PasswordLink.objects.filter(account=account, used_at=None).update(used_at=now)
    PasswordLink.objects.create(
        token_digest=tokens.digest(token), account=account, expires_at=now + LASTS
    )
    return token


def find(token: str) -> PasswordLink:
    """Return the link that a token is good for, with its account; raises Unusable."""
    links = PasswordLink.objects.select_related("account__worker")
    link = links.filter(token_digest=tokens.digest(token)).first()
    if link is None:
        raise Unusable("is not known here: see whether it was copied as a whole")
    if link.used_at is not None:
        raise Unusable("has been used, or there is a newer one")
    if link.expires_at <= datetime.now(UTC):
        raise Unusable("has expired")
    return link


def use(link: PasswordLink, encoded: str) -> None:
    """Set the account's password by a link; raises Unusable; inside `writing()`."""
    now = datetime.now(UTC)
    unused = PasswordLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now)
    if not unused.update(used_at=now):
        raise Unusable("has been used, or has expired")
    set_password(link.account, encoded)


def set_password(account: Account, encoded: str) -> None:
    """Set a password that was encoded before, and end all sessions and links of the account.

    Inside `writing()`.
    """
    Account.objects.filter(pk=account.pk).update(password=encoded)
    Session.objects.filter(account=account).delete()
    PasswordLink.objects.filter(account=account, used_at=None).update(used_at=datetime.now(UTC))
