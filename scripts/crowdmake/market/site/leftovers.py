"""What the site needs no longer: sessions that are over, old attempts, links that expired."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crowdmake.market.models import Attempt, PasswordLink, Session, Site
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.site.limits import LONGEST
from crowdmake.market.stores import Store
from crowdmake.market.timekeeper import PORTION

# So long a link still says that it has expired.
LINKS_KEPT = timedelta(days=30)


class Leftovers(NamedTuple):
    """The keys of rows that can go."""

    sessions: list[str]
    attempts: list[int]
    links: list[int]


def clear(log: AccessLog, store: Store) -> None:
    """Remove the rows, and the days of the access log that are over by the site's settings."""
    with store.reading():
        site = Site.stated()
    log.forget(site.address_days)
    while _clear_portion(store):
        pass


def _clear_portion(store: Store) -> bool:
    """Remove a portion of the rows; return whether there was any."""
    with store.reading():
        rows = _found()
    if any(rows):
        store.run(lambda _: _remove(rows))
    return any(rows)


def _found() -> Leftovers:
    """Return up to a portion of each kind, by the wall clock; the oldest come first."""
    now = datetime.now(UTC)
    sessions = Session.objects.filter(expire_date__lte=now).order_by("expire_date")
    attempts = Attempt.objects.filter(at__lte=now - LONGEST).order_by("at")
    links = PasswordLink.objects.filter(expires_at__lte=now - LINKS_KEPT).order_by("pk")
    return Leftovers(
        list(sessions.values_list("pk", flat=True)[:PORTION]),
        list(attempts.values_list("pk", flat=True)[:PORTION]),
        list(links.values_list("pk", flat=True)[:PORTION]),
    )


def _remove(rows: Leftovers) -> None:
    """Remove the rows, but for sessions that began anew in the meantime; inside `writing()`."""
    now = datetime.now(UTC)
    Session.objects.filter(pk__in=rows.sessions, expire_date__lte=now).delete()
    Attempt.objects.filter(pk__in=rows.attempts).delete()
    PasswordLink.objects.filter(pk__in=rows.links).delete()
