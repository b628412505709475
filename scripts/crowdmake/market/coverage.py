"""The table of OPERATIONS.md, made from the code by `python -m crowdmake.market.coverage`."""

import crowdmake.market.standalone  # noqa: F401 - before a model is imported

# isort: split
from collections.abc import Iterator
from pathlib import Path

from crowdmake.market.operations import OPERATIONS
from crowdmake.market.operations.registry import Operation
from crowdmake.market.protocol import service

FILE = Path(__file__).with_name("OPERATIONS.md")

HEAD = """\
# The operations of the requester API, and what this market does with them

Made from the code by `python -m crowdmake.market.coverage`; a test holds this file to it. Every
operation of the service's model (2017-01-17, as botocore ships it) is answered. Required
parameters are marked with `*`. *Refuses with* lists the TurkErrorCodes, without their prefix
`AWS.MechanicalTurk.`; besides them every operation answers `ValidationException` and
`SerializationException` for what the model itself rules out. Each operation, and each of its
refusals, has a test in `tests/market/cases/`.

| operation | | parameters | refuses with |
|---|---|---|---|
"""


def table() -> str:
    """Return the whole document."""
    return HEAD + "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    for name in sorted(service.operation_names()):
        operation = OPERATIONS.get(name)
        yield f"| {name} | {_kind(operation)} | {_parameters(name)} | {_refusals(operation)} |"


def _kind(operation: Operation | None) -> str:
    if operation is None:
        return "missing"
    return "writes" if operation.writes else "reads"


def _parameters(name: str) -> str:
    shape = service.input_shape(name)
    required = set(shape.required_members)
    names = [f"{each}*" if each in required else each for each in shape.members]
    return ", ".join(sorted(names, key=lambda each: (not each.endswith("*"), each))) or "none"


def _refusals(operation: Operation | None) -> str:
    return ", ".join(sorted(operation.errors)) if operation and operation.errors else "nothing"


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
