"""What `--config` on the command line means: orders for one run of one target."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crowdmake.layout import CONFIG

# What `--config` may order one target to do, by target.
_ORDERS = {
    "approve": ("override",),
    "reject": ("reason", "undecided", "confirm"),
    "notify": ("message", "subject", "text", "to", "resend"),
    "extend": ("hours", "expires", "assignments"),
}
_TRUTHS = {"true": True, "false": False}
_SWITCHES = ("expire", "gone", "override", "undecided", "resend")
_TEXTS = ("reason", "expires", "message", "subject", "text", "to")


def meant(values: Mapping[str, Any], stored: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values as `--config expire=true hit=ID` means them.

    Snakemake leaves `true` a string, reads what looks like a number or a date, and puts the id
    in the place of the section `hit`, which ``stored``, the configuration file's values, has.
    """
    found = dict(values)
    for name in _SWITCHES:
        word = values.get(name)
        if isinstance(word, str) and word.lower() in _TRUTHS:
            found[name] = _TRUTHS[word.lower()]
    found |= {name: str(values[name]) for name in _TEXTS if values.get(name) is not None}
    hit = values.get("hit")
    if hit is not None and not isinstance(hit, Mapping):
        found["hit_ids"] = [str(each) for each in (hit if isinstance(hit, list) else [hit])]
        found["hit"] = stored().get("hit")
    return found


def placed(
    faults: Iterable[str], values: Mapping[str, Any], stored: Mapping[str, Any]
) -> list[str]:
    """Return the faults with `--config` as the place of keys that only the command line has."""
    file = f"{CONFIG}: "
    given = {*values} - {*stored}
    return [
        f"--config {line.removeprefix(file)}"
        if line.startswith(file) and _key_of(line.removeprefix(file)) in given
        else line
        for line in faults
    ]


def _key_of(fault: str) -> str:
    """Return the top-level key that a fault begins with."""
    return re.split(r"[.:\[]", fault, maxsplit=1)[0]


def orders_of(values: Mapping[str, Any], target: str) -> dict[str, Any]:
    """Return what the command line orders ``target`` to do; nothing, usually."""
    given = {name: values.get(name) for name in _ORDERS.get(target, ())}
    return {name: value for name, value in given.items() if value not in (None, False)}
