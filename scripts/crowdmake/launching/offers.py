"""Until when HITs are offered, and how many assignments they may be given; offline."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crowdmake import moments
from crowdmake.configuration.config import LOCAL
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch, HitRecord, Snapshot
from crowdmake.messages import counted, listed
from crowdmake.money.fees import MANY_ASSIGNMENTS
from crowdmake.money.spending import EXTEND, Claim


@dataclass(frozen=True)
class Addition:
    """A HIT and how many assignments it is to ask for in all."""

    hit: HitRecord
    target: int
    replaced: int
    """For how many rejected assignments another is then put up."""

    @property
    def cost(self) -> Decimal:
        """Return what is added to what the HIT may cost."""
        return self.hit.cost_each * (self.target - self.hit.wanted)

    def added(self, batch: str) -> Claim:
        """Return what is added to what the HIT may cost, as a claim."""
        return Claim(batch, self.hit.key, EXTEND, self.cost)


@dataclass(frozen=True)
class Replacements:
    """What rejections have left to do, HIT by HIT."""

    due: list[Addition]
    over: list[HitRecord]
    """HITs that are not offered any more."""
    full: list[HitRecord]
    """HITs that would reach the number that the market refuses."""


def extension_claim(batch: str, hit: HitRecord, target: int) -> Claim:
    """Return all that a HIT with ``target`` assignments may cost beyond what was launched."""
    amount = hit.cost_each * (target - int(hit.created["max_assignments"]))
    return Claim(batch, hit.key, EXTEND, amount)


def present(batch: Batch) -> datetime:
    """Return this moment; the embedded market's clock may be ahead of ours."""
    if batch.endpoint != LOCAL:
        return moments.now()
    saved = batch.read().assignments().values()
    return max([moments.now(), *(moments.read(each["submit_time"]) for each in saved)])


def is_over(hit: HitRecord, now: datetime) -> bool:
    """Return whether a HIT is not offered any more, whatever it still lacks."""
    return hit.expired or moments.read(hit.expiration) <= now


def crosses(hit: HitRecord, count: int) -> bool:
    """Return whether the market refuses to let the HIT ask for ``count`` assignments."""
    return hit.wanted < MANY_ASSIGNMENTS <= count


def to_count(snapshot: Snapshot, count: int, only: Collection[str]) -> list[Addition]:
    """Return the additions that let every HIT, or those of ``only``, ask for ``count``.

    Raises:
        UserError: the market allows it for none of some HITs, as their fee would change.
    """
    hits = [hit for hit in snapshot.hits.values() if not only or hit.hit_id in only]
    due = [hit for hit in hits if not hit.deleted and hit.wanted < count]
    few = [hit.hit_id for hit in due if crosses(hit, count)]
    if few:
        raise UserError(
            f"--config assignments: found {count}; {counted(len(few), 'HIT')} with fewer than"
            f" {MANY_ASSIGNMENTS} assignments ({listed(few)}) cannot be given {MANY_ASSIGNMENTS} or"
            " more, since the market's fee is another from there on"
            f" (InvalidMaximumAssignmentsIncrease); expected at most {MANY_ASSIGNMENTS - 1}, or put"
            " the rows up again as a new batch"
        )
    return [Addition(hit, count, hit.replaced) for hit in due]


def replacements(batch: Batch) -> Replacements:
    """Return what the batch's rejections have left to do: one more assignment for each."""
    now = present(batch)
    hits = [hit for hit in batch.read().hits.values() if hit.to_replace]
    found = Replacements([], [], [])
    for hit in hits:
        target = hit.wanted + hit.to_replace
        if is_over(hit, now):
            found.over.append(hit)
        elif crosses(hit, target):
            found.full.append(hit)
        else:
            found.due.append(Addition(hit, target, hit.replaced + hit.to_replace))
    return found
