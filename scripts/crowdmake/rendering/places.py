"""Where on a page each printed value lands, as an HTML5 parser sees it.

The page is parsed with a marker in place of every printed value, so that no data takes
part. A marker holds a space and a character reference: the space ends an attribute that
is not quoted, and the reference is decoded only where the parser decodes (text, quoted
attributes) and stays as written in scripts, styles, comments and raw text.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crowdmake.rendering import attributes, escaping, javascript

TEXT, FIELD, ATTRIBUTE, ADDRESS = "text", "field", "attribute", "address"
SCRIPT, SCRIPT_STRING, SCRIPT_DATA, HANDLER = "script", "script string", "data", "handler"
_COMMENT = "in a comment"
UNQUOTED, ADDRESS_START = "unquoted", "address start"

_KEY = f"k{secrets.token_hex(8)}"
_MARKER = re.compile(rf"{_KEY}(a?\d+)z ?(<|&lt;){_KEY}")
_PART = re.compile(rf"{_KEY}(a?\d+)z(?! ?(?:<|&lt;){_KEY})")
_SLOT = re.compile(rf"{_KEY}\d+z &lt;{_KEY}")

_RAW_TEXT = frozenset(["iframe", "noembed", "noframes", "noscript", "plaintext", "xmp"])
_DROPS_NEWLINE = frozenset(["pre", "textarea", "listing"])
_DATA_TYPE = re.compile(r"json|importmap|speculationrules|text/plain")
_TEMPLATE_TYPE = re.compile(r"template|tmpl|html|handlebars|mustache")
_PURE_JAVASCRIPT = re.compile(r"|module|(text|application)/(x-)?(java|ecma)script[\d.]*")


@dataclass(frozen=True)
class Place:
    """Where one marker stands.

    ``name`` says it in words where values are refused. ``parts`` is the whole attribute of
    an address, with the numbers of the values in it.
    """

    where: str
    name: str = ""
    element: str = ""
    attribute: str = ""
    parts: tuple[str | int, ...] = ()
    drops_newline: bool = False


@dataclass(frozen=True)
class Plan:
    """A page's literal text, one more piece than there are values, and each value's place."""

    literals: tuple[str, ...]
    places: tuple[Place, ...]
    problems: tuple[str, ...]


_LOST = Place("", "where a page can hold no text")
_IN_TAG_NAME = Place("", "in a tag's name")
_IN_TAG = Place("", "in a tag, where an attribute's name stands")


def marker(number: int) -> str:
    """Return what stands for value ``number`` on the page to be planned."""
    return f"{_KEY}{number}z &lt;{_KEY}"


@lru_cache(maxsize=256)
def plan(page: str) -> Plan:
    """Return where each value of a page lands; pages that take the same turns share a plan."""
    astral: list[str] = []

    def mark(match: re.Match[str]) -> str:
        astral.append(match[0])
        return f"{_KEY}a{len(astral) - 1}z&lt;{_KEY}"

    marked = escaping.ASTRAL.sub(mark, page)
    found = _Finder(marked).found
    problems = []
    for number, text in enumerate(astral):
        place = found.get(f"a{number}", _LOST)
        written = _written(text, place)
        if written is None:
            problems.append(f"{text[0]!r} stands {place.name or 'in raw text'}, where it cannot"
                            " be written without 4-byte characters; take it out")  # fmt: skip
        marked = marked.replace(f"{_KEY}a{number}z&lt;{_KEY}", written or "", 1)
    literals = tuple(_SLOT.split(marked))
    places = tuple(found.get(str(number), _LOST) for number in range(len(literals) - 1))
    return Plan(literals, places, tuple(problems))


def _written(text: str, place: Place) -> str | None:
    """Return the author's own astral text as the place takes it, or None."""
    is_text = place.where in (TEXT, FIELD) or place.attribute or place.name == _COMMENT
    if is_text or place.element == "template":
        return escaping.references(text)
    if place.where == SCRIPT:
        return escaping.code_point_escapes(text)
    if place.where in (SCRIPT_STRING, SCRIPT_DATA) or place.element == "script":
        return escaping.unicode_escapes(text)
    return escaping.css_escapes(text) if place.element == "style" else None


