"""Which rejections are overridden: what a person orders by name, and what was cut off.

Source: docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/ApproveRejectWork.html
"""

from collections.abc import Callable, Mapping

from crowdmake import moments
from crowdmake.ledgers.batches import Batch, Snapshot
from crowdmake.ledgers.intents import OVERRIDE, unsettled
from crowdmake.ledgers.ledger import Event
from crowdmake.ledgers.snapshots import override_until
from crowdmake.messages import counted, listed
from crowdmake.reviewing.decisions import Decision

Say = Callable[[str], None]


def overridden(
    batch: Batch, snapshot: Snapshot, said: Mapping[str, Decision], say: Say, *, ordered: bool
) -> dict[str, Decision]:
    """Return the rejections to override: what was cut off, and where ``ordered`` what is named.

    ``said`` holds what is named, by assignment id. What is named in vain is said.
    """
    begun = {name: intent for (name,), intent in unsettled(batch.money.read(), OVERRIDE).items()}
    rejected = _rejected(snapshot)
    named = [name for name, decision in said.items() if decision.decision == "Approved"]
    waiting = [name for name in named if name in rejected and name not in begun]
    now = moments.now()
    late = [name for name in waiting if moments.read(override_until(rejected[name])) < now]
    due = [name for name in waiting if name not in late]
    if late:
        say(
            f"{batch.name}: {counted(len(late), 'assignment')} submitted more than 30 days ago,"
            f" a rejection stands from then on: {listed(late)}"
        )
    if due and not ordered:
        until = [f"{name} until {override_until(rejected[name])}" for name in due]
        say(
            f"{batch.name}: rejected before and now to be approved:"
            f" {counted(len(due), 'assignment')}; `--config override=true` does so and pays:"
            f" {listed(until)}"
        )
    feedback = {name: said[name].feedback for name in due} if ordered else {}
    feedback |= {name: str(begun[name]["feedback"]) for name in begun.keys() & rejected.keys()}
    return {name: Decision("Approved", text, override=True) for name, text in feedback.items()}


def _rejected(snapshot: Snapshot) -> dict[str, Event]:
    """Return the rejected assignments that the market still has, by id."""
    hits = [hit for hit in snapshot.hits.values() if not hit.deleted]
    found = [each for hit in hits for each in hit.assignments if each["status"] == "Rejected"]
    return {each["assignment_id"]: each for each in found}
