"""What a worker submitted, as fields and as the page's own output."""

import json
from math import isfinite
from typing import Any

from crowdmake.inputs.rows import too_deep
from crowdmake.rendering.questions import read_answers

OUTPUT = "output"


def fields_of(answer: str) -> dict[str, str]:
    """Return every submitted field, name to value, of an assignment's answer XML.

    Raises:
        ValueError: the XML cannot be read.
    """
    return read_answers(answer) if answer else {}


def output_of(fields: dict[str, str]) -> Any:
    """Return the parsed JSON of the field that simple-amt's pages post, or None.

    None too for what only Python takes for JSON (NaN), for numbers past a double's range, and
    for what is nested so deeply that no record could hold it: a worker may submit anything.
    """
    try:
        value = json.loads(fields[OUTPUT], parse_constant=_refused, parse_float=_finite)
    except (KeyError, ValueError, RecursionError):
        return None
    return None if too_deep(value) else value


def _refused(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError("past the range of a double")
    return number
