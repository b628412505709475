"""The hourly wage that a reward and the time for it imply."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crowdmake.messages import usd


def hourly(properties: Mapping[str, Any], minutes: float) -> Decimal:
    """Return the US dollars an hour that ``minutes`` of work for the reward come to."""
    return Decimal(properties["Reward"]) * 60 / Decimal(str(minutes))


def wage_line(
    properties: Mapping[str, Any], minutes: float | None, least: Decimal | None
) -> tuple[str, bool]:
    """Return what the work pays by the hour, in words, and whether that is a reason to warn."""
    if minutes is None:
        text = "the hourly wage is not known; set hit.minutes to how long an assignment takes"
        return text, least is not None
    wage = hourly(properties, minutes)
    reward = usd(Decimal(properties["Reward"]))
    time = "1 minute" if minutes == 1 else f"{minutes:g} minutes"
    text = f"{reward} for {time} is {usd(wage)} an hour"
    if least is not None and wage < least:
        needed = (least * Decimal(str(minutes)) / 60).quantize(Decimal("0.01"), "ROUND_UP")
        text += f", below budget.hourly_usd, {usd(least)}; a reward of {usd(needed)} meets it"
        return text, True
    return text, False
