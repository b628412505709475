"""Long lists, a page at a time."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

SIZE = 25


def page(request: Any, rows: "QuerySet[Any] | Sequence[Any]") -> "Page[Any]":
    """Return the page of ``rows`` that the address names, the nearest one if there is none such."""
    return Paginator(rows, SIZE).get_page(request.GET.get("page"))
