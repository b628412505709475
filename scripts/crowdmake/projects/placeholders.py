"""Pages of the Requester site: `${name}` becomes Jinja2, in the words of the place it stands in.

The site put a value into the page as it was. Here a value is data: text between tags and in
attributes, JSON in scripts. What a placeholder becomes depends on its place, which is found as
the renderer finds it.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from crowdmake.messages import nearest
from crowdmake.rendering import places
from crowdmake.rendering.renderer import RESERVED

_PLACEHOLDER = re.compile(r"\$\{([^{}$\n]{1,200})\}")
# What Jinja2 would read as its own, also together with what an expression begins with.
_JINJA = re.compile(r"\{[{%#]|\{\Z")
_QUOTES = "\"'`"
_NEAR = 2000
_UNQUOTED_BEFORE = re.compile(r"=[ \t]*([^\s\"'<>=`]*)\Z")
_UNQUOTED_AFTER = re.compile(r"([^\s\"'<>=`]*)")


@dataclass
class Template:
    """A page as a Jinja2 template, and what is worth saying about it, each with its line."""

    text: str = ""
    changed: list[tuple[int, str]] = field(default_factory=list)
    not_understood: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Piece:
    """A placeholder: its name, where it begins and ends in the page, what it becomes."""

    name: str
    start: int
    end: int
    becomes: str = ""


def jinja_page(page: str, columns: Collection[str]) -> Template:
    """Return the template of a page whose placeholders are ``columns`` of the input."""
    template = Template()
    pieces = []
    for match in _PLACEHOLDER.finditer(page):
        if match[1] in columns:
            pieces.append(_Piece(match[1], match.start(), match.end()))
        else:
            hint = nearest(match[1].strip(), sorted(columns))
            said = f"{match[0]} is no column of the input; it stays as it is ({hint})"
            template.not_understood.append((_line(page, match.start()), said))
    converted = list(_converted(page, pieces, template))
    template.text = "".join(_joined(page, converted))
    return template


def expression(name: str) -> str:
    """Return how a template names a key of the row."""
    plain = name.isascii() and name.isidentifier() and name not in RESERVED
    return name if plain else f"input[{json.dumps(name, ensure_ascii=False)}]"


def protected(text: str) -> str:
    """Return literal text that Jinja2 prints as it is."""
    return _JINJA.sub(lambda match: f"{{% raw %}}{match[0]}{{% endraw %}}", text)


def _converted(page: str, pieces: list[_Piece], template: Template) -> Iterator[_Piece]:
    """Yield the placeholders with what they become; one may take text around it along."""
    marked, at = [], 0
    for number, piece in enumerate(pieces):
        marked += [page[at : piece.start], places.marker(number)]
        at = piece.end
    plan = places.plan("".join([*marked, page[at:]]))
    done = 0
    for number, (piece, place) in enumerate(zip(pieces, plan.places, strict=True)):
        if piece.start < done:
            continue  # within a string that is converted already
        line = _line(page, piece.start)
        said = _convert(page, piece, pieces[number + 1 :], place)
        if said:
            template.changed.append((line, f"${{{piece.name}}}: {said}"))
        if not piece.becomes:
            where = place.name or "where only code or JSON may stand"
            text = f"${{{piece.name}}} stands {where}; `snakemake render` says what is possible"
            template.not_understood.append((line, text))
            piece.becomes = f"{{{{ {expression(piece.name)} }}}}"
        done = piece.end
        yield piece


def _convert(page: str, piece: _Piece, following: list[_Piece], place: places.Place) -> str:
    """Let ``piece`` become what its place takes; return what to say, "" for nothing."""
    name = expression(piece.name)
    if place.where in (places.TEXT, places.FIELD, places.ATTRIBUTE, places.ADDRESS):
        piece.becomes = f"{{{{ {name} }}}}"
    elif place.where == places.UNQUOTED:
        return _quoted(page, piece, following, f"{{{{ {name} }}}}")
    elif place.where == places.SCRIPT:
        piece.becomes = f"JSON.parse({{{{ {name}|tojson }}}})"
        return "in a script it is read as JSON (a number, an object), no longer as code"
    elif place.element == "script" and not place.attribute:
        return _in_string(page, piece, following)
    return ""


def _quoted(page: str, piece: _Piece, following: list[_Piece], value: str) -> str:
    """Put quotes around the whole value of an attribute."""
    start = _UNQUOTED_BEFORE.search(page, max(0, piece.start - _NEAR), piece.start)
    rest = _UNQUOTED_AFTER.match(page, piece.end)
    if not start or not rest or (following and following[0].start < rest.end()):
        return ""
    piece.becomes = f'"{protected(start[1])}{value}{protected(rest[1])}"'
    piece.start, piece.end = start.start(1), rest.end()
    return "quotes were put around the attribute's value"


def _in_string(page: str, piece: _Piece, following: list[_Piece]) -> str:
    """Take values out of a script's string: it becomes a sum of its parts."""
    span = _string_around(page, piece.start, piece.end)
    if span is None:
        return ""
    start, end = span
    quote, inside = page[start], [piece, *(each for each in following if each.end < end)]
    at, parts = start + 1, []
    for each in inside:
        parts += [_literal(page[at : each.start], quote)]
        parts += [f"{{{{ {expression(each.name)}|tojson }}}}"]
        at = each.end
    parts.append(_literal(page[at : end - 1], quote))
    text = [part for part in parts if part]
    if len(inside) > 1 and not parts[0]:
        text.insert(0, '""')  # a sum that begins with text is text
    piece.start, piece.end = start, end
    piece.becomes = f"({' + '.join(text)})"
    return "in a script's string it is JSON that is added to the text around it"


def _literal(text: str, quote: str) -> str:
    return f"{quote}{protected(text)}{quote}" if text else ""


def _string_around(page: str, start: int, end: int) -> tuple[int, int] | None:
    """Return where the string around a part of a script begins and ends, on one line."""
    at, opened = page.rfind("\n", 0, start) + 1, -1
    while at < start:
        character = page[at]
        if character == "\\":
            at += 1
        elif opened < 0 and character in _QUOTES:
            opened = at
        elif opened >= 0 and character == page[opened]:
            opened = -1
        at += 1
    if opened < 0:
        return None
    rest = re.compile(rf"(?:[^\\\n{page[opened]}]|\\.)*{page[opened]}").match(page, end)
    return (opened, rest.end()) if rest else None


def _joined(page: str, pieces: list[_Piece]) -> Iterator[str]:
    at = 0
    for piece in pieces:
        yield protected(page[at : piece.start])
        yield piece.becomes
        at = piece.end
    yield protected(page[at:])


def _line(page: str, at: int) -> int:
    return page.count("\n", 0, at) + 1
