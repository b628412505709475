"""Putting up more assignments of HITs that are there already, each addition once.

Before the call an intent with the target count is in the ledger, after it the receipt. What
became of a call that was cut off, the HIT's MaxAssignments tells
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateAdditionalAssignmentsForHITOperation.html).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crowdmake import moments
from crowdmake.calls import in_flight
from crowdmake.client import code, did_nothing, is_refusal, is_repeated, refusal
from crowdmake.configuration.config import LOCAL
from crowdmake.exceptions import UserError
from crowdmake.launching.expiry import prolong, until
from crowdmake.launching.offers import Addition, extension_claim, is_over, present, to_count
from crowdmake.ledgers.batches import Batch, HitRecord
from crowdmake.ledgers.intents import EXTEND as KIND
from crowdmake.ledgers.intents import forgotten, unsettled
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import counted
from crowdmake.money.spending import EXTEND, Claim, Spending
from crowdmake.money.tokens import token

Say = Callable[[str], None]


@dataclass(frozen=True)
class Extender:
    """Who extends, and out of what budget."""

    client: Any
    batch: Batch
    experiment_id: str
    spending: Spending
    say: Say

    def claim(self, hit: HitRecord, target: int) -> Claim:
        """Return all that the HIT may cost beyond what was launched."""
        return extension_claim(self.batch.name, hit, target)


def extend(extender: Extender, orders: Mapping[str, Any], only: Collection[str]) -> list[str]:
    """Carry out ``orders`` (assignments, hours, expires) and what was cut off; say what was done.

    ``only`` limits the orders to these HIT ids, unless it is empty.

    Raises:
        UserError: nothing was ordered, the orders have faults, the money does not suffice
            (nothing is done then), or the market refused some.
    """
    batch = extender.batch
    moment = until(batch, orders)
    count = orders.get("assignments")
    if not orders and batch.outline().done("extend"):
        raise UserError(
            "extend: nothing ordered; expected `--config assignments=5` (how many each HIT asks"
            " for in all), `hours=24` (from now) or `expires=2026-12-01T18:00Z`"
        )
    lines = [f"extended {counted(_add(extender, count, only), 'HIT')}"]
    hits = [hit for hit in batch.read().hits.values() if not only or hit.hit_id in only]
    if moment:
        number = prolong(extender.client, batch, hits, moment, extender.say)
        return [*lines, f"offered until {moments.written(moment)}: {counted(number, 'HIT')}"]
    now = present(batch)
    over = [hit for hit in hits if hit.extended and not hit.closed and is_over(hit, now)]
    if over:
        more = "`--config hours=24` offers them again"
        lines.append(f"{counted(len(over), 'extended HIT')} expired before; {more}")
    return lines


def _add(extender: Extender, count: int | None, only: Collection[str]) -> int:
    return add(extender, to_count(extender.batch.read(), count, only) if count else [])


def add(extender: Extender, additions: Iterable[Addition]) -> int:
    """Carry out ``additions`` and what was cut off before, and return how many there were.

    Raises:
        UserError: the budget does not hold them (nothing is added then), or the market refused
            some; what was added before has its receipt.
    """
    unclear = settle(extender.client, extender.batch, extender.spending, extender.say)
    hits = extender.batch.read().by_hit_id()
    begun = [
        Addition(hits[hit_id], int(intent["max_assignments"]), int(intent["replaced"]))
        for hit_id, intent in unclear.items()
    ]
    wanted = [Addition(hits[each.hit.hit_id], each.target, each.replaced) for each in additions]
    open_intents = unsettled(extender.batch.money.read(), KIND)
    new = [x for x in wanted if (x.hit.hit_id,) not in open_intents and x.hit.wanted < x.target]
    _free(extender, hits.values(), open_intents)
    if not begun and not new:
        return 0
    due = [*begun, *new]
    extender.spending.reserve((extender.claim(each.hit, each.target) for each in due), extender.say)
    call = _Call(extender, unclear)
    UserError.collect(sorted(line for line in in_flight(call.add, due) if line))
    return len(due)


def settle(client: Any, batch: Batch, spending: Spending, say: Say) -> dict[str, Event]:
    """Learn from the market what became of calls that were cut off; this adds nothing.

    Returns the intents, by HIT, of which the market does not show yet what became.
    """
    unclear: dict[str, Event] = {}
    hits = batch.read().by_hit_id()
    for (hit_id,), intent in unsettled(batch.money.read(), KIND).items():
        found = _max_assignments(client, hit_id)
        if found is not None and found >= int(intent["max_assignments"]):
            batch.money.append(_receipt(intent, "extended"))
        elif found is not None and (batch.endpoint == LOCAL or forgotten(intent)):
            # The embedded market shows what is; a far one shows it after so long.
            _refuse(batch, spending, hits[hit_id], say)
        elif found is not None:
            unclear[hit_id] = intent
        else:
            say(
                f"{batch.name}: whether HIT {hit_id} was extended before a crash, the market does"
                " not show: are these other credentials?"
            )
    return unclear


def _free(
    extender: Extender, hits: Iterable[HitRecord], begun: Mapping[tuple[str, ...], Event]
) -> None:
    """Give back what was reserved for additions of which no call was ever begun."""
    claims = [
        extender.claim(hit, int(begun.get((hit.hit_id,), {}).get("max_assignments", hit.wanted)))
        for hit in hits
        if not hit.deleted
    ]
    extender.spending.settle(claims, extender.say)


def _max_assignments(client: Any, hit_id: str) -> int | None:
    """Return how many assignments the HIT asks for; None where the market knows no such HIT."""
    try:
        return int(client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"])
    except ClientError as error:
        if code(error) != "HITDoesNotExist":
            raise
        return None


def _receipt(intent: Event, kind: str) -> Event:
    names = ("hit_id", "key", "max_assignments", "replaced")
    return {"event": kind} | {name: intent[name] for name in names}


def _refuse(batch: Batch, spending: Spending, hit: HitRecord, say: Say) -> None:
    """Note that nothing was added to a HIT, and give back what was reserved for it."""
    batch.money.append({"event": "extend_refused", "hit_id": hit.hit_id})
    spending.settle([extension_claim(batch.name, hit, hit.wanted)], say)


@dataclass(frozen=True)
class _Call:
    """What the threads that extend the HITs of one batch share."""

    extender: Extender
    begun: dict[str, Event]

    def add(self, addition: Addition) -> str | None:
        """Extend one HIT; return why the market refused it, or None where it is done."""
        hit, extender = addition.hit, self.extender
        intent = self.begun.get(hit.hit_id) or self._intend(addition)
        try:
            extender.client.create_additional_assignments_for_hit(
                HITId=hit.hit_id,
                NumberOfAdditionalAssignments=addition.target - hit.wanted,
                UniqueRequestToken=intent["token"],
            )
        except ClientError as error:
            if not is_repeated(error):
                return self._refused(addition, error)
            if (_max_assignments(extender.client, hit.hit_id) or 0) < addition.target:
                return f"{self._place(hit)}: said to be extended, but not shown yet; run it again"
        extender.batch.money.append(_receipt(intent, "extended"))
        return None

    def _intend(self, addition: Addition) -> Event:
        """Return the intent of a first call, written."""
        hit, batch = addition.hit, self.extender.batch
        purpose = f"{EXTEND}/{addition.target}"
        intent: Event = {
            "event": "extend_intent",
            "hit_id": hit.hit_id,
            "key": hit.key,
            "max_assignments": addition.target,
            "replaced": addition.replaced,
            "token": token(self.extender.experiment_id, batch, hit.key, purpose),
        }
        batch.money.append(intent)
        return intent

    def _refused(self, addition: Addition, error: ClientError) -> str:
        """Return why the market refused, and note it where nothing can have been added."""
        hit, extender = addition.hit, self.extender
        if not is_refusal(error):
            raise error
        if did_nothing(error) and hit.hit_id not in self.begun:
            _refuse(extender.batch, extender.spending, hit, extender.say)
        reason = f"{self._place(hit)}: {refusal(error)}"
        if code(error) == "InsufficientFunds":
            raise UserError(reason) from error
        return reason

    def _place(self, hit: HitRecord) -> str:
        return f"HIT {hit.hit_id} of batch {self.extender.batch.name}"
