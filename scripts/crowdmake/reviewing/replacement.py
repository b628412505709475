"""Putting rejected assignments up again: one more assignment of the HIT for each."""

from crowdmake.launching.extension import Extender, add
from crowdmake.launching.offers import replacements
from crowdmake.ledgers.batches import HitRecord
from crowdmake.messages import counted, listed


def replace_rejected(extender: Extender) -> int:
    """Put up what rejections of the batch have left to do; return for how many HITs.

    Raises:
        UserError: the budget does not hold it (nothing is put up then), or the market refused
            some.
    """
    found = replacements(extender.batch)
    _say_left(
        extender, found.over, "expired; `snakemake extend --config hours=24` offers them again"
    )
    _say_left(extender, found.full, "would ask for ten, which the market does not allow")
    return add(extender, found.due)


def _say_left(extender: Extender, hits: list[HitRecord], why: str) -> None:
    if hits:
        rejected = counted(sum(hit.to_replace for hit in hits), "rejected assignment")
        ids = listed(hit.hit_id for hit in hits)
        extender.say(f"{extender.batch.name}: {rejected} not put up again ({ids}): {why}")
