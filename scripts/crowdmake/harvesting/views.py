"""Stage files, written from the ledgers: each can be deleted and is rebuilt without a call."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from crowdmake import files, moments
from crowdmake.configuration.config import STATUSES
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.archive import ArchivedHit
from crowdmake.ledgers.batches import HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.ledgers.snapshots import override_until
from crowdmake.messages import counted, listed
from crowdmake.rendering.answers import fields_of, output_of

_MANIFEST = ("hit_id", "hit_type_id", "hit_group_id", "max_assignments", "reward")
_TIMES = ("creation_time", "expiration")
_RESULT = ("hit_id", "assignment_id", "worker_id", "status", "accept_time", "submit_time")
_BONUS = ("amount", "fee", "reason", "purpose", "time")
_FIRST_COLUMNS = ("batch", "key", "row", *_RESULT, "seconds")
REVIEW_COLUMNS = ("assignment_id", "decision", "feedback", "reason", "row", "worker_id", "answer")

Record = dict[str, Any]
H = TypeVar("H")


def manifest(snapshot: Snapshot, rows: Iterable[Row]) -> Iterator[Record]:
    """Yield the HIT-ID manifest in input order; rows no longer in the input last, row null."""
    for row, hit in _in_order(snapshot, rows):
        record = {"key": hit.key, "row": row.number if row else None}
        yield record | {name: hit.created[name] for name in (*_MANIFEST, *_TIMES)}


def assignments(
    batch: str, snapshot: Snapshot, rows: Iterable[Row], statuses: Collection[str] = STATUSES
) -> Iterator[Record]:
    """Yield one record per saved assignment, in input order, then in that of submission.

    Only those of ``statuses`` (`results.statuses`) are shown; imported ones of no known status
    always are. Of an imported one it also says from which file it comes.
    """
    hidden = set(STATUSES) - set(statuses)
    hits: dict[str, HitRecord | ArchivedHit] = {**snapshot.archived, **snapshot.hits}
    for row, hit in _ordered(hits, rows):
        for saved in hit.assignments:
            if saved["status"] in hidden:
                continue
            place = {"batch": batch, "key": hit.key, "row": row.number if row else None}
            shown = row.value if row else snapshot.rows.get(hit.key, {}).get("input")
            source = {"source": saved["source"]} if "source" in saved else {}
            told = {name: saved[name] for name in _RESULT} | {"seconds": _seconds(saved)}
            yield place | {"input": shown} | told | parsed(saved) | source


def _seconds(saved: Event) -> int | None:
    """Return how long the worker took, from accepting to submitting; None where it is not known."""
    if not saved["accept_time"] or not saved["submit_time"]:
        return None
    taken = moments.read(saved["submit_time"]) - moments.read(saved["accept_time"])
    return round(taken.total_seconds())


def unreadable_lines(batch: str, snapshot: Snapshot) -> list[str]:
    """Return what to say of assignments whose answer could not be parsed."""
    names = [name for name, saved in snapshot.assignments().items() if "raw" in parsed(saved)]
    if not names:
        return []
    return [
        f"{batch}: {counted(len(names), 'answer')} cannot be read and stand raw: {listed(names)}"
    ]


def decided(snapshot: Snapshot, decision: str) -> Iterator[Record]:
    """Yield the receipts of one kind of decision, in the order they were made."""
    saved = snapshot.assignments()
    for event in snapshot.decisions.values():
        if event["decision"] == decision:
            names = ("decision", "feedback", "reward", "fee", "time")
            worker = saved.get(event["assignment_id"], {}).get("worker_id")
            ids = {"assignment_id": event["assignment_id"], "hit_id": event["hit_id"]}
            receipt = ids | {"worker_id": worker} | {name: event[name] for name in names}
            if decision == "Rejected" and event["assignment_id"] in saved:
                receipt["override_until"] = override_until(saved[event["assignment_id"]])
            yield receipt


def bonuses(snapshot: Snapshot, receipts: Iterable[Event]) -> Iterator[Record]:
    """Yield the receipts of the bonuses, in the order of payment."""
    saved = snapshot.assignments()
    for event in receipts:
        worker = saved.get(event["assignment_id"], {}).get("worker_id")
        place = {"assignment_id": event["assignment_id"], "worker_id": worker}
        yield place | {name: event[name] for name in _BONUS}


def extensions(receipts: Iterable[Event]) -> Iterator[Record]:
    """Yield the receipts of more assignments and of more time; what stayed is null."""
    for event in receipts:
        place = {"key": event["key"], "hit_id": event["hit_id"]}
        more = {name: event.get(name) for name in ("max_assignments", "expiration")}
        yield place | more | {"time": event["time"]}


def deletions(snapshot: Snapshot) -> Iterator[Record]:
    """Yield the deletion receipts, in the order the HITs were created."""
    for hit in snapshot.hits.values():
        if hit.deleted:
            names = ("key", "hit_id", "assignments", "assignments_sha256", "time")
            yield {name: hit.deleted[name] for name in names}


def review_table(snapshot: Snapshot, left: dict[str, str], rows: Iterable[Row]) -> Iterator[Record]:
    """Yield what stays undecided and why, under the columns of a decisions file."""
    for row, hit in _in_order(snapshot, rows):
        for saved in hit.assignments:
            name = saved["assignment_id"]
            if name in left:
                yield {
                    "assignment_id": name,
                    "reason": left[name],
                    "row": row.number if row else None,
                    "worker_id": saved["worker_id"],
                    "answer": parsed(saved).get("answers") or saved["answer"],
                }


def merge(parts: Iterable[Path], lines: Path, table: Path) -> int:
    """Write all batches' assignments to one JSONL and one CSV file; return how many."""
    records = [record for part in parts for record in files.read_records(part)]
    files.write_records(lines, records)
    flat = [_flat(record) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    columns = [*_FIRST_COLUMNS, *sorted(names.keys() - set(_FIRST_COLUMNS))]
    files.write_table(table, columns, flat)
    return len(records)


def _in_order(snapshot: Snapshot, rows: Iterable[Row]) -> Iterator[tuple[Row | None, HitRecord]]:
    """Yield the HITs in input order, then those whose rows are no longer in the input."""
    return _ordered(snapshot.hits, rows)


def _ordered(hits: Mapping[str, H], rows: Iterable[Row]) -> Iterator[tuple[Row | None, H]]:
    present = {row.key: row for row in rows}
    for key, row in present.items():
        if key in hits:
            yield row, hits[key]
    for key, hit in hits.items():
        if key not in present:
            yield None, hit


def parsed(saved: Event) -> Record:
    """Return an assignment's answers and output, or the raw answer where it cannot be read."""
    try:
        fields = saved["fields"] if "fields" in saved else fields_of(saved["answer"])
    except ValueError:
        return {"answers": None, "output": None, "raw": saved["answer"]}
    return {"answers": fields, "output": output_of(fields)}


def _flat(record: Record) -> Record:
    """Return a record with its input's and answers' top-level keys as columns of their own."""
    flat = {name: record.get(name) for name in _FIRST_COLUMNS}
    for part in ("input", "answers"):
        value = record[part]
        if isinstance(value, dict):
            flat |= {f"{part}.{name}": inner for name, inner in value.items()}
        else:
            flat[part] = value
    return flat | {name: record[name] for name in ("raw", "source") if name in record}
