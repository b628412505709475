"""Paying bonuses, each assignment and purpose once.

Before the call an intent is in the ledger, after it the receipt. Within the 24 hours of the
call's token a repeat is harmless; after that ListBonusPayments tells what was paid
(docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ListBonusPaymentsOperation.html).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from crowdmake.calls import in_flight, pages
from crowdmake.client import code, did_nothing, is_refusal, is_repeated, refusal
from crowdmake.configuration.config import LOCAL
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.intents import BONUS as KIND
from crowdmake.ledgers.intents import forgotten, unsettled
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import listed, usd
from crowdmake.money.fees import bonus_fee
from crowdmake.money.spending import BONUS, NOTHING, Claim, Spending
from crowdmake.money.tokens import token
from crowdmake.reviewing.bonus_lines import Bonus, bonus_claim

Say = Callable[[str], None]
Name = tuple[str, ...]


@dataclass(frozen=True)
class Payer:
    """Who pays, under what terms, out of what budget."""

    client: Any
    batch: Batch
    experiment_id: str
    fees: str | float
    spending: Spending
    say: Say
    gone: bool = False
    """Take payments that the market does not show as made."""

    def claim(self, bonus: Bonus) -> Claim:
        """Return what a bonus costs with its fee."""
        return bonus_claim(self.batch.name, bonus, self.fees)

    def kept(self, event: Event) -> Claim:
        """Return what a payment that was made, or perhaps made, has cost."""
        cost = Decimal(event["amount"]) + Decimal(event["fee"])
        return replace(self.claim(_bonus(event)), amount=cost)


def pay(payer: Payer, wanted: Iterable[Bonus]) -> int:
    """Pay those of ``wanted`` that are not paid yet and return how many there were.

    Raises:
        UserError: the budget does not hold them (nothing is paid then), or the market refused
            some; what was paid before has its receipt.
    """
    bonuses = list(wanted)
    held = _settle(payer, {bonus.name for bonus in bonuses})
    paid = payer.batch.bonuses()
    _say_changed(payer, bonuses, paid)
    intents = unsettled(payer.batch.money.read(), KIND)
    spent = [payer.kept(event) for event in (*intents.values(), *paid.values())]
    payer.spending.keep(payer.batch.name, BONUS, spent, payer.say)
    due = [_as_begun(bonus, intents) for bonus in bonuses if bonus.name not in paid.keys() | held]
    if not due:
        return 0
    payer.spending.reserve(map(payer.claim, due), payer.say)
    workers = {key: each["worker_id"] for key, each in payer.batch.read().assignments().items()}
    payment = _Payment(payer, workers, intents)
    UserError.collect(sorted(line for line in in_flight(payment.pay, due) if line))
    return len(due)


def _as_begun(bonus: Bonus, intents: Mapping[Name, Event]) -> Bonus:
    """Return the bonus as its interrupted call had it, whatever the file says since."""
    begun = intents.get(bonus.name)
    return bonus if begun is None else _bonus(begun)


def _bonus(event: Event) -> Bonus:
    names = ("assignment_id", "purpose", "reason")
    assignment_id, purpose, reason = (str(event[name]) for name in names)
    return Bonus(assignment_id, purpose, Decimal(event["amount"]), reason)


def _say_changed(payer: Payer, bonuses: Iterable[Bonus], paid: Mapping[Name, Event]) -> None:
    """Say which bonuses have another amount in the file than was paid: they stay as paid."""
    changed = [
        f"{each.assignment_id} ({usd(Decimal(paid[each.name]['amount']))})"
        for each in bonuses
        if each.name in paid and Decimal(paid[each.name]["amount"]) != each.amount
    ]
    if changed:
        payer.say(
            f"{payer.batch.name}: paid with another amount before, left so: {listed(changed)};"
            " another bonus_purpose pays more"
        )


def _receipt(bonus: Bonus, fees: str | float) -> Event:
    return {
        "event": "bonus_paid",
        "assignment_id": bonus.assignment_id,
        "purpose": bonus.purpose,
        "amount": f"{bonus.amount:.2f}",
        "fee": f"{bonus_fee(bonus.amount, fees):.2f}",
        "reason": bonus.reason,
    }


def _settle(payer: Payer, repeated: Collection[Name]) -> set[Name]:
    """Learn from the market's list what became of calls that were cut off.

    ``repeated`` holds the names of the calls that are about to be made again: those with a
    token that the market remembers need not be looked up. Returns the names of payments that
    must not be made again, since the market does not show what became of them.
    """
    held: set[Name] = set()
    for name, intent in unsettled(payer.batch.money.read(), KIND).items():
        # The embedded market's clock may be ahead of ours, so its tokens may be gone sooner.
        stale = payer.batch.endpoint == LOCAL or forgotten(intent)
        if not stale and name in repeated:
            continue
        bonus = _bonus(intent)
        found = _is_listed(payer, bonus)
        if found or (found is None and payer.gone):
            payer.batch.money.append(_receipt(bonus, payer.fees))
        elif found is None:
            held.add(name)
            payer.say(_unclear(payer.batch.name, bonus))
        elif stale and name not in repeated:
            _refuse(payer, bonus)
    return held


def _is_listed(payer: Payer, bonus: Bonus) -> bool | None:
    """Return whether the market lists the payment; None where it cannot tell."""
    try:
        listing = pages(payer.client.list_bonus_payments, AssignmentId=bonus.assignment_id)
        payments = [each for page in listing for each in page["BonusPayments"]]
    except ClientError as error:
        if code(error) != "AssignmentDoesNotExist":
            raise
        return None
    found = Counter((Decimal(each["BonusAmount"]), each.get("Reason")) for each in payments)
    known = [_bonus(event) for event in payer.batch.bonuses().values()]
    mine = [each for each in known if each.assignment_id == bonus.assignment_id]
    found.subtract((each.amount, each.reason) for each in mine)
    if found[bonus.amount, bonus.reason] > 0:
        return True
    others = sum(number for (amount, _), number in found.items() if amount == bonus.amount)
    return None if others > 0 else False


def _unclear(batch: str, bonus: Bonus) -> str:
    return (
        f"{batch}: whether {usd(bonus.amount)} were paid for assignment {bonus.assignment_id}"
        " before a crash, the market does not show (other credentials, or another payment of that"
        " amount?); it is not paid again: `--config gone=true` takes it as paid, another"
        " bonus_purpose pays it"
    )


def _refuse(payer: Payer, bonus: Bonus) -> None:
    """Note that a bonus was certainly not paid, and give its money back."""
    assignment_id, purpose = bonus.name
    refused = {"assignment_id": assignment_id, "purpose": purpose}
    payer.batch.money.append({"event": "bonus_refused"} | refused)
    payer.spending.settle([replace(payer.claim(bonus), amount=NOTHING)], payer.say)


@dataclass(frozen=True)
class _Payment:
    """What the threads that pay the bonuses of one batch share."""

    payer: Payer
    workers: Mapping[str, str]
    intents: Mapping[Name, Event]

    def pay(self, bonus: Bonus) -> str | None:
        """Pay one bonus; return why the market refused it, or None where it is paid."""
        intent = self.intents.get(bonus.name) or self._intend(bonus)
        try:
            self.payer.client.send_bonus(
                WorkerId=self.workers[bonus.assignment_id],
                AssignmentId=bonus.assignment_id,
                BonusAmount=f"{bonus.amount:.2f}",
                Reason=bonus.reason,
                UniqueRequestToken=intent["token"],
            )
        except ClientError as error:
            if not is_repeated(error):
                return self._refused(bonus, error)
            if not _is_listed(self.payer, bonus):
                return f"{self._place(bonus)}: said to be paid, but not listed yet; run it again"
        self.payer.batch.money.append(_receipt(bonus, self.payer.fees))
        return None

    def _intend(self, bonus: Bonus) -> Event:
        """Return the intent of a first call, written."""
        batch, purpose = self.payer.batch, f"{BONUS}/{bonus.purpose}"
        intent = _receipt(bonus, self.payer.fees) | {
            "event": "bonus_intent",
            "token": token(self.payer.experiment_id, batch, bonus.assignment_id, purpose),
        }
        batch.money.append(intent)
        return intent

    def _refused(self, bonus: Bonus, error: ClientError) -> str:
        """Return why the market refused a bonus, and note it where nothing can have been paid."""
        if not is_refusal(error):
            raise error
        if did_nothing(error) and bonus.name not in self.intents:
            _refuse(self.payer, bonus)
        reason = f"{self._place(bonus)}: {refusal(error)}"
        if code(error) == "InsufficientFunds":
            raise UserError(reason) from error
        return reason

    def _place(self, bonus: Bonus) -> str:
        return f"bonus for assignment {bonus.assignment_id} of batch {self.payer.batch.name}"
