"""What a worker earned: approved rewards and bonuses, and what is not decided yet.

A reward counts on the day of its approval, a bonus on the day of its payment; days are UTC's.
"""

from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, NamedTuple

from django.db.models import Count, DateField, F, Min, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Trunc

from crowdmake.market.models import APPROVED, REJECTED, SUBMITTED, Assignment, Bonus, Worker

DAY, WEEK, MONTH, ALL = "day", "week", "month", "requester"
# A week begins on Monday.
PERIODS = {DAY: "Day", WEEK: "Week", MONTH: "Month", ALL: "Requester, all time"}

_REWARD = "hit__hit_type__reward_cents"


class Amount(NamedTuple):
    """So many assignments or bonuses, and their sum."""

    number: int
    cents: int


NOTHING = Amount(0, 0)


@dataclass(frozen=True)
class Earned:
    """What one requester paid in the period that begins on a day, None for all time."""

    begins: date | None
    requester: str
    rewards: Amount
    bonuses: Amount

    @property
    def cents(self) -> int:
        """Rewards and bonuses together."""
        return self.rewards.cents + self.bonuses.cents


@dataclass(frozen=True)
class Totals:
    """All that a worker's work has come to."""

    rewards: Amount
    bonuses: Amount
    waiting: Amount
    """Submitted, and not decided yet."""
    rejected: Amount

    @property
    def cents(self) -> int:
        """What was earned."""
        return self.rewards.cents + self.bonuses.cents


def totals(worker: Worker) -> Totals:
    """Return what the worker's work has come to."""
    decided = {
        status: Amount(number, cents)
        for status, number, cents in Assignment.objects.filter(worker=worker)
        .order_by()
        .values("status")
        .annotate(number=Count("pk"), cents=Sum(_REWARD))
        .values_list("status", "number", "cents")
    }
    paid = _bonuses(worker).aggregate(number=Count("pk"), cents=Sum("amount_cents", default=0))
    return Totals(
        rewards=decided.get(APPROVED, NOTHING),
        bonuses=Amount(**paid),
        waiting=decided.get(SUBMITTED, NOTHING),
        rejected=decided.get(REJECTED, NOTHING),
    )


def next_approval(worker: Worker) -> Any:
    """Return when submitted work of the worker is next approved by itself; None without any."""
    waiting = Assignment.objects.filter(worker=worker, status=SUBMITTED)
    return waiting.aggregate(next=Min("auto_approval_time"))["next"]


def earned(worker: Worker, period: str) -> list[Earned]:
    """Return what the worker earned in each ``period`` (see PERIODS) from each requester.

    The newest period stands first, requesters in the order of their names.
    """
    approved = Assignment.objects.filter(worker=worker, status=APPROVED)
    rewards = _sums(approved, _begin(period, "approval_time"), "hit__requester__name", _REWARD)
    bonuses = _sums(
        _bonuses(worker), _begin(period, "grant_time"), "requester__name", "amount_cents"
    )
    keys = sorted(rewards.keys() | bonuses.keys(), key=lambda key: key[1])
    keys.sort(key=lambda key: key[0] or date.min, reverse=True)
    return [Earned(*key, rewards.get(key, NOTHING), bonuses.get(key, NOTHING)) for key in keys]


def _bonuses(worker: Worker) -> "QuerySet[Bonus]":
    return Bonus.objects.filter(assignment__worker=worker)


def _begin(period: str, moment: str) -> Combinable:
    """Return the first day of the period in which a row's ``moment`` lies."""
    if period == ALL:
        return Value(None, output_field=DateField())
    return Trunc(moment, period, output_field=DateField(), tzinfo=UTC)


def _sums(
    rows: "QuerySet[Assignment] | QuerySet[Bonus]", begins: Combinable, name: str, cents: str
) -> dict[tuple[date | None, str], Amount]:
    """Return number and sum of the rows of each period and requester."""
    groups = rows.order_by().values(begins=begins, name=F(name))
    summed = groups.annotate(number=Count("pk"), cents=Sum(cents))
    return {
        (each["begins"], each["name"]): Amount(each["number"], each["cents"]) for each in summed
    }
