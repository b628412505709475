"""Stage files: views that are written whole or not at all."""

import csv
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _default_mode() -> int:
    """Return the mode of a new file under the process's umask, which can only be read so."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


DEFAULT_MODE = _default_mode()


@contextmanager
def replacing(
    path: Path, *, mode: int = DEFAULT_MODE, newline: str | None = None
) -> Iterator[IO[str]]:
    """Open a text file that takes the place of ``path`` only once the block has ended well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline=newline) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Return when the folder's entries, such as a new file's, are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write ``records`` as JSON Lines, atomically."""
    with replacing(path) as file:
        for record in records:
            file.write(one_line(record) + "\n")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write ``lines`` as they are, atomically."""
    with replacing(path) as file:
        file.writelines(f"{line}\n" for line in lines)


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file that Crowdmake wrote."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``rows`` as a CSV file that a spreadsheet opens without running what is in it."""
    with replacing(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_cell(column) for column in columns])
        writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)


def one_line(value: object) -> str:
    """Return ``value`` as JSON on one line, letters as they are.

    Halves of surrogate pairs, which a foreign market may send, are written as escapes.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _cell(value: object) -> str:
    """Return the text of a cell; one that a spreadsheet would take for a formula gets a ``'``.

    Control characters, which a terminal would obey, are spelt out.
    See https://owasp.org/www-community/attacks/CSV_Injection.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else one_line(value)
    text = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
