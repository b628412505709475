"""Deleting HITs, each only once all its answers are saved and decided."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.batches import DECIDED, Batch, HitRecord, Snapshot
from crowdmake.calls import in_flight
from crowdmake.client import code, refusal
from crowdmake.files import one_line
from crowdmake.harvest import finished, harvest
from crowdmake.ledger import Event
from crowdmake.messages import counted, listed
from crowdmake.spending import LAUNCH, Claim, Spending

# Any moment in the past expires a HIT at once:
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI, UpdateExpirationForHIT.
_PAST = datetime(2015, 1, 1, tzinfo=UTC)

Say = Callable[[str], None]


def delete(
    client: Any, batch: Batch, spending: Spending, say: Say, *, expire: bool, only: Collection[str]
) -> int:
    """Delete what may be deleted, say what is left and why, return how many were deleted.

    ``expire`` ends open HITs first; ``only`` limits everything to these HIT ids, unless
    it is empty.
    """
    if expire:
        _expire(client, batch, _targets(batch.read(), only), say)
    _learn_auto_approvals(client, batch, _targets(batch.read(), only), say)
    left: list[str] = []
    ready: list[HitRecord] = []
    for hit in _targets(batch.read(), only):
        reason = _why_not(hit)
        left += [f"left {hit.hit_id}: {reason}"] if reason else []
        ready += [] if reason else [hit]
    deleter = _Deleter(client, batch)
    refused = [line for line in in_flight(deleter.delete, ready) if line]
    if ready:
        batch.mark_decided()
    _give_back(batch, spending, say)
    for line in [*_folded(left), *refused]:
        say(line)
    return len(ready) - len(refused)


def fingerprint(assignments: list[Event]) -> str:
    """Return the SHA-256 over a HIT's saved assignments, as its deletion receipt holds it."""
    content = "".join(
        one_line([each["assignment_id"], each["worker_id"], each["status"], each["answer"]]) + "\n"
        for each in sorted(assignments, key=lambda each: str(each["assignment_id"]))
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _targets(snapshot: Snapshot, only: Collection[str]) -> list[HitRecord]:
    return [
        hit
        for hit in snapshot.hits.values()
        if not hit.deleted and (not only or hit.hit_id in only)
    ]


def _expire(client: Any, batch: Batch, hits: list[HitRecord], say: Say) -> None:
    """Expire the open ones of ``hits`` and save what was submitted until then."""
    open_hits = [hit for hit in hits if not hit.closed]

    def end(hit: HitRecord) -> None:
        client.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=_PAST)
        batch.money.append({"event": "expired", "hit_id": hit.hit_id})

    for _ in in_flight(end, open_hits):
        pass
    harvest(client, batch, finished(client, open_hits), batch.read(), say)
    if open_hits:
        say(f"expired {counted(len(open_hits), 'open HIT')}")


def _learn_auto_approvals(client: Any, batch: Batch, hits: list[HitRecord], say: Say) -> None:
    """Ask again for work that the market has approved by itself meanwhile.

    Where it has not approved what is due first, it has approved nothing.
    """
    waiting = [hit for hit in hits if hit.closed and hit.undecided()]
    if not waiting:
        return
    undecided = (each for hit in waiting for each in hit.undecided())
    first = min(undecided, key=lambda each: str(each["auto_approval_time"]))
    probe = client.get_assignment(AssignmentId=first["assignment_id"])["Assignment"]
    if probe["AssignmentStatus"] in DECIDED:
        asked = dict.fromkeys((hit.hit_id for hit in waiting), True)
        harvest(client, batch, asked, batch.read(), say)


def _why_not(hit: HitRecord) -> str | None:
    if not hit.closed:
        missing = hit.wanted - len(hit.assignments)
        expiration = hit.created["expiration"]
        return f"open until {expiration}, {counted(missing, 'assignment')} outstanding"
    undecided = hit.undecided()
    if undecided:
        first = min(str(each["auto_approval_time"]) for each in undecided)
        return (
            f"{counted(len(undecided), 'undecided assignment')}; decide with `snakemake approve`"
            f" or `snakemake reject`, the market approves by itself from {first}"
        )
    return None


def _folded(left: list[str]) -> Iterator[str]:
    """Yield each reason once, with the HITs it is true of."""
    by_reason: dict[str, list[str]] = {}
    for line in left:
        hit, _, reason = line.removeprefix("left ").partition(": ")
        by_reason.setdefault(reason, []).append(hit)
    for reason, hits in by_reason.items():
        yield f"left {counted(len(hits), 'HIT')} ({listed(hits)}): {reason}"


@dataclass(frozen=True)
class _Deleter:
    client: Any
    batch: Batch

    def delete(self, hit: HitRecord) -> str | None:
        """Delete one HIT and write its receipt; return why the market refused, or None."""
        try:
            self.client.delete_hit(HITId=hit.hit_id)
        except ClientError as error:
            if not _gone(error):
                return f"left {hit.hit_id}: {refusal(error)}"
        receipt = {
            "event": "deleted",
            "key": hit.key,
            "hit_id": hit.hit_id,
            "assignments": len(hit.assignments),
            "assignments_sha256": fingerprint(hit.assignments),
        }
        self.batch.money.append(receipt)
        return None


def _gone(error: ClientError) -> bool:
    """Return whether the HIT was deleted before, in a run that lost the receipt."""
    disposed = "'Disposed'" in error.response["Error"]["Message"]
    return code(error) == "HITDoesNotExist" or (code(error) == "InvalidHITState" and disposed)


def _give_back(batch: Batch, spending: Spending, say: Say) -> None:
    """Release what deleted HITs can no longer cost."""
    deleted = [hit for hit in batch.read().hits.values() if hit.deleted]
    spending.settle([Claim(batch.name, hit.key, LAUNCH, _spent(hit)) for hit in deleted], say)


def _spent(hit: HitRecord) -> Decimal:
    approved = [each for each in hit.assignments if each["status"] == "Approved"]
    return hit.cost_each * len(approved)
