"""`expected_receive_period_in_days`: whether rows still come in."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from crowdmake import moments
from crowdmake.messages import counted

_DAY = timedelta(days=1)


def stale_lines(received: Iterable[str], expected: timedelta, now: datetime) -> list[str]:
    """Return what to say where no row has come in for longer than ``expected``.

    ``received`` holds the moments at which HITs of rows were put up, one for each batch, and
    "" where there were none.
    """
    last = max(received, default="")
    if last and now - moments.read(last) <= expected:
        return []
    found = f"the last row was put up at {last}" if last else "no row has come yet"
    days = f"{expected / _DAY:g}"
    past = f", {counted((now - moments.read(last)) // _DAY, 'day')} ago" if last else ""
    return [
        f"warning: {found}{past}; expected one every {days} days"
        " (expected_receive_period_in_days): is what sends them still running?"
    ]
