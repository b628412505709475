"""Rejecting work: by name or what is left of a batch, never much of it by mistake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch, Snapshot
from crowdmake.ledgers.snapshots import override_until
from crowdmake.messages import counted, listed
from crowdmake.reviewing.decision_lists import decisions_of, list_of, read_list
from crowdmake.reviewing.decisions import FEEDBACK, Decision, text_faults
from crowdmake.reviewing.review import decide

# More than one in so many is rejected only when the number is confirmed.
_SHARE = 10

Say = Callable[[str], None]


@dataclass(frozen=True)
class Orders:
    """What a rejection is told on the command line: nothing, by default."""

    reason: str = ""
    """The reason for what is named without one."""
    undecided: bool = False
    """Reject all that nobody has decided."""
    confirm: int | None = None
    """How many rejections are expected."""


def reject(client: Any, batch: Batch, orders: Orders, say: Say) -> int:
    """Reject what is named and nobody has decided; return how many.

    Raises:
        UserError: a file or the orders have faults, or the number is not confirmed; nothing
            is rejected then.
    """
    snapshot = batch.read()
    said = _said(batch.name, snapshot, orders)
    chosen = rejections(snapshot, said, orders)
    _check_confirmed(batch.name, snapshot, chosen, _done(snapshot, said, orders), orders)
    for line in [*_too_late(batch.name, snapshot, said), *_left(batch.name, snapshot, orders)]:
        say(line)
    try:
        return decide(client, batch, chosen, say)
    finally:
        _say_until(batch, chosen, say)


def _said(batch: str, snapshot: Snapshot, orders: Orders) -> dict[str, Decision]:
    """Return what the files decide, by assignment id.

    Raises:
        UserError: a file or the orders have faults; one line each.
    """
    UserError.collect(text_faults("--config reason", orders.reason, FEEDBACK))
    if orders.undecided and not orders.reason:
        raise UserError("--config undecided=true: reason missing; expected --config reason='…' too")
    meaning = Decision("Rejected", orders.reason) if orders.reason else None
    return decisions_of(batch, snapshot.assignments(), meaning)


def rejections(
    snapshot: Snapshot, said: Mapping[str, Decision], orders: Orders
) -> dict[str, Decision]:
    """Return what is to be rejected, of what is undecided; ``said`` is what the files decide."""
    undecided = dict.fromkeys(each["assignment_id"] for each in snapshot.undecided())
    meaning = Decision("Rejected", orders.reason)
    rest = dict.fromkeys(undecided, meaning) if orders.undecided else {}
    chosen = {name: each for name, each in (rest | dict(said)).items() if name in undecided}
    return {name: each for name, each in chosen.items() if each.decision == "Rejected"}


def _done(snapshot: Snapshot, said: Mapping[str, Decision], orders: Orders) -> int:
    """Return how many rejections of the same order stand: of a run that was cut off, it may be."""
    rejected = {
        name: event["feedback"]
        for name, event in snapshot.decisions.items()
        if event["decision"] == "Rejected"
    }
    named = {name for name, each in said.items() if each.decision == "Rejected"}
    alike = {name for name, reason in rejected.items() if reason == orders.reason}
    return len(rejected.keys() & (named | alike if orders.undecided else named))


def _check_confirmed(
    batch: str, snapshot: Snapshot, chosen: Mapping[str, Decision], done: int, orders: Orders
) -> None:
    """Refuse to reject much, or all for one reason, unless the number is confirmed.

    The number may be that of the whole order, of which so many are ``done``: the command that
    was cut off goes on when it is given again.
    """
    statuses = [each["status"] for each in snapshot.assignments().values()]
    before = statuses.count("Rejected")
    much = (len(chosen) + before) * _SHARE > len(statuses)
    alike = len(chosen) > 1 and len({each.feedback for each in chosen.values()}) == 1
    confirmed = orders.confirm in {len(chosen), len(chosen) + done}
    if not chosen or not (much or alike) or confirmed:
        return
    why = [f"more than one in {_SHARE}"] if much else []
    why += ["all for one reason"] if alike else []
    found = "" if orders.confirm is None else f"found confirm={orders.confirm}; "
    earlier = f", {before} were before" if before else ""
    raise UserError(
        f"{batch}: {counted(len(chosen), 'assignment')} of {len(statuses)} would be rejected"
        f"{earlier}: {' and '.join(why)}; {found}nothing was rejected: people lose pay and standing"
        f" by it; look again, then add `--config batch={batch} confirm={len(chosen)}`"
    )


def _too_late(batch: str, snapshot: Snapshot, said: Mapping[str, Decision]) -> list[str]:
    """Return what to say of work that is named to be rejected and was approved before."""
    saved = snapshot.assignments()
    named = [name for name, each in said.items() if each.decision == "Rejected"]
    late = [name for name in named if saved[name]["status"] == "Approved"]
    if not late:
        return []
    number = counted(len(late), "assignment")
    return [f"{batch}: {number} approved before, which cannot be undone: {listed(late)}"]


def _left(batch: str, snapshot: Snapshot, orders: Orders) -> list[str]:
    """Return what to say of a list that was left alone, since no reason was given."""
    if orders.reason:
        return []
    named = set(read_list(list_of(batch), snapshot.assignments()))
    open_ones = [each for each in snapshot.undecided() if each["assignment_id"] in named]
    if not open_ones:
        return []
    return [
        f"{batch}: {list_of(batch)} names {counted(len(open_ones), 'undecided assignment')};"
        " `--config reason='…'` rejects them"
    ]


def _say_until(batch: Batch, chosen: Mapping[str, Decision], say: Say) -> None:
    """Say until when each of the rejections ``chosen`` can be overridden."""
    saved = batch.read().assignments()
    rejected = [saved[name] for name in chosen if saved[name]["status"] == "Rejected"]
    if rejected:
        until = [f"{each['assignment_id']} until {override_until(each)}" for each in rejected]
        say(
            f"{batch.name}: can be overridden by a decision to approve and"
            f" `snakemake approve --config override=true`: {listed(until)}"
        )
