"""The faults of what a HIT shows: its page, its address or its questions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crowdmake.configuration.layers import PAGES, merged
from crowdmake.layout import TEMPLATES
from crowdmake.messages import nearest, shown

_FILLED = ("Title", "Description")
_TEMPLATE = re.compile(r"\{\{|\{[%#]|<[$.]")


def page_problems(hit: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Yield the faults of what ``hit`` shows: a page, an external one, or questions."""
    first, *others = [f"hit.{name}" for name in PAGES if name in hit] or [""]
    if others:
        number = "two" if len(others) == 1 else "three"
        yield f"{' and '.join(others)}: stands beside {first}; expected one of the {number}"
    if "url" in hit:
        # Imported here: it needs what renders pages, and few experiments have one.
        from crowdmake.rendering.external import url_problem

        if fault := url_problem(hit["url"]):
            yield f"hit.url: found {shown(hit['url'])}; {fault}"
    elif "questions" in hit:
        yield from _question_problems(hit)
    elif "template" not in hit:
        yield (
            "hit.template: missing; expected the path of the HIT's page, hit.questions with what"
            " a form asks, or hit.url with the address of an external page"
        )
    elif not (root / hit["template"]).resolve().is_relative_to((root / TEMPLATES).resolve()):
        yield f"hit.template: found {shown(hit['template'])}; expected a page in {TEMPLATES}/"
    elif not (root / hit["template"]).is_file():
        yield f"hit.template: {hit['template']} does not exist; expected the path of the HIT's page"


def judged(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with a mark for each text whose length only a row decides."""
    given: dict[str, Any] = hit["properties"]
    if "questions" not in hit:
        return given
    templates = [
        name
        for name in _FILLED
        if isinstance(text := given.get(name), str) and _TEMPLATE.search(text)
    ]
    return given | dict.fromkeys(templates, "a template")


def majority_problems(questions: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line per question of which there is no majority."""
    from crowdmake.questions import checks

    yield from (f"hit.questions{line}" for line in checks.majority_problems(questions))


def crowd_problems(values: dict[str, Any], root: Path) -> Iterator[str]:
    """Yield a line per field of the simulated crowd's answers that no question has."""
    answer = values.get("market", {}).get("crowd", {}).get("answer", {})
    try:
        hits = [merged(values, batch, "hit", root) for batch in ["", *values.get("batches", {})]]
    except ValueError:  # said where the properties are checked
        return
    if not all(hit.get("questions") for hit in hits):
        return
    known = list(dict.fromkeys(each["key"] for hit in hits for each in hit["questions"]))
    for name in answer:
        if name not in known:
            yield f"market.crowd.answer.{name}: no question has this key; {nearest(name, known)}"


def _question_problems(hit: Mapping[str, Any]) -> Iterator[str]:
    # Imported here: it needs what fills texts in, and few experiments have questions.
    from crowdmake.questions.checks import problems as question_problems
    from crowdmake.questions.checks import text_problem

    language = hit.get("interpolation", "jinja")
    for line in question_problems(hit["questions"], language):
        yield f"hit.questions{line}"
    given = hit.get("properties", {})
    for name in _FILLED:
        text = given.get(name)
        if isinstance(text, str) and (fault := text_problem(text, language)):
            yield f"hit.properties.{name}: found {shown(text)}; {fault}"
