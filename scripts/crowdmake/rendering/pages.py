"""From a marked rendering to the page: each value written as the place where it lands needs."""

import html
import re
from collections.abc import Iterable

from crowdmake.messages import shown
from crowdmake.rendering import attributes, places
from crowdmake.rendering.escaping import html_text, javascript_json, javascript_string
from crowdmake.rendering.marks import Kind, Printed, RenderProblem
from crowdmake.rendering.places import Place

_BETWEEN_TAGS = (places.TEXT, places.FIELD)
_AS_TEXT = (*_BETWEEN_TAGS, places.ATTRIBUTE, places.ADDRESS)
_IN_PLACE = (Kind.FIELD, Kind.MARKUP, Kind.ESCAPED)
_IN_CODE = (places.SCRIPT, places.SCRIPT_DATA, places.SCRIPT_STRING, places.HANDLER)
_ADVICE = {
    places.UNQUOTED: "put quotes around the attribute's value",
    places.ADDRESS_START: "begin the address with a literal https://host/",
}
_WORDS = {
    places.TEXT: "between tags",
    places.FIELD: "in a <title> or <textarea>",
    places.SCRIPT: "in a script",
    places.SCRIPT_DATA: "in a script",
    places.SCRIPT_STRING: "in a script",
}
# HTML that operators and filters put together may hold data in places that nobody checks.
_ACTIVE = re.compile(
    r"<\s*/?(script|style|svg|math|i?frame|object|embed|template|textarea|title|xmp|noscript|!)"
    r"|[\s/\"']on\w+\s*=|=\s*[\"']?\s*(javascript|vbscript|data)\s*:",
    re.IGNORECASE,
)
_KINDS = {
    Kind.PLAIN: "text",
    Kind.JSON: "JSON",
    Kind.FIELD: "trusted HTML",
    Kind.MARKUP: "HTML",
    Kind.ESCAPED: "text that a filter changed",
}


class Page:
    """A page being finished: its HTML, and the problems that were found on the way."""

    def __init__(self, parts: Iterable[str | Printed], template: str) -> None:
        self.printed: list[Printed] = []
        self.problems: list[RenderProblem] = []
        self._plan = places.plan("".join(self._markers(parts)))
        self._problem(*(f"{template}: {text}" for text in self._plan.problems))
        self.html = "".join(self._pieces())

    def _markers(self, parts: Iterable[str | Printed]) -> Iterable[str]:
        """Yield the page's markup, with a marker for each value that is checked."""
        for part in parts:
            if isinstance(part, str):
                yield part
            elif part.kind is Kind.TRUSTED:
                yield part.text
            else:
                yield places.marker(len(self.printed))
                self.printed.append(part)
                if part.kind in _IN_PLACE:
                    yield part.text

    def _pieces(self) -> Iterable[str]:
        plan = self._plan
        yield plan.literals[0]
        for number, value in enumerate(self.printed):
            place = plan.places[number]
            if place.parts and number == next(p for p in place.parts if isinstance(p, int)):
                self._check_address(value, place)
            written = _written(value, place)
            if written is None:
                self._problem(f"{value.site}: {_refusal(value, place)}")
            elif place.drops_newline and written[:1] in ("", "\n") and _ends_tag(plan, number):
                yield "\n"
            yield written or ""
            yield plan.literals[number + 1]

    def _check_address(self, value: Printed, place: Place) -> None:
        parts = (self._data(part) if isinstance(part, int) else part for part in place.parts)
        address = "".join(parts)
        refused = attributes.refusal(place.element, place.attribute, address)
        if refused:
            attribute = f"the attribute {place.attribute} of <{place.element}>"
            line = f"{value.site}: {shown(address)} in {attribute} has {refused}"
            self.problems.append(RenderProblem("row", line))

    def _data(self, number: int) -> str:
        value = self.printed[number]
        return html.unescape(value.html)

    def _problem(self, *lines: str) -> None:
        self.problems += [RenderProblem("template", line) for line in lines]


def _written(value: Printed, place: Place) -> str | None:
    """Return the value as the place takes it, or None; "" where the page holds it already."""
    if value.kind in _IN_PLACE:
        return "" if _takes_markup(value, place) else None
    if place.where in _AS_TEXT:
        return value.html
    if value.kind is not Kind.JSON:
        return None
    if place.where == places.SCRIPT:
        return javascript_json(value.text)
    if place.where == places.HANDLER:
        return html_text(javascript_json(value.text))
    if place.where == places.SCRIPT_DATA:
        return "" if value.absent else value.text
    return javascript_string(value.text) if place.where == places.SCRIPT_STRING else None


def _takes_markup(value: Printed, place: Place) -> bool:
    if value.kind is not Kind.ESCAPED and place.where == places.TEXT:
        return value.kind is Kind.FIELD or not _ACTIVE.search(value.text)
    may_be_text = value.kind is not Kind.FIELD and place.where in _AS_TEXT
    return may_be_text and not any(mark in value.text for mark in "<>\"'")


def _ends_tag(plan: places.Plan, number: int) -> bool:
    return not plan.literals[number].endswith("\n")


def _refusal(value: Printed, place: Place) -> str:
    of = f" of <{place.element}>" if place.element else ""
    attribute = f"in the attribute {place.attribute}{of}"
    name = place.name or _WORDS.get(place.where, attribute)
    return f"{_KINDS[value.kind]} may not stand {name}; {_advice(value, place)}"


def _advice(value: Printed, place: Place) -> str:
    if place.where in _IN_CODE or place.element == "script":
        if value.kind is Kind.JSON:
            return "write it in code, outside quotes and comments"
        return f"write {{{{ {_operand(value.site.expression)}|tojson }}}} there, without quotes"
    return _ADVICE.get(place.where, "print it between tags or in another, quoted attribute")


def _operand(expression: str) -> str:
    return f"({expression})" if "~" in expression else expression
