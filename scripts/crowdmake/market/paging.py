"""Pages of a list: a page that is not empty carries a NextToken, even when it is the last.

A token names the last row of its page and the list it belongs to, so that rows made or
deleted meanwhile neither repeat nor hide others.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from crowdmake.market.errors import invalid_value

DEFAULT_SIZE = 10
VERSION = "p1:"
_PAGING = frozenset({"NextToken", "MaxResults"})

Row = TypeVar("Row", bound=Model)


def page(
    rows: "QuerySet[Row]",
    parameters: dict[str, Any],
    scope: str,
    after: "Callable[[QuerySet[Row], int], QuerySet[Row]]",
) -> tuple[list[Row], dict[str, Any]]:
    """Return one page of ``rows`` and the members that describe it.

    ``after`` narrows the rows to those that follow the row of a given key. Raises
    ParameterValidationError for a token of another list.
    """
    seal = _seal(scope, parameters)
    if token := parameters.get("NextToken"):
        rows = after(rows, _position(token, seal))
    found = list(rows[: parameters.get("MaxResults", DEFAULT_SIZE)])
    members: dict[str, Any] = {"NumResults": len(found)}
    if found:
        members["NextToken"] = _token(found[-1].pk, seal)
    return found, members


def newest_first(rows: "QuerySet[Row]", key: int) -> "QuerySet[Row]":
    """Return the rows that follow ``key`` where the newest stands first."""
    return rows.filter(pk__lt=key)


def _seal(scope: str, parameters: dict[str, Any]) -> str:
    filters = {name: value for name, value in parameters.items() if name not in _PAGING}
    text = json.dumps([scope, filters], sort_keys=True)
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _token(key: int, seal: str) -> str:
    check = blake2b(f"{key}/{seal}".encode(), digest_size=12).hexdigest()
    return VERSION + urlsafe_b64encode(f"{key}/{check}".encode()).decode()


def _position(token: str, seal: str) -> int:
    try:
        key = int(urlsafe_b64decode(token.removeprefix(VERSION)).split(b"/")[0])
    except ValueError as error:
        raise invalid_value(token, "NextToken") from error
    if token != _token(key, seal):
        raise invalid_value(token, "NextToken")
    return key
