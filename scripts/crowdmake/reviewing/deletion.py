"""Deleting HITs, each only once all its answers are saved and decided."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.calls import in_flight
from crowdmake.client import code, refusal
from crowdmake.files import one_line
from crowdmake.harvesting.harvest import harvest, learn_auto_approvals
from crowdmake.launching.expiry import expire
from crowdmake.ledgers.batches import Batch, HitRecord, Snapshot
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted, listed
from crowdmake.money.spending import EXTEND, LAUNCH, Claim, Spending

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z$")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Orders:
    """What a deletion is told beside deleting: nothing, by default."""

    expire: bool = False
    """End open HITs first."""
    gone: bool = False
    """Give up HITs that the market does not know."""
    only: frozenset[str] = frozenset()
    """Limit everything to these HIT ids, unless it is empty."""


def delete(client: Any, batch: Batch, spending: Spending, orders: Orders, say: Say) -> int:
    """Delete what may be deleted, say what is left and why, return how many were deleted."""
    if orders.gone:
        _give_up(client, batch, _targets(batch.read(), orders), say)
    if orders.expire:
        expire(client, batch, _targets(batch.read(), orders), say)
    learn_auto_approvals(client, batch, _targets(batch.read(), orders), say)
    _look_again(client, batch, _targets(batch.read(), orders), say)
    targets = _targets(batch.read(), orders)
    reasons = {hit.hit_id: reason for hit in targets if (reason := _why_not(hit))}
    reasons |= _in_doubt(client, batch, targets, gone=orders.gone)
    ready = [hit for hit in targets if hit.hit_id not in reasons]
    deleter = _Deleter(client, batch, batch.delete_intents(), gone=orders.gone)
    outcomes = dict(in_flight(deleter.delete, ready))
    _give_back(batch, spending, say)
    reasons |= {hit_id: reason for hit_id, reason in outcomes.items() if reason}
    for line in folded(reasons):
        say(f"{batch.name}: {line}")
    return sum(not reason for reason in outcomes.values())


def fingerprint(assignments: list[Event]) -> str:
    """Return the SHA-256 over a HIT's saved assignments, as its deletion receipt holds it."""
    content = "".join(
        one_line([each["assignment_id"], each["worker_id"], each["status"], each["answer"]]) + "\n"
        for each in sorted(assignments, key=lambda each: str(each["assignment_id"]))
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _targets(snapshot: Snapshot, orders: Orders) -> list[HitRecord]:
    hits = (hit for hit in snapshot.hits.values() if not hit.deleted)
    return [hit for hit in hits if not orders.only or hit.hit_id in orders.only]


def _give_up(client: Any, batch: Batch, hits: list[HitRecord], say: Say) -> None:
    """Close the open ones of ``hits`` that the market does not know, with what was saved."""
    unknown = [hit for hit in hits if not hit.closed and not _is_known(client, hit)]
    for hit in unknown:
        saved = len(hit.assignments)
        batch.money.append({"event": "closed", "hit_id": hit.hit_id, "assignments": saved})
    if unknown:
        say(f"{batch.name}: gave up {counted(len(unknown), 'HIT')} that the market does not know")


def _is_known(client: Any, hit: HitRecord) -> bool:
    try:
        client.get_hit(HITId=hit.hit_id)
    except ClientError as error:
        if code(error) != "HITDoesNotExist":
            raise
        return False
    return True


def _look_again(client: Any, batch: Batch, hits: list[HitRecord], say: Say) -> None:
    """Ask once more for HITs that were over before they were full: one may have been extended."""
    short = [hit for hit in hits if hit.closed and len(hit.assignments) < hit.wanted]
    harvest(client, batch, dict.fromkeys((hit.hit_id for hit in short), True), batch.read(), say)


def _why_not(hit: HitRecord) -> str | None:
    """Return why a HIT cannot be deleted yet, or None where it can.

    A time stands at the end, so that reasons that differ only there can be folded.
    """
    if hit.closed and not hit.undecided():
        return None
    if hit.closed:
        first = min(str(each["auto_approval_time"]) for each in hit.undecided())
        return (
            "work is undecided; `snakemake approve` or `reject` decide it, the market approves"
            f" by itself from {first}"
        )
    if hit.expired:
        return "expired, but what was accepted before may still be submitted"
    return f"open; `--config expire=true` ends them, otherwise until {hit.expiration}"


def _in_doubt(client: Any, batch: Batch, hits: list[HitRecord], *, gone: bool) -> dict[str, str]:
    """Return, by id, why HITs stay whose work was perhaps paid: deleted, they show it no more."""
    doubtful = batch.outline().doubtful
    found = [hit for hit in hits if doubtful & {each["assignment_id"] for each in hit.assignments}]
    kept = [hit for hit in found if not gone or _is_known(client, hit)]
    why = "a payment was cut off; `snakemake approve` and `snakemake bonus` find out about it"
    return {hit.hit_id: why for hit in kept}


def folded(reasons: Mapping[str, str], whose: str = "") -> Iterator[str]:
    """Yield each reason once, with the HITs it is true of and the earliest time in it."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for reason in sorted(reasons.values()):
        by_reason[_TIME.sub("", reason)].append(reason)
    for kind, said in by_reason.items():
        hits = [hit_id for hit_id, reason in reasons.items() if _TIME.sub("", reason) == kind]
        yield f"left {counted(len(hits), 'HIT')}{whose} ({listed(hits)}): {said[0]}"


@dataclass(frozen=True)
class _Deleter:
    """What the threads that delete the HITs of one batch share."""

    client: Any
    batch: Batch
    intents: frozenset[str]
    gone: bool

    def delete(self, hit: HitRecord) -> tuple[str, str]:
        """Delete one HIT and write its receipt; return its id and why it was left, if it was."""
        self.batch.money.append({"event": "delete_intent", "hit_id": hit.hit_id})
        try:
            self.client.delete_hit(HITId=hit.hit_id)
        except ClientError as error:
            if not self._is_deleted(hit, error):
                return hit.hit_id, refusal(error)
        self.batch.money.append(
            {
                "event": "deleted",
                "key": hit.key,
                "hit_id": hit.hit_id,
                "assignments": len(hit.assignments),
                "assignments_sha256": fingerprint(hit.assignments),
            }
        )
        return hit.hit_id, ""

    def _is_deleted(self, hit: HitRecord, error: ClientError) -> bool:
        """Return whether the HIT was deleted before, in a call whose answer was lost.

        That the market does not know it proves nothing by itself: it may be another
        account's that our credentials do not see.
        """
        if code(error) == "InvalidHITState":
            return "'Disposed'" in error.response["Error"]["Message"]
        tries = error.response["ResponseMetadata"].get("RetryAttempts", 0)
        ours = self.gone or tries or hit.hit_id in self.intents
        return code(error) == "HITDoesNotExist" and bool(ours)


def _give_back(batch: Batch, spending: Spending, say: Say) -> None:
    """Release what deleted HITs can no longer cost."""
    deleted = [hit for hit in batch.read().hits.values() if hit.deleted]
    spending.settle([claim for hit in deleted for claim in _spent(batch.name, hit)], say)


def _spent(batch: str, hit: HitRecord) -> list[Claim]:
    """Return what a HIT has cost, as it was reserved: at its launch and when it was extended."""
    approved = sum(each["status"] == "Approved" for each in hit.assignments)
    launched = min(approved, int(hit.created["max_assignments"]))
    return [
        Claim(batch, hit.key, LAUNCH, hit.cost_each * launched),
        Claim(batch, hit.key, EXTEND, hit.cost_each * (approved - launched)),
    ]
