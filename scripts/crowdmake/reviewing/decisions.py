"""The decisions file: what a person says of single assignments, as a CSV file.

Columns: assignment_id, decision (approve or reject) and feedback; bonus, bonus_reason and
bonus_purpose (`bonus_lines` reads them); further columns, such as those of
results/review/{batch}.csv, are left alone.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import shown

COLUMNS = ("assignment_id", "decision", "feedback")
BONUS_COLUMNS = ("assignment_id", "bonus", "bonus_reason", "bonus_purpose")
_WORDS = {
    "approve": "Approved",
    "approved": "Approved",
    "reject": "Rejected",
    "rejected": "Rejected",
}
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_RejectAssignmentOperation.html
FEEDBACK = 1024
# An answer fills at most 131,072 characters, but escaped it is longer in the review table.
_FIELD = 2**24
# No column's name: where a line keeps the cells that stand behind its last column.
_SURPLUS = "\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def path_of(batch: str) -> Path:
    """Return the path of a batch's decisions file."""
    return Path("decisions") / f"{batch}.csv"


@dataclass(frozen=True)
class Decision:
    """What is to be done with one assignment."""

    decision: str
    feedback: str
    override: bool = False
    """Approve what was rejected before."""


def read_decisions(path: Path, assignments: Mapping[str, Event]) -> dict[str, Decision]:
    """Return the decisions of ``path`` by assignment id; none where it does not exist.

    Lines whose decision is empty are not decided yet and are passed over.

    Raises:
        UserError: the file has faults; one line each.
    """
    found: dict[str, Decision] = {}
    errors: list[str] = []
    for number, line in lines_of(path):
        faults = (*surplus(line), *_read(line, found, assignments))
        errors += [f"{path}:{number}: {fault}" for fault in faults]
    UserError.collect(errors)
    return found


def lines_of(path: Path) -> list[tuple[int, dict[str, str | None]]]:
    """Return the file's lines by column, each with its number; none where there is no file."""
    if not path.exists():
        return []
    csv.field_size_limit(_FIELD)
    text = text_of(path)
    header = text.partition("\n")[0]
    # Spreadsheets of many countries separate by semicolons.
    separator = max(",;\t", key=header.count)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), restkey=_SURPLUS, strict=True, delimiter=separator
    )
    try:
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
        lines = [(reader.line_num, line) for line in reader]
    except csv.Error as problem:
        raise UserError(f"{path}:{reader.line_num + 1}: not CSV ({problem})") from None
    columns = list(reader.fieldnames or [])
    doubled = {name for name in {*COLUMNS, *BONUS_COLUMNS} if columns.count(name) > 1}
    UserError.collect(f"{path}:1: column {name}: stands twice" for name in sorted(doubled))
    needed = ("assignment_id",) if "bonus" in columns else COLUMNS[:2]
    UserError.collect(
        f"{path}:1: column {name}: missing, found {shown(header.strip())};"
        f" expected {', '.join(COLUMNS)}"
        for name in needed
        if name not in columns
    )
    return lines


def surplus(line: Mapping[str, str | None]) -> Iterator[str]:
    """Yield what is wrong with a line of `lines_of` that is longer than the header.

    A comma that no quotes protect cuts a text off there, and the worker would be told its start.
    """
    cells = [cell.strip() for cell in line.get(_SURPLUS) or () if cell.strip()]
    if cells:
        yield (
            f"found {shown(cells[0])} behind the last of {len(line) - 1} columns;"
            " expected quotes around a text that holds a comma"
        )


def text_of(path: Path) -> str:
    """Return what a file holds that a spreadsheet or an editor has written.

    Raises:
        UserError: it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        kind = " as CSV" if path.suffix == ".csv" else ""
        raise UserError(f"{path}:{line}: not UTF-8; save the file{kind} in UTF-8") from None


def _read(
    line: Mapping[str, str | None], found: dict[str, Decision], assignments: Mapping[str, Event]
) -> Iterator[str]:
    """Add the decision of one line to ``found``; yield its faults."""
    assignment_id, word, feedback = ((line.get(name) or "").strip() for name in COLUMNS)
    if not word:
        return
    if word.lower() not in _WORDS:
        yield f"decision: found {shown(word)}; expected approve or reject"
        return
    decision = Decision(_WORDS[word.lower()], feedback)
    if assignment_id not in assignments:
        yield f"assignment_id: found {shown(assignment_id)}; expected one of this batch's results"
    if found.setdefault(assignment_id, decision) != decision:
        yield f"assignment_id: {shown(assignment_id)} stands twice with different decisions"
    if decision.decision == "Rejected" and not feedback:
        yield "feedback: missing; expected a reason that the worker is told"
    yield from text_faults("feedback", feedback, FEEDBACK)


def text_faults(name: str, text: str, most: int) -> Iterator[str]:
    """Yield what is wrong with a text that is told to a worker."""
    if len(text) > most or _CONTROL.search(text):
        expected = f"at most {most} characters, no control characters"
        yield f"{name}: found {shown(text)}; expected {expected}"
