"""What a worker submitted, as fields and as the page's own output."""

import json
from typing import Any

from crowdmake.rendering.renderer import read_answers

OUTPUT = "output"


def fields_of(answer: str) -> dict[str, str]:
    """Return every submitted field, name to value, of an assignment's answer XML.

    Raises:
        ValueError: the XML cannot be read.
    """
    return read_answers(answer) if answer else {}


def output_of(fields: dict[str, str]) -> Any:
    """Return the parsed JSON of the field that simple-amt's pages post, or None."""
    try:
        return json.loads(fields[OUTPUT])
    except (KeyError, ValueError, RecursionError):
        return None
