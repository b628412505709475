"""How far a batch is, and where an input file and a market do not hold the same rows."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from crowdmake import files
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.batches import HitRecord, Snapshot
from crowdmake.messages import LISTED, counted, listed
from crowdmake.polling.names import is_poll

Record = dict[str, Any]


def progress(
    batch: str,
    snapshot: Snapshot,
    rows: Iterable[Row],
    time: str,
    *,
    drips: bool = False,
    unsure: int = 0,
) -> Record:
    """Return the batch's numbers: rows, HITs and assignments by state.

    A batch that ``drips`` is complete only once all its rows were launched, too, and one of
    which ``unsure`` HITs are to be given more assignments only once they were.
    """
    waiting = sum(row.key not in snapshot.taken for row in rows)
    hits = list(snapshot.hits.values())
    statuses = [saved["status"] for hit in hits for saved in hit.assignments]
    return {
        "batch": batch,
        "time": time,
        "complete": not (
            snapshot.open_hits() or snapshot.open_intents or (drips and waiting) or unsure
        ),
        "hits": len(hits),
        "hits_open": len(snapshot.open_hits()),
        "hits_unsure": unsure,
        "hits_full": sum(len(hit.assignments) >= hit.wanted for hit in hits),
        "hits_deleted": sum(hit.deleted is not None for hit in hits),
        "assignments_wanted": sum(hit.wanted for hit in hits),
        "submitted": statuses.count("Submitted"),
        "approved": statuses.count("Approved"),
        "rejected": statuses.count("Rejected"),
        "archived": sum(len(hit.assignments) for hit in snapshot.archived.values()),
        "rows_not_launched": waiting,
    }


def progress_line(numbers: Record) -> str:
    """Return one batch's progress in words."""
    saved = numbers["submitted"] + numbers["approved"] + numbers["rejected"]
    state = "complete" if numbers["complete"] else f"{counted(numbers['hits_open'], 'HIT')} open"
    waiting, unsure = numbers["rows_not_launched"], numbers["hits_unsure"]
    return (
        f"{numbers['batch']}: {saved} of {counted(numbers['assignments_wanted'], 'assignment')}"
        f" of {counted(numbers['hits'], 'HIT')}, {state}; {numbers['submitted']} undecided,"
        f" {numbers['approved']} approved, {numbers['rejected']} rejected;"
        f" {counted(numbers['hits_deleted'], 'HIT')} deleted"
        + (f"; {counted(waiting, 'row')} not launched" if waiting else "")
        + (f"; {counted(unsure, 'HIT')} unsure, `snakemake launch` asks for more" if unsure else "")
        + (f"; {counted(numbers['archived'], 'imported assignment')}" * bool(numbers["archived"]))
    )


def nothing_launched(endpoint: str) -> str:
    """Return what to say where no batch has HITs on ``endpoint``."""
    return f"nothing is launched yet on {endpoint}: `snakemake launch` puts HITs up"


def differences(batch: str, snapshot: Snapshot, rows: Sequence[Row]) -> list[str]:
    """Return what to say of an input file and a market that do not hold the same rows."""
    lines = []
    waiting = [row.number for row in rows if row.key not in snapshot.taken]
    if waiting:
        lines.append(
            f"{batch}: {counted(len(waiting), 'row')} not launched ({listed(waiting)}):"
            f" `snakemake {'poll' if is_poll(batch) else 'launch'}` puts them up"
        )
    if snapshot.open_intents:
        unsettled = counted(len(snapshot.open_intents), "call")
        lines.append(
            f"{batch}: interrupted before the market's answer: {unsettled}, which may have put up"
            " HITs; `snakemake launch` repeats what is still in the input, `snakemake results`"
            " looks the rest up on the market"
        )
    return [*lines, *_orphan_lines(batch, snapshot, {row.key for row in rows})]


def _orphan_lines(batch: str, snapshot: Snapshot, present: set[str]) -> list[str]:
    """Return what to say of open HITs whose rows are no longer in the input."""

    def number(hit: HitRecord) -> int:
        return int(snapshot.rows.get(hit.key, {}).get("row", 0))

    orphans = [hit for hit in snapshot.open_hits() if hit.key not in present and not hit.deleted]
    lines = [
        f"{batch}: row {number(hit) or 'unknown'} was edited or removed after launch, its HIT"
        f" {hit.hit_id} is still open: `snakemake delete --config expire=true hit={hit.hit_id}`"
        " expires it"
        for hit in sorted(orphans, key=number)[:LISTED]
    ]
    if len(orphans) > LISTED:
        more = counted(len(orphans) - LISTED, "more HIT")
        lines.append(f"{batch}: and {more} of rows that were edited or removed after launch")
    return lines


def dump_progress(path: Path, numbers: Record) -> None:
    """Write a batch's numbers as indented JSON, atomically."""
    with files.replacing(path) as file:
        file.write(json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
