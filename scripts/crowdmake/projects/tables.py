"""CSV files as spreadsheets and the Requester site write them, read without guessing."""

import csv
import io
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.messages import counted, listed, printable, shown

_FIELD = 2**27
_SEPARATOR = re.compile(r"sep=([,;\t|])\r?", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A table: its columns, and each line's cells with the number of the line it begins on."""

    name: str
    columns: list[str]
    lines: list[tuple[int, dict[str, str]]]
    notes: list[str] = field(default_factory=list)
    """What was passed over."""
    path: Path | None = None


def read_table(text: str, name: str, path: Path | None = None) -> Table:
    """Return the table in a CSV file's ``text``; ``name`` is the file's, for messages.

    Cells keep every character. Lines without any cell are passed over, and so is what
    spreadsheets add: a first line `sep=;`, columns without a name, lines of empty cells only.

    Raises:
        UserError: it is no CSV, names a column twice, or has lines of another length; a line
            each.
    """
    csv.field_size_limit(_FIELD)
    header, _, rest = text.partition("\n")
    said = _SEPARATOR.fullmatch(header)
    separator = said[1] if said else max(",;\t", key=header.count)
    written = list(io.StringIO(rest if said else text, newline=""))
    lines = _lines(written, separator, name, before=1 if said else 0)
    blank = f"{separator}\r\n"
    padding = {begins for begins, _, first in lines[1:] if not first.strip(blank)}
    kept = _named([(begins, cells) for begins, cells, _ in lines if begins not in padding])
    notes = [f"lines of empty cells were passed over: {listed(sorted(padding))}"] if padding else []
    return replace(_checked(name, kept), notes=notes, path=path)


def _lines(
    written: list[str], separator: str, name: str, before: int
) -> list[tuple[int, list[str], str]]:
    """Return each line's number, counted from ``before`` lines above, its cells and its text."""
    reader = csv.reader(written, strict=True, delimiter=separator)
    lines: list[tuple[int, list[str], str]] = []
    begins = 0
    try:
        for cells in reader:
            if cells:
                lines.append((begins + before + 1, cells, written[begins]))
            begins = reader.line_num
    except csv.Error as problem:
        where = f"{printable(name)}:{begins + before + 1}"
        raise UserError(f"{where}: not CSV ({problem})") from None
    if not lines:
        raise UserError(f"{printable(name)}: is empty; expected a line of column names")
    return lines


def _named(lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Return the lines without the last columns that have neither a name nor a cell."""
    (_, columns), *rest = lines
    width = len(columns)
    while width > 1 and not columns[width - 1] and not any(any(c[width - 1 :]) for _, c in rest):
        width -= 1
    return [(number, cells[:width]) for number, cells in lines] if width < len(columns) else lines


def _checked(name: str, lines: list[tuple[int, list[str]]]) -> Table:
    (first, columns), *rest = lines
    UserError.collect(
        f"{printable(name)}:{first}: column {shown(column)}: stands twice; expected once"
        for column in dict.fromkeys(columns)
        if columns.count(column) > 1
    )
    UserError.collect(
        f"{printable(name)}:{number}: found {counted(len(cells), 'cell')}; expected"
        f" {len(columns)}, as many as there are columns"
        for number, cells in rest
        if len(cells) != len(columns)
    )
    rows = [(number, dict(zip(columns, cells, strict=True))) for number, cells in rest]
    return Table(name, columns, rows)
