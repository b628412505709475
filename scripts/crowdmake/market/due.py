"""What time itself does: expiry, abandonment and approval, each at the moment it was due.

The three do not depend on one another's order: a HIT's status follows from whether it
expired and from its counters alone. Everything that is to change is locked before anything
changes: assignments, then HITs, then accounts, as every writer does it.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet

from crowdmake.market import transitions
from crowdmake.market.models import ABANDONED, ACCEPTED, HIT, SUBMITTED, Assignment
from crowdmake.market.review_policies import plurality

# Long enough to be done at once, short enough not to keep others waiting.
PORTION = 500


def settle(now: datetime) -> None:
    """Do a portion of what is due by ``now``, the longest due first; inside a transaction."""
    work = _locked_work(Assignment.objects.filter(due_at__lte=now))
    hits = _locked_hits(HIT.objects.filter(on_market=True, expiration__lte=now), work)
    done = transitions.expire(hits.filter(on_market=True, expiration__lte=now))
    done += transitions.give_back(work.filter(status=ACCEPTED), ABANDONED)
    if done:
        # What was approved by then is not for the policies to reject.
        first = work.filter(status=SUBMITTED, due_at__lte=F("hit__expiration"))
        transitions.approve_due(first)
        plurality.review_all(done, now)
    transitions.approve_due(work.filter(status=SUBMITTED))


def _locked_work(due: "QuerySet[Assignment]") -> "QuerySet[Assignment]":
    """Return the first of what is ``due``, kept from other writers."""
    first = due.order_by("due_at", "pk").select_for_update(of=("self",))
    return Assignment.objects.filter(pk__in=_keys(first.only("pk")[:PORTION]))


def _locked_hits(due: "QuerySet[HIT]", work: "QuerySet[Assignment]") -> "QuerySet[HIT]":
    """Return the first of what is ``due`` and the HITs of ``work``, kept from other writers."""
    first = due.order_by("expiration", "pk").only("pk")[:PORTION]
    keys = {*_keys(first), *work.values_list("hit_id", flat=True)}
    rows = HIT.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    return HIT.objects.filter(pk__in=_keys(rows.only("pk")))


def _keys(rows: "Iterable[Assignment] | Iterable[HIT]") -> list[int]:
    return [each.pk for each in rows]
