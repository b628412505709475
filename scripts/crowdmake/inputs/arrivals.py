"""Rows that come in one by one: each is on the disk in its batch's file, whole, or not at all."""

import codecs
import json
import re
from collections.abc import Callable
from pathlib import Path

from crowdmake import files, locks
from crowdmake.exceptions import UserError
from crowdmake.inputs.arrays import elements
from crowdmake.inputs.paths import BATCH, INPUT, RESERVED, input_files
from crowdmake.inputs.rows import content_key, value_of
from crowdmake.messages import shown

_SOURCE = "standard input"
_EXPECTED = "expected one JSON value, or one a line"

Say = Callable[[str], None]


def rows_in(content: bytes) -> list[str]:
    """Return the rows in ``content``, each as one line of JSON.

    It is one JSON value, on however many lines, or one JSON value a line.

    Raises:
        UserError: it is neither, or holds what no page could show; a line per problem.
    """
    text = content.removeprefix(codecs.BOM_UTF8)
    if not text.strip():
        raise UserError(f"{_SOURCE}: found nothing; {_EXPECTED}")
    if _is_one(text):
        return [_row(text, _SOURCE)]
    errors: list[str] = []
    rows: list[str] = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(line, f"{_SOURCE}:{number}"))
        except UserError as error:
            errors += error.lines
    UserError.collect(errors)
    return rows


def append(batch: str, rows: list[str], state: Path, say: Say) -> Path:
    """Append ``rows`` to the batch's file and return its path once they are on the disk.

    Raises:
        UserError: the name cannot be a batch's, or its file is no JSON Lines file.
    """
    if not re.fullmatch(BATCH, batch) or RESERVED.match(batch):
        raise UserError(
            f"--batch: found {shown(batch)}; expected up to 64 letters, digits, '.', '_' and '-',"
            " the first a letter or digit"
        )
    with locks.held(state / "input.lock", say):
        path = input_files(awaited=True).get(batch, INPUT / f"{batch}.jsonl")
        while not _replaced(path.resolve(), rows, path):
            pass
    return path


def _replaced(file: Path, rows: list[str], path: Path) -> bool:
    """Write the file anew with ``rows``; return whether nobody else wrote to it meanwhile."""
    before = file.read_bytes() if file.exists() else b""
    mode = file.stat().st_mode & 0o777 if before else files.DEFAULT_MODE
    gap = "" if not before or before.endswith(b"\n") else "\n"
    added = gap + "".join(f"{row}\n" for row in rows)
    try:
        with files.replacing(file, mode=mode, newline="") as new:
            new.write(_lines(before, path) + added)
            new.flush()
            _check_size(file, len(before))
    except _WrittenToError:
        return False
    return True


def _lines(content: bytes, path: Path) -> str:
    """Return the text of a file of JSON Lines.

    Raises:
        UserError: it is one JSON array, or is not UTF-8.
    """
    try:
        array = elements(path, content)
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not UTF-8; save it so, to append rows") from None
    except ValueError as problem:
        raise UserError(str(problem)) from None
    if array is not None:
        raise UserError(f"{path}: is one JSON array; to append rows, write them one a line")
    return text


def _check_size(file: Path, size: int) -> None:
    if (file.stat().st_size if file.exists() else 0) != size:
        raise _WrittenToError


class _WrittenToError(Exception):
    """Somebody else wrote to the file in between."""


def _is_one(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _row(text: bytes, where: str) -> str:
    try:
        value = value_of(text)
        content_key(value)
    except ValueError as problem:
        raise UserError(f"{where}: {problem}") from None
    return files.one_line(value)
