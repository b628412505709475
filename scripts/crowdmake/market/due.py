"""What time itself does: expiry, abandonment and approval, each at the moment it was due.

The three do not depend on one another's order: a HIT's status follows from whether it
expired and from its counters alone.
"""

from datetime import datetime

from crowdmake.market import transitions
from crowdmake.market.models import ABANDONED, ACCEPTED, HIT, SUBMITTED, Assignment


def settle(now: datetime) -> None:
    """Do everything that is due by ``now``; inside a transaction."""
    transitions.expire(HIT.objects.filter(on_market=True, expiration__lte=now))
    work = Assignment.objects.filter(due_at__lte=now)
    transitions.give_back(work.filter(status=ACCEPTED), ABANDONED)
    transitions.approve_due(work.filter(status=SUBMITTED))
