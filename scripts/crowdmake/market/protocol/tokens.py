"""UniqueRequestTokens: a call that succeeded is not repeated within 24 hours.

Source: docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/RequestTokens.html.
A token is its requester's and its operation's; a call that fails does not use it up, because
it is written in the transaction of what the call makes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import QuerySet

from crowdmake.market.models import Requester, RequestToken
from crowdmake.market.prepared import Insert, Select, given
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import RequestError

REMEMBERED = timedelta(hours=24)


def _same() -> "QuerySet[RequestToken]":
    return RequestToken.objects.filter(
        requester=given(RequestToken, "requester"),
        operation=given(RequestToken, "operation"),
        token=given(RequestToken, "token"),
    )


_USED = Select(_same)
_insert = Insert(RequestToken).run


def used_for(requester: Requester, operation: str, token: str, now: datetime) -> str | None:
    """Return the id of what ``token`` already made, None if it is free."""
    row = _USED.first(requester=requester.pk, operation=operation, token=token)
    if row is None:
        return None
    if now - row.used_at < REMEMBERED:
        return row.subject
    row.delete()
    return None


def check_unused(requester: Requester, operation: str, token: str, now: datetime) -> None:
    """Raise RequestError (DuplicateRequest) for a token that made something already."""
    if used_for(requester, operation, token, now):
        raise RequestError(
            "DuplicateRequest", f'The idempotency token "{token}" has already been processed.'
        )


@contextmanager
def once(call: Call, operation: str, subject: str) -> Iterator[None]:
    """Do what is within at most once for the call's UniqueRequestToken, where it has one.

    ``subject`` is the id of what is changed. Raises RequestError (DuplicateRequest).
    """
    token = call.parameters.get("UniqueRequestToken")
    if token:
        check_unused(call.requester, operation, token, call.now)
    yield
    if token:
        use(call.requester, operation, token, subject, call.now)


def use(requester: Requester, operation: str, token: str, subject: str, now: datetime) -> None:
    """Remember that a token that is free made ``subject``."""
    _insert(
        RequestToken(
            requester=requester, operation=operation, token=token, subject=subject, used_at=now
        )
    )
