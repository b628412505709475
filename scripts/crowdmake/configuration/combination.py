"""The faults of what is said about combining answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crowdmake.combining.settings import MAJORITY, POLL, Adaptive, settings_of
from crowdmake.configuration import properties
from crowdmake.configuration.layers import merged
from crowdmake.messages import nearest, shown

_WITH_UNTIL = ("confidence", "start", "max_assignments")


def problems(sound: Mapping[str, Any], root: Path) -> list[str]:
    """Return one line per fault of ``combine``, in a configuration that is sound otherwise."""
    combine = sound.get("combine", {})
    found = [*_alone(sound, combine, root)]
    batches = ["", *sound.get("batches", {})] if combine and not found else []
    return list(
        dict.fromkeys([*found, *(line for each in batches for line in _of(sound, each, root))])
    )


def _alone(sound: Mapping[str, Any], combine: Mapping[str, Any], root: Path) -> Iterator[str]:
    if combine and sound.get("combination_mode") == POLL:
        yield "combine: stands beside combination_mode: poll; expected one of the two"
    if "until" not in combine:
        for name in _WITH_UNTIL:
            if name in combine:
                yield f"combine.{name}: stands without combine.until; expected `until: confidence`"
    gold = combine.get("gold")
    if gold and not (root / gold).is_file():
        yield f"combine.gold: {gold} does not exist; expected a JSON Lines file of known answers"


def _of(sound: Mapping[str, Any], batch: str, root: Path) -> Iterator[str]:
    """Yield the faults of ``combine`` for one batch."""
    place = f"batches.{batch}: " if batch else ""
    hit = merged(sound, batch, "hit", root)
    combine = sound["combine"]
    known = [str(each["key"]) for each in hit.get("questions", [])]
    for name in combine.get("fields", []) if known else []:
        if name not in known:
            yield f"{place}combine.fields: found {shown(name)}; {nearest(name, known)}"
    assignments = properties.complete(hit["properties"])["MaxAssignments"]
    settings = settings_of(sound, hit, None, assignments)
    if settings.adaptive:
        yield from (f"{place}{line}" for line in _unreachable(settings.adaptive))
    needs = "until" if settings.adaptive else "method" if settings.method != MAJORITY else None
    if needs and not settings.questions:
        # A worker may submit fields that no page has, and free text is no label.
        yield (
            f"{place}combine.fields: missing; expected with combine.{needs} the fields of the page,"
            " or in hit.questions at least one selection, whose answers are labels"
        )


def _unreachable(adaptive: Adaptive) -> Iterator[str]:
    if adaptive.start > adaptive.limit:
        yield (
            f"combine.start: found {adaptive.start}; expected at most {adaptive.limit},"
            " combine.max_assignments or else the property MaxAssignments"
        )
