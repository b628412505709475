"""What templates use everywhere."""

from datetime import datetime
from typing import Any

from django.template import Library
from django.utils.html import format_html

from crowdmake.market.site import static

register = Library()

UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@register.simple_tag(takes_context=True)
def money(context: Any, cents: int) -> str:
    """Return an amount as the site's statement of pay has it."""
    amount: str = context["pay"].amount(cents)
    return amount


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a file that the site serves."""
    return static.address(name)


@register.filter
def span(seconds: int) -> str:
    """Return a length of time in words, by its two largest units: "1 day 2 hours"."""
    left, words = max(0, seconds), []
    for size, name in UNITS:
        number, left = divmod(left, size)
        if number:
            words.append(f"{number} {name}{'' if number == 1 else 's'}")
    return " ".join(words[:2]) or "0 seconds"


@register.filter
def until(moment: datetime, now: datetime) -> int:
    """Return how many seconds are left until ``moment``."""
    return int((moment - now).total_seconds())


@register.simple_tag
def moment(at: datetime | None) -> str:
    """Return a time to the minute, with its exact value for programs; "" where there is none."""
    if at is None:
        return ""
    words = f"{at.day} {at:%b %Y, %H:%M} UTC"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), words)
