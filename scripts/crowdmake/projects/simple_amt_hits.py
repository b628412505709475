"""What a simple-amt checkout tells of HITs that were put up: ids and results.

`launch_hits` writes an id for one row after the other, so the first id is the first row's.
Where it is not certain which rows had a HIT, none of them is launched again.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crowdmake.inputs.rows import read_rows
from crowdmake.messages import counted, listed
from crowdmake.projects.simple_amt_files import HIT_ID
from crowdmake.projects.sources import OldHit, Source
from crowdmake.projects.times import utc

_ON_PURPOSE = "(to launch rows on purpose, put them into a new file in input/)"


class Results:
    """The results of a checkout, by HIT id; an assignment that is told of twice stands once."""

    def __init__(self, source: Source, paths: list[Path]) -> None:
        self._source = source
        self.read = paths
        self.of: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.has_gaps = False
        """Whether some line may tell of a HIT that nobody can make out."""
        self._seen: set[tuple[str, str]] = set()
        for path in paths:
            taken = sum([self._take(place, value) for place, value in _values(source, path)])
            source.report.taken.append(
                f"{source.name(path)}: {counted(taken, 'assignment')}; they are final"
            )

    def _take(self, place: str, result: Any) -> bool:
        """Take a result in; return whether it is one that was not there yet."""
        report = self._source.report
        if not isinstance(result, dict) or not _text(result, "assignment_id", "hit_id"):
            report.not_understood.append(f"{place}: no result with assignment_id and hit_id")
            self.has_gaps = True
            return False
        hit_id, assignment_id = str(result["hit_id"]), str(result["assignment_id"])
        if (hit_id, assignment_id) in self._seen:
            report.changed.append(f"{place}: tells of {assignment_id} once more; left out")
            return False
        self._seen.add((hit_id, assignment_id))
        submitted = str(result.get("submit_time") or "")
        if submitted and not utc(submitted):
            report.not_understood.append(f"{place}: submit_time has no known zone; it is left out")
        self.of[hit_id].append(
            {
                "assignment_id": assignment_id,
                "worker_id": _text(result, "worker_id"),
                "status": _text(result, "status"),
                "accept_time": utc(str(result.get("accept_time") or "")),
                "submit_time": utc(submitted),
                "fields": {"output": _json(result.get("output"))},
                "source": place,
            }
        )
        return True

    def rest(self, *, is_alone: bool) -> list[OldHit]:
        """Return the HITs with results whose row nobody knows."""
        rest = [OldHit(done[0]["source"], None, hit, None, done) for hit, done in self.of.items()]
        if rest and not is_alone:
            names = listed(each.hit_id for each in rest)
            self._source.report.not_understood.append(
                f"results of HITs that no file of ids has, kept with the first batch: {names}"
            )
        return rest


def hits(source: Source, path: Path, ids: list[Path], results: Results) -> Iterator[OldHit]:
    """Yield the HITs of an input: each row's, where the ids can be those of its rows."""
    rows = len(read_rows(path).rows)
    found, has_gaps = _ids(source, ids)
    if not found and not results.of and not results.has_gaps and not has_gaps:
        return
    paired = 0 < len(found) <= rows and not has_gaps
    for number, (hit_id, place) in enumerate(found.items(), start=1):
        yield OldHit(place, number if paired else None, hit_id, None, results.of.pop(hit_id, []))
    names = listed(source.name(each) for each in ids)
    if paired:
        said = f"{names}: {counted(len(found), 'id')}, taken for those of the first rows in order"
        source.report.changed.append(f"{said} of {source.name(path)}, as launch_hits writes them")
        return
    why = f"{names}: {counted(len(found), 'id')} for {counted(rows, 'row')}" if ids else "no ids"
    source.report.not_understood.append(
        f"{source.name(path)}: which row has which HIT ({why}); none of its rows is launched"
        f" again, their answers stand in the results without a row {_ON_PURPOSE}"
    )
    for number in range(1, rows + 1):
        yield OldHit(source.name(path), number, None)


def close_the_rest(source: Source, path: Path, own: list[OldHit], rest: list[OldHit]) -> None:
    """Let no row be launched that may be one whose HIT's id was lost, though it has results."""
    paired = {hit.row for hit in own}
    rows = [n for n in range(1, len(read_rows(path).rows) + 1) if n not in paired]
    if rest and rows:
        own += [OldHit(source.name(path), number, None) for number in rows]
        source.report.not_understood.append(
            f"{source.name(path)}: rows {listed(rows)} may be those of the HITs"
            f" {listed(each.hit_id for each in rest)}, which no file of ids has; they are not"
            f" launched again {_ON_PURPOSE}"
        )


def _ids(source: Source, paths: list[Path]) -> tuple[dict[str, str], bool]:
    """Return where each HIT id stands, and whether some line is none (but for comments)."""
    found: dict[str, str] = {}
    has_gaps = False
    for path in paths:
        for number, line in enumerate(source.text(path).split("\n"), start=1):
            word, place = line.strip(), f"{source.name(path)}:{number}"
            if not word:
                continue
            if not HIT_ID.fullmatch(word):
                source.report.not_understood.append(f"{place}: no HIT id")
                has_gaps = has_gaps or not word.startswith("#")
            elif word in found:
                said = f"{place}: {word} stands in {found[word]} already"
                source.report.changed.append(f"{said}; left out")
            else:
                found[word] = place
    return found, has_gaps


def _values(source: Source, path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the JSON values of a file, of one array or of a line each, with their places."""
    text, name = source.text(path), source.name(path)
    whole = _parsed(text) if text.lstrip().startswith("[") else None
    if isinstance(whole, list):
        yield from ((f"{name}[{number}]", each) for number, each in enumerate(whole, start=1))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{name}:{number}", _parsed(line)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(result: dict[str, Any], *names: str) -> str | None:
    """Return the last of the values as text, or None unless all are text or numbers."""
    values = [result.get(name) for name in names]
    if any(isinstance(value, bool) or not isinstance(value, str | int) for value in values):
        return None
    return str(values[-1])


def _json(value: Any) -> str:
    """Return JSON that can be stored: half of a surrogate pair is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
