"""The market's own clock: it can be moved forward, and never runs behind the wall clock."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import QuerySet, Subquery

from crowdmake.market.models import HIT, Assignment, Clock
from crowdmake.market.prepared import Select, Update, given

ROW = 1


class Reading(NamedTuple):
    """The market's time, and whether anything is due by then."""

    now: datetime
    due: bool


def _with_next() -> "QuerySet[Clock]":
    """Return the clock with the moments at which something will happen next."""
    expiring = HIT.objects.filter(on_market=True).order_by("expiration").values("expiration")
    work = Assignment.objects.filter(due_at__isnull=False).order_by("due_at").values("due_at")
    return Clock.objects.filter(pk=ROW).annotate(
        next_expiration=Subquery(expiring[:1]), next_change=Subquery(work[:1])
    )


def _behind() -> "QuerySet[Clock]":
    return Clock.objects.filter(pk=ROW, moved_to__lt=given(Clock, "moved_to"))


_CLOCK = Select(_with_next)
_MOVE = Update(_behind, moved_to=given(Clock, "moved_to"))


def read() -> Reading:
    """Return the wall clock's time, or where the clock was moved to if that is later."""
    wall = datetime.now(UTC)
    row = _CLOCK.first()
    if row is None:
        raise LookupError("the market has no clock")
    now = max(wall, row.moved_to)
    following = (getattr(row, name) for name in ("next_expiration", "next_change"))
    return Reading(now, any(each and each <= now for each in following))


def start() -> None:
    """Make the clock of a new market."""
    Clock.objects.get_or_create(pk=ROW, defaults={"moved_to": datetime.now(UTC)})


def move(moment: datetime) -> None:
    """Move the clock to ``moment`` unless it already is past it; inside a transaction."""
    _MOVE.run(moved_to=moment)
