"""Input rows: one JSON value a line (or element), and the key that says which row is which."""

import codecs
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from crowdmake.exceptions import UserError
from crowdmake.inputs.arrays import elements
from crowdmake.messages import listed, shown

KEY_DIGITS = 20
# Far below Python's own limit, so that no later stage meets it with a row that was launched.
LEVELS = 100
_TOO_DEEP = f"is nested too deeply; expected at most {LEVELS} levels"
_TOO_LARGE = "holds an integer past 2^53, which a page would change; write it as a string"
_SEVERAL_LINES = (
    "begins an object that goes on over several lines; expected one JSON value a line, as jq -c"
    " writes it, or one JSON array"
)


@dataclass(frozen=True)
class Row:
    """One row of a batch: its key, its place among the rows (from 1), its first line, its value."""

    key: str
    number: int
    line: int
    value: Any


@dataclass(frozen=True)
class Rows:
    """The rows of one input file, and what is worth saying about the file."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    errors: tuple[str, ...]
    """A line for each line of the file that is no row."""


def read_rows(path: Path) -> Rows:
    """Return the rows of the file ``path``: JSON Lines, or one JSON array.

    Raises:
        UserError: the file cannot be read, has no rows, or has lines that are not one JSON
            value each that JavaScript reads as written; one line per problem.
    """
    found = scan_rows(path)
    UserError.collect(found.errors)
    return found


def scan_rows(path: Path) -> Rows:
    """Return the rows of the file ``path``, and the faults of its other lines.

    A row's key is a hash of its canonical JSON (RFC 8785) and its occurrence among equal
    rows, so it outlives reordering, reformatting and edits of other rows.

    Raises:
        UserError: the file cannot be read.
    """
    content = _content(path)
    text = content.removeprefix(codecs.BOM_UTF8)
    try:
        array = elements(path, text)
    except ValueError as problem:
        return Rows((), (), (str(problem),))
    lines = list(enumerate(text.split(b"\n"), start=1)) if array is None else array
    blank = [number for number, line in lines if not line.strip()]
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first and first[1].strip() == b"{":
        return Rows((), (), (f"{path}:{first[0]}: {_SEVERAL_LINES}",))
    errors: list[str] = []
    parsed: list[tuple[int, Any, str]] = []
    for number, line in lines:
        if not line.strip():
            continue
        try:
            value = value_of(line)
            parsed.append((number, value, content_key(value)))
        except ValueError as problem:
            errors.append(f"{path}:{number}: {problem}")
    if not parsed and not errors:
        errors.append(f"{path}: has no rows; expected one JSON value a line")
    rows = tuple(_numbered(parsed))
    notes = list(_notes(path, content, blank, rows))
    if array is not None:
        notes.append(f"{path}: is one JSON array; each of its {len(array)} elements is a row")
    elif len(rows) == 1 and isinstance(rows[0].value, list):
        named = path.with_suffix(".json").name
        each = f"to make a row of each element, name the file {named}"
        notes.append(f"{path}: has one row, an array; {each}")
    return Rows(rows, tuple(notes), tuple(errors))


def content_key(value: object) -> str:
    """Return the hash that equal rows share.

    Raises:
        ValueError: JavaScript, and so a HIT page, could not hold the value as it is written.
    """
    if too_deep(value):
        raise ValueError(_TOO_DEEP)
    try:
        canonical = rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON value
    except rfc8785.IntegerDomainError:
        raise ValueError(_TOO_LARGE) from None
    except rfc8785.FloatDomainError:
        raise ValueError(
            "holds a number past the range of a double; write it as a string"
        ) from None
    except (rfc8785.CanonicalizationError, UnicodeError):
        raise ValueError("holds half of a surrogate pair, which is not a character") from None
    return hashlib.sha256(canonical).hexdigest()[:KEY_DIGITS]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: does not exist; expected one JSON value a line") from None
    except OSError as problem:
        raise UserError(f"{path}: cannot be read ({problem.strerror})") from None


def value_of(line: bytes) -> Any:
    """Return the JSON value in ``line``.

    Raises:
        ValueError: there is none, or it is one that readers of JSON disagree about.
    """
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ValueError(
            f"byte 0x{line[problem.start]:02X} at column {problem.start + 1} is not UTF-8;"
            " save the file as UTF-8"
        ) from None
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer
        )
    except json.JSONDecodeError as problem:
        raise ValueError(
            f"not JSON ({problem.msg} at column {problem.colno}); expected one JSON value"
        ) from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def too_deep(value: object) -> bool:
    """Return whether a JSON value is nested over ``LEVELS`` levels deep."""
    level = [value]
    for _ in range(LEVELS + 1):
        holders = [each for each in level if isinstance(each, list | dict)]
        if not holders:
            return False
        inside = (each.values() if isinstance(each, dict) else each for each in holders)
        level = [value for values in inside for value in values]
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"key {shown(repeated[0])} stands twice in one object; keep one")
    return dict(pairs)


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        raise ValueError(_TOO_LARGE) from None


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON; use null or a string")


def _numbered(parsed: list[tuple[int, Any, str]]) -> Iterator[Row]:
    seen: Counter[str] = Counter()
    for number, (line, value, content) in enumerate(parsed, start=1):
        seen[content] += 1
        yield Row(f"{content}-{seen[content]}", number, line, value)


def _notes(path: Path, content: bytes, blank: list[int], rows: tuple[Row, ...]) -> Iterator[str]:
    if content.startswith(codecs.BOM_UTF8):
        yield f"{path}: begins with a byte order mark, which is skipped"
    if content.endswith(b"\n") and blank:
        blank = blank[:-1]  # what follows the last newline is no line
    if blank:
        yield f"{path}: blank lines are skipped: {listed(blank)}"
    copies = [row.line for row in rows if not row.key.endswith("-1")]
    if copies:
        yield f"{path}: lines that repeat an earlier row get a HIT of their own: {listed(copies)}"
