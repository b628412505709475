"""Stage files, written from the ledgers: each can be deleted and is rebuilt without a call."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crowdmake import files
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.batches import HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import LISTED, counted, listed
from crowdmake.rendering.answers import fields_of, output_of

_MANIFEST = ("hit_id", "hit_type_id", "hit_group_id", "max_assignments", "reward")
_TIMES = ("creation_time", "expiration")
_RESULT = ("hit_id", "assignment_id", "worker_id", "status", "accept_time", "submit_time")
_FIRST_COLUMNS = ("batch", "key", "row", *_RESULT)
REVIEW_COLUMNS = ("assignment_id", "decision", "feedback", "reason", "row", "worker_id", "answer")

Record = dict[str, Any]


def manifest(snapshot: Snapshot, rows: Iterable[Row]) -> Iterator[Record]:
    """Yield the HIT-ID manifest in input order; rows no longer in the input last, row null."""
    for row, hit in _in_order(snapshot, rows):
        record = {"key": hit.key, "row": row.number if row else None}
        yield record | {name: hit.created[name] for name in (*_MANIFEST, *_TIMES)}


def assignments(batch: str, snapshot: Snapshot, rows: Iterable[Row]) -> Iterator[Record]:
    """Yield one record per saved assignment, in input order, then in that of submission."""
    for row, hit in _in_order(snapshot, rows):
        for saved in hit.assignments:
            place = {"batch": batch, "key": hit.key, "row": row.number if row else None}
            shown = row.value if row else snapshot.rows.get(hit.key, {}).get("input")
            answered = _answered(saved)
            yield place | {"input": shown} | {name: saved[name] for name in _RESULT} | answered


def unreadable_lines(batch: str, snapshot: Snapshot) -> list[str]:
    """Return what to say of assignments whose answer could not be parsed."""
    names = [name for name, saved in snapshot.assignments().items() if "raw" in _answered(saved)]
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
            yield ids | {"worker_id": worker} | {name: event[name] for name in names}


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
                    "answer": _answered(saved).get("answers") or saved["answer"],
                }


def progress(batch: str, snapshot: Snapshot, rows: Iterable[Row], time: str) -> Record:
    """Return the batch's numbers: rows, HITs and assignments by state."""
    hits = list(snapshot.hits.values())
    statuses = [saved["status"] for hit in hits for saved in hit.assignments]
    return {
        "batch": batch,
        "time": time,
        "complete": not snapshot.open_hits() and not snapshot.open_intents,
        "hits": len(hits),
        "hits_open": len(snapshot.open_hits()),
        "hits_full": sum(len(hit.assignments) >= hit.wanted for hit in hits),
        "hits_deleted": sum(hit.deleted is not None for hit in hits),
        "assignments_wanted": sum(hit.wanted for hit in hits),
        "submitted": statuses.count("Submitted"),
        "approved": statuses.count("Approved"),
        "rejected": statuses.count("Rejected"),
        "rows_not_launched": len([row for row in rows if row.key not in snapshot.hits]),
    }


def progress_line(numbers: Record) -> str:
    """Return one batch's progress in words."""
    saved = numbers["submitted"] + numbers["approved"] + numbers["rejected"]
    state = "complete" if numbers["complete"] else f"{counted(numbers['hits_open'], 'HIT')} open"
    waiting = numbers["rows_not_launched"]
    return (
        f"{numbers['batch']}: {saved} of {counted(numbers['assignments_wanted'], 'assignment')}"
        f" of {counted(numbers['hits'], 'HIT')}, {state}; {numbers['submitted']} undecided,"
        f" {numbers['approved']} approved, {numbers['rejected']} rejected;"
        f" {numbers['hits_deleted']} HITs deleted"
        + (f"; {counted(waiting, 'row')} not launched" if waiting else "")
    )


def nothing_launched(endpoint: str) -> str:
    """Return what to say where no batch has HITs on ``endpoint``."""
    return f"nothing is launched yet on {endpoint}: `snakemake launch` puts HITs up"


def differences(batch: str, snapshot: Snapshot, rows: Iterable[Row]) -> list[str]:
    """Return what to say of an input file and a market that do not hold the same rows."""
    now = list(rows)
    keys = {row.key for row in now}
    lines = []
    waiting = [row.number for row in now if row.key not in snapshot.hits]
    if waiting:
        lines.append(
            f"{batch}: {counted(len(waiting), 'row')} not launched ({listed(waiting)}):"
            " `snakemake launch` puts them up"
        )
    if snapshot.open_intents:
        unsettled = counted(len(snapshot.open_intents), "call")
        lines.append(
            f"{batch}: interrupted before the market's answer: {unsettled}, which may have put up"
            " HITs; `snakemake launch` repeats what is still in the input, `snakemake results`"
            " looks the rest up on the market"
        )
    orphans = [
        hit
        for key, hit in snapshot.hits.items()
        if key not in keys and not hit.closed and not hit.deleted
    ]
    numbers = {hit.key: snapshot.rows.get(hit.key, {}).get("row", 0) for hit in orphans}
    for hit in sorted(orphans, key=lambda hit: numbers[hit.key])[:LISTED]:
        row = numbers[hit.key] or "unknown"
        lines.append(
            f"{batch}: row {row} was edited or removed after launch, its HIT {hit.hit_id} is still"
            f" open: `snakemake delete --config expire=true hit={hit.hit_id}` expires it"
        )
    if len(orphans) > LISTED:
        more = counted(len(orphans) - LISTED, "more HIT")
        lines.append(f"{batch}: and {more} of rows that were edited or removed after launch")
    return lines


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
    present = {row.key: row for row in rows}
    for key, row in present.items():
        if key in snapshot.hits:
            yield row, snapshot.hits[key]
    for key, hit in snapshot.hits.items():
        if key not in present:
            yield None, hit


def _answered(saved: Event) -> Record:
    try:
        fields = fields_of(saved["answer"])
    except ValueError:
        return {"answers": None, "output": None, "raw": saved["answer"]}
    return {"answers": fields, "output": output_of(fields)}


def _flat(record: Record) -> Record:
    """Return a record with its input's and answers' top-level keys as columns of their own."""
    flat = {name: record[name] for name in _FIRST_COLUMNS}
    for part in ("input", "answers"):
        value = record[part]
        if isinstance(value, dict):
            flat |= {f"{part}.{name}": inner for name, inner in value.items()}
        else:
            flat[part] = value
    return flat | ({"raw": record["raw"]} if "raw" in record else {})


def dump_progress(path: Path, numbers: Record) -> None:
    """Write a batch's numbers as indented JSON, atomically."""
    with files.replacing(path) as file:
        file.write(json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
