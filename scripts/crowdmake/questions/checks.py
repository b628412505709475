"""What the schema cannot see of a list of questions; every fault at once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crowdmake.interpolation.texts import template_problem
from crowdmake.messages import listed, shown
from crowdmake.questions.limits import bounds, default_problem, regex_problem
from crowdmake.rendering.escaping import bad_character

Question = Mapping[str, Any]

# What a page posts about itself, and what the form needs for itself:
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ExternalQuestionArticle.html
RESERVED = frozenset({"assignmentid", "hitid", "turksubmitto", "workerid"})
FIXED = frozenset({"type", "key", "style", "regex"})
"""Keys whose values are no texts: nothing is put into them."""
_TEMPLATE = re.compile(r"\{\{|\{%|<\$")
_ONLY_OF = {
    "selection": ("selections", "style", "min_selections", "max_selections"),
    "free_text": (
        "default", "min_length", "max_length", "lines", "numeric", "regex", "ignore_case", "error",
    ),
}  # fmt: skip


def problems(questions: Sequence[Question], language: str) -> Iterator[str]:
    """Yield a line per fault of questions that the schema lets pass, such as `[0].key: …`."""
    yield from _repeated([each["key"] for each in questions], "")
    for number, question in enumerate(questions):
        for line in _problems(question, language):
            yield f"[{number}].{line}"


def majority_problems(questions: Sequence[Question]) -> Iterator[str]:
    """Yield a line per question of which there is no majority."""
    for number, question in enumerate(questions):
        if question["type"] != "selection":
            yield (
                f"[{number}].type: found {shown(question['type'])}; expected selection in every"
                " question with combination_mode: take_majority"
            )


def text_problem(text: str, language: str) -> str | None:
    """Return why a text can neither be filled nor shown, or None."""
    if bad := bad_character(text):
        return f"holds {bad}, which a question cannot hold; take it out"
    return template_problem(text, language)


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text that a question holds behind its place, such as `selections[0].text`."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in FIXED:
                yield from texts(inner, f"{place}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, f"{place}[{number}]")


def _problems(question: Question, language: str) -> Iterator[str]:
    for place, key in _keys(question):
        if _TEMPLATE.search(key):
            yield f"{place}: found {shown(key)}; a key takes no values of a row"
        if bad := bad_character(key):
            yield f"{place}: found {shown(key)}; holds {bad}, which a question cannot hold"
    if question["key"].lower() in RESERVED:
        yield f"key: found {shown(question['key'])}, a name that the market uses; expected another"
    for kind, names in _ONLY_OF.items():
        for name in names:
            if name in question and kind != question["type"]:
                yield f"{name}: belongs to questions of type {kind}; remove it"
    yield from (_selection if question["type"] == "selection" else _free_text)(question)
    for place, text in texts(question):
        if fault := text_problem(text, language):
            yield f"{place}: found {shown(text)}; {fault}"


def _keys(question: Question) -> Iterator[tuple[str, str]]:
    yield "key", question["key"]
    for number, each in enumerate(question.get("selections", [])):
        yield f"selections[{number}].key", each["key"]


def _selection(question: Question) -> Iterator[str]:
    selections = question.get("selections")
    if selections is None:
        yield "selections: missing; expected a list of choices, each with key and text"
        return
    keys = [each["key"] for each in selections]
    yield from (f"selections{line}" for line in _repeated(keys, ""))
    if question.get("style") == "checkbox":
        yield from _checkboxes(question, keys)
    else:
        for name in ("min_selections", "max_selections"):
            if name in question:
                yield f"{name}: is for several choices; expected with style: checkbox"


def _checkboxes(question: Question, keys: Sequence[str]) -> Iterator[str]:
    least, most = question.get("min_selections"), question.get("max_selections", len(keys))
    if most > len(keys):
        yield f"max_selections: found {most}; expected at most {len(keys)}, the number of choices"
    elif least is not None and least > most:
        yield f"min_selections: found {least}; expected at most {most}, max_selections"
    if least == 0 and question["required"]:
        yield "min_selections: found 0; expected 1 or more, or required: false"
    for number, key in enumerate(keys):
        if "|" in key:
            yield (
                f"selections[{number}].key: found {shown(key)}; expected no '|', which stands"
                " between several choices in the results"
            )


def _free_text(question: Question) -> Iterator[str]:
    yield from _order(question.get("min_length"), question.get("max_length"), "length")
    least, most = bounds(question)
    if least is not None and most is not None and least > most:
        yield f"numeric.min: found {least}; expected at most {most}, numeric.max"
    fault = regex_problem(question)
    if fault:
        yield f"regex: found {shown(question['regex'])}; no regular expression ({fault})"
    for name in ("error", "ignore_case"):
        if name in question and "regex" not in question:
            yield f"{name}: belongs to a regex, which is missing"
    # One that holds values is looked at with each row.
    is_literal = not _TEMPLATE.search(question.get("default", ""))
    if is_literal and not fault and (found := default_problem(question)):
        yield f"default: {shown(question['default'])} {found}"


def _order(least: int | None, most: int | None, unit: str) -> Iterator[str]:
    if least is not None and most is not None and least > most:
        yield f"min_{unit}: found {least}; expected at most {most}, max_{unit}"


def _repeated(keys: Sequence[str], place: str) -> Iterable[str]:
    """Yield a line per key that stands twice; white space around it makes no other of it."""
    found: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        found.setdefault(key, []).append(number)
    for key, numbers in found.items():
        if len(numbers) > 1:
            places = listed(f"{place}[{number}].key" for number in numbers[1:])
            yield f"{places}: found {shown(key)}, as in {place}[{numbers[0]}].key; expected another"