class _Finder:
    """Walks a parsed page and notes the place of every marker."""

    def __init__(self, page: str) -> None:
        self.found: dict[str, Place] = {}
        self._visit_all(LexborHTMLParser(page, scripting=True).root)

    def _visit_all(self, root: LexborNode | None) -> None:
        for node in _nodes(root):
            tag = node.tag or ""
            if tag == "-text":
                self._text(node)
            elif tag == "-comment":
                self._all(node.comment_content or "", Place("", _COMMENT))
            elif not tag.startswith("-"):
                self._element(node, tag)

    def _note(self, number: str, place: Place) -> None:
        """Note a place; markup that the parser copies must stand alike in each copy."""
        if self.found.setdefault(number, place) != place:
            self.found[number] = _LOST

    def _all(self, text: str, place: Place) -> None:
        if _KEY in text:
            for match in re.finditer(rf"{_KEY}(a?\d+)z", text):
                self._note(match[1], place)

    def _text(self, node: LexborNode) -> None:
        text = node.text_content or ""
        if _KEY not in text:
            return
        parent = node.parent
        tag = (parent.tag if parent else "") or ""
        if tag == "script" and parent:
            self._script(text, (parent.attributes.get("type") or "").strip().lower())
            return
        for match in _MARKER.finditer(text):
            first = match.start() == 0 and node.prev is None and tag in _DROPS_NEWLINE
            self._note(match[1], _text_place(tag, match[2] == "<", first))

    def _script(self, text: str, type_: str) -> None:
        if _PURE_JAVASCRIPT.fullmatch(type_):
            self._code(text, _script_place)
        elif _DATA_TYPE.search(type_):
            self._all(text, Place(SCRIPT_DATA))
        elif _TEMPLATE_TYPE.search(type_):
            self._all(text, Place(SCRIPT_DATA, element="template"))
        else:
            self._all(text, Place("", f"in a script of type {type_}", "script"))

    def _code(self, text: str, place: Callable[[str], Place]) -> None:
        matches = list(_MARKER.finditer(text))
        states = javascript.states(text, [match.span() for match in matches])
        for match, state in zip(matches, states, strict=True):
            self._note(match[1], place(state))

    def _element(self, node: LexborNode, tag: str) -> None:
        self._all(tag, _IN_TAG_NAME)
        others = node.attributes
        for name, value in others.items():
            self._all(name, _IN_TAG)
            if value and _KEY in value:
                self._attribute(tag, name.lower(), value, others)
        if tag == "template":
            self._template(node)

    def _attribute(self, tag: str, name: str, value: str, others: Iterable[str]) -> None:
        for match in _PART.finditer(value):
            self._note(match[1], Place(UNQUOTED, f"in the attribute {name}, which has no quotes"))
        if attributes.is_code(name):
            self._code(value, lambda state: _handler_place(name, state))
            return
        place = _attribute_place(tag, name, value, others)
        for match in _MARKER.finditer(value):
            self._note(match[1], place)

    def _template(self, node: LexborNode) -> None:
        """Visit what a <template> holds, which is no child of it."""
        for name in list(node.attributes):
            del node.attrs[name]
        inner = (node.html or "").removeprefix("<template>").removesuffix("</template>")
        parsed = LexborHTMLParser(inner, is_fragment=True, fragment_tag="template", scripting=True)
        self._visit_all(parsed.root)


def _nodes(root: LexborNode | None) -> Iterator[LexborNode]:
    """Yield ``root``, its siblings and everything below them, without recursion."""
    while root is not None and root.prev is not None:
        root = root.prev
    waiting = [root]
    while waiting:
        node = waiting.pop()
        while node is not None:
            yield node
            waiting.append(node.next)
            node = node.first_child


def _text_place(tag: str, is_decoded: bool, is_first: bool) -> Place:
    if tag == "style":
        return Place("", "in a style sheet", element=tag)
    if tag in _RAW_TEXT or not is_decoded:
        return Place("", f"in the raw text of <{tag}>")
    return Place(FIELD if tag in ("textarea", "title") else TEXT, drops_newline=is_first)


def _script_place(state: str) -> Place:
    if state == javascript.CODE:
        return Place(SCRIPT)
    if state == javascript.JSON_STRING:
        return Place(SCRIPT_STRING)
    return Place("", f"in a script, {_told(state)}", "script")


def _handler_place(name: str, state: str) -> Place:
    if state == javascript.CODE:
        return Place(HANDLER, attribute=name)
    return Place("", f"in the code of the attribute {name}, {_told(state)}", "script", name)


def _told(state: str) -> str:
    if state == javascript.UNCLEAR:
        return "after a slash or a quote that only a full parser could place"
    return f"inside a {'regular expression' if state == 'regex' else state}"


def _attribute_place(tag: str, name: str, value: str, others: Iterable[str]) -> Place:
    if attributes.is_closed(tag, name, others):
        return Place("", f"in the attribute {name} of <{tag}>", attribute=name)
    if name not in attributes.ADDRESSES:
        return Place(ATTRIBUTE, element=tag, attribute=name)
    parts = _parts(value)
    if len(parts) > 1 and attributes.is_unsafe_start(tag, name, str(parts[0])):
        start = f", after {parts[0]!r}" if parts[0] else ""
        return Place(ADDRESS_START, f"in the attribute {name} of <{tag}>{start}", attribute=name)
    return Place(ADDRESS, element=tag, attribute=name, parts=parts)


def _parts(value: str) -> tuple[str | int, ...]:
    """Return literal text and values' numbers, in turn; the author's own marked text drops out."""
    pieces = _MARKER.split(re.sub(rf"{_KEY}a\d+z ?<{_KEY}", "", value))
    numbers = (int(number) for number in pieces[1::3])
    values = zip(numbers, pieces[3::3], strict=True)
    return (pieces[0], *(part for pair in values for part in pair))
