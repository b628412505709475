"""Times as other tools wrote them."""

import re
from datetime import UTC, datetime, timedelta, timezone

from crowdmake import moments

# The Requester site writes `Tue Nov 03 09:12:45 PST 2020`.
_SITE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d) ([A-Z]{3}) (\d{4})")
_HOURS = {"PST": -8, "PDT": -7, "UTC": 0, "GMT": 0}


def utc(text: str | None) -> str | None:
    """Return a time as UTC in ISO 8601, or None where it is none or has no known zone."""
    if not text or not (found := _read(text.strip())) or found.tzinfo is None:
        return None
    return moments.written(found.astimezone(UTC))


def _read(text: str) -> datetime | None:
    try:
        if site := _SITE.fullmatch(text):
            zone = timezone(timedelta(hours=_HOURS[site[2]]))
            written = f"{site[1]} {site[3]}"
            return datetime.strptime(written, "%b %d %H:%M:%S %Y").replace(tzinfo=zone)
        return datetime.fromisoformat(text)
    except (KeyError, ValueError, OverflowError):
        return None
