"""For each operation a call that succeeds, and one for each error it declares.

A case is a function of a `Scene` and makes its call last. Its docstring says what is told.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, NamedTuple

from market.kit import People, Requester


class Scene(NamedTuple):
    """What a case works with: a requester's client, workers, and the market itself."""

    requester: Requester
    people: People
    market: Any

    @property
    def client(self) -> Any:
        """The requester's boto3 client."""
        return self.requester.client


class Case(NamedTuple):
    """A call of ``operation`` that ends in the TurkErrorCode ``code``, or well where it is None."""

    operation: str
    code: str | None
    act: Callable[[Scene], Any]

    def __str__(self) -> str:
        """Return the test's name."""
        return f"{self.operation}-{self.code or 'good'}-{self.act.__name__}"


CASES: list[Case] = []


def case(operation: str, *codes: str) -> Callable[[Callable[[Scene], Any]], Callable[[Scene], Any]]:
    """Enter the decorated function for ``operation`` and its error ``codes`` (none: it succeeds)."""

    def enter(act: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
        CASES.extend(Case(operation, code, act) for code in codes or [None])
        return act

    return enter


def every_case() -> list[Case]:
    """Return the cases of all modules of this folder."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return CASES
