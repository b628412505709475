"""What targets other than the launch of new rows would cost, in words; offline."""

from collections.abc import Iterable

from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.launching.offers import Addition, to_count
from crowdmake.ledgers.batches import Batch
from crowdmake.messages import counted, usd
from crowdmake.money.fees import bonus_sentence
from crowdmake.money.spending import NOTHING
from crowdmake.reviewing.bonus_lines import Bonus, read_bonuses
from crowdmake.reviewing.decisions import path_of


def due_bonuses(configuration: Configuration, batch: str) -> list[Bonus]:
    """Return the bonuses of the batch's decisions file that are not paid yet.

    Raises:
        UserError: the file has faults; one line each.
    """
    if not path_of(batch).exists():
        return []  # before the ledgers of a thousand batches are read
    ledgers = Batch(batch, configuration.endpoint)
    wanted = read_bonuses(path_of(batch), ledgers.read().assignments())
    paid = ledgers.bonuses()
    return [bonus for bonus in wanted if bonus.name not in paid]


def bonuses(configuration: Configuration, batch: str) -> str:
    """Return what paying the batch's bonuses would cost."""
    try:
        due = due_bonuses(configuration, batch)
    except UserError as error:
        return f"cost unknown, {counted(len(error.lines), 'fault')} in {path_of(batch)}"
    paid = len(Batch(batch, configuration.endpoint).bonuses())
    return bonus_sentence([bonus.amount for bonus in due], configuration.fees, paid)


def additions(configuration: Configuration, batch: str) -> list[Addition]:
    """Return the assignments that the command line orders for the batch's HITs.

    Raises:
        UserError: the market allows it for none of some HITs.
    """
    count = configuration.orders("extend").get("assignments")
    if not count:
        return []
    return to_count(Batch(batch, configuration.endpoint).read(), count, configuration.hit_ids)


def extension(configuration: Configuration, batch: str) -> str:
    """Return what the ordered assignments of the batch's HITs would cost."""
    try:
        ordered = additions(configuration, batch)
    except UserError:
        return "cost unknown, the order cannot be carried out"
    return added(ordered)


def added(additions: Iterable[Addition]) -> str:
    """Return what more assignments of HITs would cost."""
    ordered = list(additions)
    number = sum(each.target - each.hit.wanted for each in ordered)
    total = sum((each.cost for each in ordered), NOTHING)
    return f"{counted(number, 'assignment')} more of {counted(len(ordered), 'HIT')}, {usd(total)}"


def replaced(additions: Iterable[Addition]) -> str:
    """Return what putting up rejected assignments again would cost."""
    ordered = list(additions)
    number = sum(each.target - each.hit.wanted for each in ordered)
    total = sum((each.cost for each in ordered), NOTHING)
    return f"{counted(number, 'rejected assignment')} put up again, {usd(total)}"
