"""Bonuses as the decisions file orders them: which, and what each costs. Offline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from crowdmake.configuration.properties import amount
from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import shown
from crowdmake.money.fees import bonus_fee
from crowdmake.money.spending import BONUS, Claim
from crowdmake.reviewing.decisions import BONUS_COLUMNS, lines_of, surplus, text_faults

# Where the file names no bonus_purpose.
_DEFAULT_PURPOSE = "bonus"
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_SendBonusOperation.html
_REASON = 4096
_PURPOSE = 64


@dataclass(frozen=True)
class Bonus:
    """What a worker is to get on top of the reward; ``amount`` is in US dollars."""

    assignment_id: str
    purpose: str
    amount: Decimal
    reason: str

    @property
    def name(self) -> tuple[str, str]:
        """Return what can be paid once."""
        return self.assignment_id, self.purpose


def bonus_claim(batch: str, bonus: Bonus, fees: str | float) -> Claim:
    """Return what a bonus of the batch costs with its fee; ``fees`` as in ``market.fees``."""
    cost = bonus.amount + bonus_fee(bonus.amount, fees)
    return Claim(batch, bonus.assignment_id, f"{BONUS}/{bonus.purpose}", cost)


def read_bonuses(path: Path, assignments: Mapping[str, Event]) -> list[Bonus]:
    """Return the bonuses of ``path``; none where it does not exist or has no such column.

    Raises:
        UserError: the file has faults; one line each.
    """
    found: dict[tuple[str, str], Bonus] = {}
    errors: list[str] = []
    for number, line in lines_of(path):
        faults = (*surplus(line), *_read(line, found, assignments))
        errors += [f"{path}:{number}: {fault}" for fault in faults]
    UserError.collect(errors)
    return list(found.values())


def _read(
    line: Mapping[str, str | None],
    found: dict[tuple[str, str], Bonus],
    assignments: Mapping[str, Event],
) -> Iterator[str]:
    """Add the bonus of one line to ``found``; yield its faults."""
    assignment_id, sum_, reason, purpose = ((line.get(x) or "").strip() for x in BONUS_COLUMNS)
    paid = amount(sum_) if sum_ else Decimal(0)
    if paid is None:
        yield f"bonus: found {shown(sum_)}; expected US dollars with at most two decimals"
    if not paid:
        return
    bonus = Bonus(assignment_id, purpose or _DEFAULT_PURPOSE, paid, reason)
    if found.setdefault(bonus.name, bonus) != bonus:
        yield (
            f"assignment_id: {shown(assignment_id)} stands twice with different bonuses for"
            f" {shown(bonus.purpose)}; expected one bonus for each bonus_purpose"
        )
    yield from _faults(bonus, assignments)


def _faults(bonus: Bonus, assignments: Mapping[str, Event]) -> Iterator[str]:
    name = bonus.assignment_id
    if name not in assignments:
        yield f"assignment_id: found {shown(name)}; expected one of this batch's results"
    elif (status := assignments[name]["status"]) != "Approved":
        yield (
            f"assignment_id: {shown(name)} is {status.lower()}; expected an approved one:"
            " `snakemake approve` comes before `snakemake bonus`"
        )
    if not bonus.reason:
        yield "bonus_reason: missing; expected a reason that the worker is told"
    yield from text_faults("bonus_reason", bonus.reason, _REASON)
    yield from text_faults("bonus_purpose", bonus.purpose, _PURPOSE)
