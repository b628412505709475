"""Input files that are one JSON array instead of a JSON value a line.

A line of JSON Lines may itself be an array, so the two are told apart: a `.json` file that
is one array as a whole is an array of rows, and so is any file that begins as a
pretty-printed array does, with a line that is no value by itself.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

_SPACE = re.compile(r"[ \t\r\n]*")
# Numbers stay text here: the rows are read, and judged, one by one afterwards.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def elements(path: Path, content: bytes) -> list[tuple[int, bytes]] | None:
    """Return the line and the JSON of each element of an array, or None for JSON Lines.

    Raises:
        ValueError: the file begins as an array does, and is none; the message has the line.
    """
    text = content.decode("utf-8", "surrogateescape")  # what is not UTF-8 is told with its row
    first = text.lstrip().partition("\n")[0].strip()
    begins = first == "[" or (first.startswith("[") and first.endswith(","))
    if not begins and not (path.suffix == ".json" and first.startswith("[")):
        return None
    try:
        found = list(_elements(text))
    except (json.JSONDecodeError, RecursionError) as problem:
        if not begins:
            return None
        line = problem.lineno if isinstance(problem, json.JSONDecodeError) else 1
        said = problem.msg if isinstance(problem, json.JSONDecodeError) else "nested too deeply"
        message = f"{path}:{line}: begins as a JSON array, but is not JSON ({said})"
        raise ValueError(message) from None
    return found


def _elements(text: str) -> Iterator[tuple[int, bytes]]:
    at, line, counted = _skip(text, text.index("[") + 1), 1, 0
    closed = text[at : at + 1] == "]"
    while not closed:
        _, end = _DECODER.raw_decode(text, at)
        line, counted = line + text.count("\n", counted, at), at
        yield line, text[at:end].encode("utf-8", "surrogateescape")
        end = _skip(text, end)
        closed = text[end : end + 1] == "]"
        if not closed and text[end : end + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, end)
        at = end if closed else _skip(text, end + 1)
    end = _skip(text, at + 1)
    if end < len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
