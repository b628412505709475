"""The tables of a Requester-site project: batches, and the HITs that were put up of their rows.

The tables of results are the site's Batch CSVs: a line per assignment, under the names of the
API, `Input.` and `Answer.` columns beside them
(docs.aws.amazon.com/AWSMechTurk/latest/RequesterUI/ViewingtheBatchResults.html).
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crowdmake import files
from crowdmake.messages import counted, listed
from crowdmake.projects.new import free_name
from crowdmake.projects.sources import OldHit, Source
from crowdmake.projects.tables import Table
from crowdmake.projects.times import utc

IDS = frozenset({"HITId", "AssignmentId", "WorkerId"})
_MARKUP = re.compile(r"<[A-Za-z!/]")
_UNDECIDED = {"", "Submitted"}

Cells = Mapping[str, str]
Line = tuple[Table, int, Cells]


class Batches:
    """The batches: one for each table of input, and one for each table of results beyond them."""

    def __init__(self, source: Source, inputs: Mapping[Path, Table]) -> None:
        self._source = source
        self.rows: dict[str, list[dict[str, str]]] = {}
        self.hits: dict[str, list[OldHit]] = defaultdict(list)
        self._free: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for path, table in inputs.items():
            batch = self._new_batch(path.stem)
            for number, (_, cells) in enumerate(table.lines, start=1):
                self.rows[batch].append(cells)
                self._free[_known(cells)].append((batch, number))
            rows = counted(len(table.lines), "row")
            source.report.taken.append(f"{table.name}: {rows}, the batch {batch}")
            source.report.changed += [f"{table.name}: {note}" for note in table.notes]
            _report_markup(source, table)

    def columns(self) -> set[str]:
        """Return the names of all columns of the input."""
        return {name for rows in self.rows.values() for cells in rows for name in cells}

    def take(self, tables: list[Table]) -> None:
        """Take the HITs of tables of results in, each once, with the row that it showed."""
        own: dict[str, str] = {}
        for lines in _by_hit(tables).values():
            table, number, cells = lines[0]
            place = self._place(_part(cells, "Input."))
            if place is None:
                batch = own.setdefault(table.name, "") or self._new_batch(Path(table.name).stem)
                own[table.name] = batch
                self.rows[batch].append(_part(cells, "Input."))
                place = batch, len(self.rows[batch])
            batch, row = place
            done = [_assignment(f"{table.name}:{at}", line) for table, at, line in lines]
            self.hits[batch].append(
                OldHit(
                    source=f"{table.name}:{number}",
                    row=row,
                    hit_id=cells["HITId"],
                    max_assignments=_number(cells.get("MaxAssignments")),
                    assignments=[each for each in done if each["assignment_id"]],
                )
            )
        for table in tables:
            self._report(table, own.get(table.name))

    def _place(self, row: dict[str, str]) -> tuple[str, int] | None:
        """Return a row of an input table that is like ``row`` and has no HIT yet."""
        free = self._free.get(_known(row))
        return free.pop(0) if free else None

    def _new_batch(self, name: str) -> str:
        batch = free_name(name, self.rows)
        self.rows[batch] = []
        return batch

    def _report(self, table: Table, own: str | None) -> None:
        report = self._source.report
        beyond = f", those of rows that no input has in the batch {own}" if own else ""
        hit_ids = {line["HITId"] for _, line in table.lines}
        report.taken.append(
            f"{table.name}: {counted(len(table.lines), 'assignment')} of"
            f" {counted(len(hit_ids), 'HIT')}{beyond}; they are final"
        )
        if own and any(self._free.values()):
            report.not_understood.append(
                f"{table.name}: the rows of the batch {own} are in no table of input as they are"
                " here (an edited cell, another column); rows of the input that mean the same"
                " would be launched again"
            )
        naive = [at for at, line in table.lines if line.get("SubmitTime") and not _time(line)]
        if naive:
            report.not_understood.append(
                f"{table.name}: times in lines {listed(naive)} are left out"
            )


def _by_hit(tables: list[Table]) -> dict[str, list[Line]]:
    """Return the lines of each HIT; of several about one assignment a decided one, or the last."""
    hits: dict[str, dict[object, Line]] = defaultdict(dict)
    for table in tables:
        for number, cells in table.lines:
            lines = hits[cells["HITId"]]
            name = cells["AssignmentId"] or (table.name, number)
            before = lines.get(name)
            status = cells.get("AssignmentStatus", "")
            if before is None or status not in _UNDECIDED:
                lines[name] = (table, number, cells)
    return {hit_id: list(lines.values()) for hit_id, lines in hits.items()}


def _time(cells: Cells) -> str | None:
    return utc(cells.get("SubmitTime"))


def _assignment(source: str, cells: Cells) -> dict[str, Any]:
    return {
        "assignment_id": cells["AssignmentId"],
        "worker_id": cells["WorkerId"],
        "status": cells.get("AssignmentStatus") or None,
        "accept_time": utc(cells.get("AcceptTime")),
        "submit_time": utc(cells.get("SubmitTime")),
        "fields": _part(cells, "Answer."),
        "source": source,
    }


def _part(cells: Cells, prefix: str) -> dict[str, str]:
    return {k.removeprefix(prefix): v for k, v in cells.items() if k.startswith(prefix)}


def _known(row: Cells) -> str:
    """Return what two rows have in common that differ in the site's line ends only."""
    return files.one_line(sorted((k, " ".join(v.split())) for k, v in row.items()))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _report_markup(source: Source, table: Table) -> None:
    columns = {name for _, row in table.lines for name, cell in row.items() if _MARKUP.search(cell)}
    if columns:
        source.report.changed.append(
            f"{table.name}: {listed(sorted(columns))} hold markup, which was shown as HTML and is"
            " shown as text now; name them in hit.html_fields if you trust them"
        )
