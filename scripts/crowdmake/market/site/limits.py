"""How often it may be tried to sign in and to sign up, by address and by user name.

An attempt is written down before anything is compared, so that attempts at once count too, and
the one that succeeded is taken back: only those that failed add up, and nobody's success
takes back another's. Whose they are is kept as a digest, under the market's key, and for as
long as they count. Time is the wall clock's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from crowdmake.market.models import Attempt
from crowdmake.market.site import current

SIGN_IN = "sign-in"
SIGN_UP = "sign-up"
# A home or a machine gets this much of IPv6 (datatracker.ietf.org/doc/html/rfc6177).
IPV6_HOME = 64


@dataclass(frozen=True)
class Limit:
    """At most ``number`` attempts within ``span``."""

    number: int
    span: timedelta


# A lab's workers come from one address, and few of them mistype; user names are known to
# nobody else, so that nobody is locked out by strangers who do not guess them.
LIMITS: Mapping[tuple[str, str], Limit] = {
    (SIGN_IN, "name"): Limit(10, timedelta(minutes=15)),
    (SIGN_IN, "address"): Limit(50, timedelta(minutes=15)),
    (SIGN_UP, "name"): Limit(20, timedelta(hours=1)),
    (SIGN_UP, "address"): Limit(60, timedelta(hours=1)),
}
LONGEST = max(each.span for each in LIMITS.values())


class TooMany(Exception):  # noqa: N818 - an answer to a browser, not a fault
    """There were too many attempts; it may be tried again after ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Taken:
    """Attempts that were written down."""

    keys: tuple[int, ...]

    def succeeded(self) -> None:
        """Take the attempts back."""
        current.run(lambda _: Attempt.objects.filter(pk__in=self.keys).delete())


def attempt(kind: str, *, address: str, name: str) -> Taken:
    """Write an attempt down; raises TooMany where there were too many, and writes nothing."""
    whose = {"address": _network(address), "name": name}
    subjects = {by: current.vault().digest(f"{kind} {by} {each}") for by, each in whose.items()}

    def take(_: object) -> Taken:
        now = datetime.now(UTC)
        waits = [_wait(LIMITS[kind, by], kind, each, now) for by, each in subjects.items()]
        if any(waits):
            raise TooMany(max(waits))
        return Taken(
            tuple(
                Attempt.objects.create(kind=kind, subject=each, at=now).pk
                for each in subjects.values()
            )
        )

    return current.run(take)


def _wait(limit: Limit, kind: str, subject: str, now: datetime) -> int:
    """Return after how many seconds there may be another attempt, 0 for now."""
    counted = Attempt.objects.filter(kind=kind, subject=subject, at__gt=now - limit.span)
    latest = list(counted.order_by("-at").values_list("at", flat=True)[: limit.number])
    if len(latest) < limit.number:
        return 0
    return max(1, round((latest[-1] + limit.span - now).total_seconds()))


def _network(address: str) -> str:
    """Return an address, or the part of it that one home has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ip_network((parsed, IPV6_HOME), strict=False))
