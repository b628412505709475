"""When HITs are put up by themselves, and where finished results are told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from crowdmake.messages import shown

EVENT = "event"
SCHEDULE = "schedule"
_NEEDED = {
    EVENT: ("expected_receive_period_in_days", "days in which at least one row comes in"),
    SCHEDULE: ("submission_period", "hours from one HIT to the next"),
}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Triggers:
    """What starts HITs in a round, and what else a round does."""

    on: str | None
    """``event``, ``schedule``, or None where nothing is said of it: then as ``event``."""
    period: timedelta | None
    """How long it is from one scheduled HIT to the next."""
    expected: timedelta | None
    """Within how long a row is expected to come in."""
    deletes: bool
    """Whether a round deletes HITs that are saved and decided."""
    webhook: dict[str, Any] | None
    """``url`` and perhaps ``secret_file`` of the webhook, or None."""

    @property
    def scheduled(self) -> bool:
        """Return whether HITs come by the clock, and rows in ``input/`` are none."""
        return self.on == SCHEDULE


def triggers(values: Mapping[str, Any]) -> Triggers:
    """Return what a configuration without faults says of rounds."""
    hours, days = values.get("submission_period"), values.get("expected_receive_period_in_days")
    on = values.get("trigger_on")
    return Triggers(
        on=on,
        period=None if hours is None else timedelta(hours=float(hours)),
        expected=None if days is None or on == SCHEDULE else timedelta(days=float(days)),
        deletes=bool(values.get("tick", {}).get("delete", False)),
        webhook=values.get("emit", {}).get("webhook"),
    )


def problems(sound: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the faults of what starts HITs and of the webhook; only ``sound`` is well formed."""
    if "trigger_on" in sound:
        on = sound["trigger_on"]
        name, meaning = _NEEDED[on]
        if name not in given:
            yield f"{name}: missing; expected with trigger_on: {on}, the number of {meaning}"
    url = sound.get("emit", {}).get("webhook", {}).get("url")
    if url is not None and not _is_safe(url):
        yield (
            f"emit.webhook.url: found {shown(url)}; expected an https address, or http to this"
            " machine: events hold what people answered"
        )


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or local)
