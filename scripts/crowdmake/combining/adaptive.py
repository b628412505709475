"""More assignments where the answer is still unsure.

The stop rule. A HIT begins with `combine.start` assignments. Once all that it asked for are
submitted, each of its questions is decided where the leading answer is right with probability
`combine.confidence` (see `certainty`), or where the assignments that it may still be given
could not bring another answer level. A HIT with an undecided question is given as many more as
the least sure of them needs if all agree with its leading answer, never more than
`combine.max_assignments` in all, and below ten where it began below ten (see
`settings.Adaptive`). Rejected answers are no votes, and what replaced them counts apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crowdmake.combining.certainty import Certainty
from crowdmake.combining.records import BatchAnswers
from crowdmake.combining.settings import Adaptive, Settings
from crowdmake.combining.tallies import Tally
from crowdmake.launching.offers import Addition, is_over
from crowdmake.ledgers.snapshots import HitRecord, Snapshot
from crowdmake.messages import counted, usd
from crowdmake.money.spending import NOTHING


@dataclass(frozen=True)
class Unsure:
    """The HITs of a batch whose answer is not sure enough yet."""

    due: list[Addition]
    """Those that are to be given more assignments, and can be paid for."""
    unpaid: list[HitRecord]
    """Those for which the budget holds no more."""
    over: list[HitRecord]
    """Those that are not offered any more."""


def unsure(snapshot: Snapshot, settings: Settings, now: datetime, room: Decimal | None) -> Unsure:
    """Return what is to be put up now, the HITs that need least first.

    ``room`` is what the budget still holds in US dollars, None for any amount. A HIT that is
    open or deleted is left as it is.
    """
    adaptive = settings.adaptive
    if adaptive is None:
        return Unsure([], [], [])
    answers = BatchAnswers(snapshot, settings)
    models = {each.key: answers.certainty(each) for each in answers.questions}
    wanted: list[tuple[int, HitRecord]] = []
    over = []
    for key, own in answers.hits.items():
        if not isinstance(own.hit, HitRecord) or not own.hit.closed or own.hit.deleted:
            continue
        more = _more(own.hit, answers.tallies[key], models, adaptive)
        if more and is_over(own.hit, now):
            over.append(own.hit)
        elif more:
            wanted.append((more, own.hit))
    wanted.sort(key=lambda each: each[0])
    additions = [Addition(hit, hit.wanted + more, hit.replaced) for more, hit in wanted]
    paid = _affordable(additions, room)
    return Unsure(additions[:paid], [each.hit for each in additions[paid:]], over)


def lines(batch: str, found: Unsure) -> list[str]:
    """Return what a run says of HITs that stay unsure."""
    said = []
    if found.unpaid:
        said.append(
            f"{batch}: {counted(len(found.unpaid), 'HIT')} unsure, and left so: budget.max_usd"
            " holds no more assignments"
        )
    if found.over:
        said.append(
            f"{batch}: {counted(len(found.over), 'HIT')} unsure, and not offered any more:"
            " `snakemake extend --config hours=24` offers them again"
        )
    return said


def saved(snapshot: Snapshot, adaptive: Adaptive, most: Decimal) -> dict[str, int | str]:
    """Return what was not asked for, beside asking every HIT for all at once.

    ``most`` is what a HIT with ``adaptive.limit`` assignments costs, in US dollars.
    """
    hits = list(snapshot.hits.values())
    asked = sum(hit.wanted for hit in hits)
    cost = sum((hit.cost_each * hit.wanted for hit in hits), NOTHING)
    return {
        "confidence": str(adaptive.confidence),
        "most": adaptive.most,
        "assignments_asked": asked,
        "assignments_always": adaptive.limit * len(hits),
        "saved_usd": f"{most * len(hits) - cost:.2f}",
    }


def savings_line(
    batch: str, numbers: Mapping[str, int | str], adaptive: Adaptive, *, waiting: bool
) -> str:
    """Return the savings in words; ``waiting`` says whether more may be asked for."""
    below = adaptive.limit - adaptive.most
    asked, always = numbers["assignments_asked"], numbers["assignments_always"]
    money = usd(Decimal(numbers["saved_usd"]))
    money += " so far" * waiting
    tier = f"; each stays at {adaptive.most}, below the higher fee" * bool(below)
    return f"{batch}: asked for {asked} assignments instead of {always}, saved {money}{tier}"


def _more(
    hit: HitRecord,
    tallies: Mapping[str, Tally],
    models: Mapping[str, Certainty],
    adaptive: Adaptive,
) -> int:
    room = adaptive.most - (hit.wanted - hit.replaced)
    needed = [
        models[key].missing(votes, adaptive.confidence, room)
        for key, each in tallies.items()
        for votes in each.decisions()
    ]
    return max(needed, default=0)


def _affordable(additions: list[Addition], room: Decimal | None) -> int:
    """Return how many of ``additions``, from the first on, ``room`` pays for."""
    if room is None:
        return len(additions)
    for number, each in enumerate(additions):
        room -= each.cost
        if room < 0:
            return number
    return len(additions)
