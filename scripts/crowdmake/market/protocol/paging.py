"""Pages of a list: a page that is not empty carries a NextToken, even when it is the last.

A token names the place of the last row of its page and the list it belongs to, so that rows
made or deleted meanwhile neither repeat nor hide others.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

from crowdmake.market.protocol.errors import invalid_value

DEFAULT_SIZE = 10
VERSION = "p1:"
# What a database takes as a key.
LARGEST = 2**63 - 1
_PAGING = frozenset({"NextToken", "MaxResults"})


class Numbered(Protocol):
    """What a list can hold: its entries have keys in the order of the list."""

    @property
    def pk(self) -> Any:
        """The key, a whole number."""
        ...


Row = TypeVar("Row", bound=Model)
Entry = TypeVar("Entry", bound=Numbered)


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

    def find(key: int | None, size: int) -> list[Row]:
        return list((rows if key is None else after(rows, key))[:size])

    return page_of(find, parameters, scope)


def page_by_worker(
    rows: "QuerySet[Row]", parameters: dict[str, Any], scope: str
) -> tuple[list[Row], dict[str, Any]]:
    """Return one page of ``rows`` in the order of their workers, each of whom has one row.

    Raises ParameterValidationError for a token of another list.
    """
    ordered = rows.select_related("worker").order_by("worker_id")

    def find(worker: int | None, size: int) -> list[Row]:
        return list((ordered if worker is None else ordered.filter(worker__gt=worker))[:size])

    return page_of(find, parameters, scope, attrgetter("worker_id"))


def page_of(
    find: Callable[[int | None, int], list[Entry]],
    parameters: dict[str, Any],
    scope: str,
    place: Callable[[Entry], int] = attrgetter("pk"),
) -> tuple[list[Entry], dict[str, Any]]:
    """Return one page of what ``find`` returns, and the members that describe it.

    ``find`` is given the place that the page follows, None for the first, and its size;
    ``place`` returns an entry's, by default its key. Raises ParameterValidationError for a
    token of another list.
    """
    seal = _seal(scope, parameters)
    token = parameters.get("NextToken")
    found = find(
        _position(token, seal) if token else None, parameters.get("MaxResults", DEFAULT_SIZE)
    )
    members: dict[str, Any] = {"NumResults": len(found)}
    if found:
        members["NextToken"] = _token(place(found[-1]), seal)
    return found, members


def newest_first(rows: "QuerySet[Row]", key: int) -> "QuerySet[Row]":
    """Return the rows that follow ``key`` where the newest stands first."""
    return rows.filter(pk__lt=key)


def oldest_first(rows: "QuerySet[Row]", key: int) -> "QuerySet[Row]":
    """Return the rows that follow ``key`` where the oldest stands first."""
    return rows.filter(pk__gt=key)


def row_of(rows: "QuerySet[Row]", key: int) -> Row:
    """Return the one of ``rows`` that a token names, whatever has become of it.

    Raises ParameterValidationError where it is none of them.
    """
    found = rows.filter(pk=key).first()
    if found is None:
        raise invalid_value(key, "NextToken")
    return found


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
    if token != _token(key, seal) or abs(key) > LARGEST:
        raise invalid_value(token, "NextToken")
    return key
