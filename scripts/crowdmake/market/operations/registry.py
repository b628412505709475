"""How an operation is entered in the market's table of operations."""

from collections.abc import Callable
from typing import Any, NamedTuple

from crowdmake.market.protocol.calls import Call

Answer = Callable[[Call], dict[str, Any]]


class Operation(NamedTuple):
    """What answers a call, whether it changes anything, and how it may refuse.

    ``errors`` are TurkErrorCodes without their prefix `AWS.MechanicalTurk.`; what the service
    model itself rules out (`ValidationException`, `SerializationException`) is not among them.
    """

    answer: Answer
    writes: bool
    errors: frozenset[str]


def reading(answer: Answer, *errors: str) -> Operation:
    """Return an operation that changes nothing."""
    return Operation(answer, writes=False, errors=frozenset(errors))


def writing(answer: Answer, *errors: str) -> Operation:
    """Return an operation that runs in a transaction."""
    return Operation(answer, writes=True, errors=frozenset(errors))
