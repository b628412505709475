"""The faults of what a configuration says of polls."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crowdmake.configuration import properties, qualifications
from crowdmake.configuration.layers import merged
from crowdmake.messages import nearest, shown
from crowdmake.polling.names import LONGEST, MOST, is_poll

_TEXTS = ("title", "instructions", "row_template")
_NEEDED = "title, instructions, assignments and row_template"


def problems(sound: Mapping[str, Any], given: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Yield the faults of the polls; only ``sound`` is well formed."""
    if sound.get("combination_mode") != "poll":
        return
    if "poll_options" not in given:
        yield f"poll_options: missing; expected with combination_mode: poll, {_NEEDED}"
    options = sound.get("poll_options")
    if options is None:
        return
    if "reward" in options and properties.amount(options["reward"]) is None:
        expected = 'US dollars with at most two decimals, such as "0.05"'
        yield f"poll_options.reward: found {shown(options['reward'])}; expected {expected}"
    names = ["", *(name for name in sound.get("batches", {}) if not is_poll(name))]
    for name in names:
        if len(name) > LONGEST:
            yield f"batches.{name}: expected at most {LONGEST} characters where there are polls"
    if "hit" in sound:
        excludes = sound.get("poll", {}).get("exclude") == "authors"
        lines = (x for name in names for x in _of_batch(sound, name, root, excludes=excludes))
        yield from dict.fromkeys(lines)


def _of_batch(sound: Mapping[str, Any], batch: str, root: Path, *, excludes: bool) -> Iterator[str]:
    """Yield the faults of the polls about one batch's HITs."""
    try:
        hit = merged(sound, batch, "hit", root)
    except ValueError:  # said where the properties are checked
        return
    yield from _template_problems(sound["poll_options"], hit)
    given = hit.get("properties", {})
    answers = given.get("MaxAssignments")
    if str(answers).isdecimal() and int(answers) > MOST:
        yield (
            f"hit.properties.MaxAssignments: found {answers}; expected at most {MOST} with"
            " combination_mode: poll, since a poll has no room for more answers"
        )
    asked = given.get("QualificationRequirements", [])
    if excludes and isinstance(asked, list) and len(asked) >= qualifications.MOST:
        yield (
            f"poll.exclude: authors is a requirement too, beside {len(asked)} others; expected at"
            f" most {qualifications.MOST} in all"
        )


def _template_problems(options: Mapping[str, Any], hit: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line per text that is no template, and per answer that nobody is asked for."""
    # Imported here: it needs what fills texts in, and few experiments have polls.
    from crowdmake.interpolation.texts import InterpolationError, text_of

    language = hit.get("interpolation", "jinja")
    for name in _TEXTS:
        try:
            text = text_of(options[name], language)
        except InterpolationError as problem:
            yield f"poll_options.{name}: found {shown(options[name])}; {problem}"
            continue
        known = [each["key"] for each in hit.get("questions", [])]
        if name == "row_template" and known:
            for key in sorted(text.names() - set(known)):
                yield (
                    f"poll_options.row_template: names the answer {shown(key)}, which no question"
                    f" has; {nearest(key, known)}"
                )
