"""What AMTI's batches left: saved HITs, and the ids of those that were never saved.

Once saved, a batch has a folder for each HIT with its ``hit.jsonl`` and ``assignments.jsonl``;
before that, ``_INCOMPLETE`` holds the ids (github.com/allenai/amti, amti/settings.py). A saved
HIT tells of its row by the question that it showed only.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crowdmake.inputs.rows import Row, read_rows
from crowdmake.messages import counted, listed
from crowdmake.projects.sources import OldHit, Source
from crowdmake.projects.times import utc

_PENDING = "_INCOMPLETE"


def hits(
    source: Source, question: Path, data: Path, used: set[Path], inputs: Sequence[Path]
) -> Iterator[OldHit]:
    """Yield the HITs that the batch beside ``data`` left; note in ``used`` what told of them.

    Where nobody knows a HIT's row, every row that may have been it is one that nothing launches.
    """
    pending = data.parent / _PENDING
    saved = [path for path in source.files if path.name == "hit.jsonl"]
    saved = [path for path in saved if _nearest(path, inputs) == data]
    if not saved and pending not in source.files:
        return
    rows = list(read_rows(data).rows)
    found = [_saved(source, path, used) for path in saved]
    known = _Rows(source.text(question), rows)
    lost = found.count(None)
    for hit in filter(None, found):
        row = known.take(str(hit["Question"]))
        lost += row is None
        yield OldHit(hit["source"], row, hit["HITId"], hit["MaxAssignments"], hit["assignments"])
    if saved:
        source.report.taken.append(
            f"{source.name(data)}: {counted(len(saved), 'saved HIT')} beside it"
        )
    for note in known.notes:
        source.report.not_understood.append(f"{source.name(data)}: {note}")
    if pending in source.files:
        used.add(pending)
        done = {hit["HITId"] for hit in found if hit}
        for unsaved in _unsaved(source, pending, len(rows), done):
            is_known = unsaved.row is not None and known.close(unsaved.row)
            lost += not is_known
            yield unsaved if is_known else replace(unsaved, row=None)
    if lost:
        source.report.not_understood.append(
            f"{source.name(data)}: {counted(lost, 'HIT')} of which nobody knows the row; none of"
            " the other rows is launched again"
        )
        yield from (OldHit(source.name(data), number, None) for number in known.free())


def _nearest(path: Path, inputs: Sequence[Path]) -> Path | None:
    """Return the data in the nearest folder above a saved HIT."""
    above = [data for data in inputs if data.parent in path.parents]
    return max(above, key=lambda data: len(data.parent.parts), default=None)


class _Rows:
    """The rows of a batch, found by the question that AMTI made of each."""

    def __init__(self, question: str, rows: list[Row]) -> None:
        self.notes: list[str] = []
        self._free = {row.number: row for row in rows}
        self._by_question: dict[str, list[int]] = defaultdict(list)
        for shown, row in _questions(question, rows):
            self._by_question[shown].append(row.number)

    def take(self, question: str) -> int | None:
        """Return the first row that such a question showed and no HIT has yet."""
        alike = [n for n in self._by_question[_canonical(question)] if n in self._free]
        if not alike:
            return None
        content = {self._free[number].key.rpartition("-")[0] for number in alike}
        if len(content) > 1:
            self.notes.append(
                f"rows {listed(alike)} showed the same page; the first was taken for a HIT's"
            )
        return self._free.pop(alike[0]).number

    def close(self, number: int) -> bool:
        """Return whether a row had no HIT so far; now it has."""
        return self._free.pop(number, None) is not None

    def free(self) -> list[int]:
        """Return the numbers of the rows that no HIT was found of."""
        return list(self._free)


def _questions(question: str, rows: list[Row]) -> Iterator[tuple[str, Row]]:
    """Yield what AMTI made of each row, where it can be made again."""
    try:
        template = ImmutableSandboxedEnvironment().from_string(question)
    except TemplateError:
        return
    for row in rows:
        try:
            named = row.value if isinstance(row.value, dict) else {}
            yield _canonical(template.render(**named)), row
        except Exception:  # noqa: BLE001, S112 - whatever a template does: the row is not found
            continue


def _saved(source: Source, path: Path, used: set[Path]) -> dict[str, Any] | None:
    """Return a saved HIT with its assignments, or None where the file does not tell of one."""
    answers = path.with_name("assignments.jsonl")
    used |= {path, answers}
    value = _parsed(source.text(path))
    hit = value.get("HIT") if isinstance(value, dict) else None
    if not isinstance(hit, dict) or not isinstance(hit.get("HITId"), str):
        source.report.not_understood.append(f"{source.name(path)}:1: no HIT of the API")
        return None
    most = hit.get("MaxAssignments")
    return {
        "HITId": hit["HITId"],
        "Question": hit.get("Question"),
        "MaxAssignments": most if isinstance(most, int) else None,
        "assignments": list(_assignments(source, answers)) if answers in source.files else [],
        "source": source.name(path),
    }


def _unsaved(source: Source, path: Path, rows: int, done: set[str]) -> Iterator[OldHit]:
    """Yield the HITs that were never saved: they were created in the order of the rows."""
    value = _parsed(source.text(path))
    ids = value.get("hit_ids") if isinstance(value, dict) else None
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        source.report.not_understood.append(f"{source.name(path)}:1: expected a list, hit_ids")
        yield OldHit(source.name(path), None, None)
        return
    paired = len(ids) == rows
    left = [(number, hit_id) for number, hit_id in enumerate(ids, start=1) if hit_id not in done]
    for number, hit_id in left:
        yield OldHit(source.name(path), number if paired else None, hit_id)
    source.report.not_understood.append(
        f"{source.name(path)}: {counted(len(left), 'HIT')} whose answers AMTI never saved"
    )


def _assignments(source: Source, path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source.text(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{source.name(path)}:{number}"
        saved = _parsed(line)
        try:
            yield {
                "assignment_id": str(saved["AssignmentId"]),
                "worker_id": str(saved["WorkerId"]),
                "status": str(saved["AssignmentStatus"]),
                "accept_time": utc(str(saved.get("AcceptTime"))),
                "submit_time": utc(str(saved.get("SubmitTime"))),
                "answer": str(saved["Answer"]),
                "source": place,
            }
        except (KeyError, TypeError, AttributeError):
            source.report.not_understood.append(f"{place}: no assignment of the API")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _canonical(question: str) -> str:
    return " ".join(question.split())
