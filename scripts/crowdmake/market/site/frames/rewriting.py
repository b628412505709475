"""A page as it is shown: what it loads from Amazon or a CDN comes from here, where there is it.

Nothing but those addresses is touched: a page that names none comes through as it is. What is
a tag is told as browsers tell it (html.spec.whatwg.org/multipage/parsing.html#tokenization).
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import NamedTuple

from crowdmake.market.site.frames import known, libraries

# Every part takes what it can and gives nothing back, so that no page takes long.
_ATTRIBUTE = re.compile(
    r"""(?P<before>[\s/]*+)(?P<name>[^\s/>][^\s/>=]*+)"""
    r"""(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s>"'][^\s>]*+)))?+"""
)
_ANY_ATTRIBUTE = re.sub(r"\?P<\w+>", "?:", _ATTRIBUTE.pattern)
_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(?P<tag>[a-zA-Z][^\s/>]*+)"
    rf"(?P<attributes>(?:{_ANY_ATTRIBUTE})*+)[\s/]*+(?:>|\Z)",
    re.DOTALL,
)
_RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_GUARDS = frozenset({"integrity", "crossorigin"})
_TARGETS = frozenset({"action", "formaction"})
_SCRIPTS = re.compile(r"|(?:text|application)/(?:x-)?(?:java|ecma)script.*|module", re.IGNORECASE)
_FIELDS = frozenset({"input", "select", "textarea"})
_FORMS = frozenset({"form", "crowd-form"})
_NAMES_PATH = re.compile("externalSubmit")
_SENDS = re.compile(r"externalSubmit|turkSubmitTo|createElement\(\s*[\"']form", re.IGNORECASE)
_BEFORE_BODY = frozenset(("html", "head", "meta", "title", "link", "style", "script", "base"))
# The form that the requesters' site put around a layout, where the layout has its start as well.
_AROUND = "mturk_form"
_BUTTON = '<p><input type="submit" id="submitButton" value="Submit"></p></form>'


class _Edit(NamedTuple):
    """What stands between two places of the page from now on."""

    start: int
    end: int
    text: str


class _Attribute(NamedTuple):
    """An attribute: where it stands, with the space before it, and where its value does."""

    name: str
    value: str
    start: int
    end: int
    inner: tuple[int, int]


class _Tag(NamedTuple):
    """A start tag, and where the text of an element that holds only text ends."""

    name: str
    attributes: list[_Attribute]
    start: int
    end: int
    text_end: int


def rewrite(html: str, site: str, pages: str, *, stores: bool = False) -> str:
    """Return the page for the origin ``pages``, which answers are sent from to ``site``.

    One that ``stores`` is given what stands in for storage where its browser denies it.
    """
    tags = list(_tags(html))
    edits = [edit for tag in tags for edit in _edits(html, tag, site, pages)]
    if _is_layout(html, tags):
        edits = sorted([*edits, *_form(html, tags, site, pages)])
    if stores:
        edits = sorted([*_storage(tags, pages), *edits])
    shown, place = [], 0
    for edit in edits:
        shown += [html[place : edit.start], edit.text]
        place = edit.end
    shown.append(html[place:])
    return "".join(shown)


def _storage(tags: list[_Tag], pages: str) -> Iterator[_Edit]:
    """Yield the edit that loads a script before all others, if there are any."""
    first = next((tag for tag in tags if tag.name in ("head", "script")), None)
    if first:
        place = first.end if first.name == "head" else first.start
        source = f"{pages}/{libraries.address('storage.js')}"
        yield _Edit(place, place, f'<script src="{source}"></script>')


def _is_layout(html: str, tags: list[_Tag]) -> bool:
    """Return whether a page is a layout of the requesters' site, which put a form around it.

    Such a page has fields, but no form, or that form alone, of which it does not say where to.
    """
    named = any(tag.name in _FIELDS and _values(tag).get("name") is not None for tag in tags)
    forms = [tag for tag in tags if tag.name in _FORMS]
    if not named or not all(map(_is_around, forms)) or _SENDS.search(html):
        return False
    if forms and "turkSetAssignmentID" in html:
        return False
    scripts = (tag for tag in tags if tag.name == "script")
    return not any("<form" in html[tag.end : tag.text_end].lower() for tag in scripts)


def _is_around(tag: _Tag) -> bool:
    """Return whether a form is that around a layout, and not a complete one."""
    values = _values(tag)
    named = _AROUND in (values.get("id"), values.get("name"))
    return tag.name == "form" and named and not values.get("action")


def _form(html: str, tags: list[_Tag], site: str, pages: str) -> Iterator[_Edit]:
    """Yield the edits that put a form around the body of a page."""
    body = [tag.end for tag in tags if tag.name == "body"]
    place = (body or [tag.start for tag in tags if tag.name not in _BEFORE_BODY])[0]
    start = (
        f'<form id="{_AROUND}" name="{_AROUND}" method="post" action="{site}/mturk/externalSubmit">'
        '<input type="hidden" id="assignmentId" name="assignmentId" value="">'
    )
    script = f'<script src="{pages}/{libraries.address("form-around.js")}"></script>'
    yield _Edit(place, place, start)
    yield _Edit(len(html), len(html), _BUTTON + script)


def _values(tag: _Tag) -> dict[str, str]:
    """Return a tag's attributes: of two of one name, browsers take the first."""
    return {each.name: each.value for each in reversed(tag.attributes)}


def _edits(html: str, tag: _Tag, site: str, pages: str) -> Iterator[_Edit]:
    """Yield the edits of a tag and of its text, in their order."""
    if tag.name == "script":
        yield from _script(html, tag, site, pages)
        return
    for each in tag.attributes:
        if each.name in _TARGETS:
            target = known.SUBMIT.match(each.value) or known.RELATIVE_SUBMIT.match(each.value)
            if target:
                rest = each.value[target.end() :]
                yield _replaced(each, f"{site}/mturk/externalSubmit{rest}")
        elif each.name.startswith("on"):
            changed = known.SUBMIT.sub(f"{site}/mturk/externalSubmit", each.value)
            if changed != each.value:
                yield _replaced(each, changed)


def _script(html: str, tag: _Tag, site: str, pages: str) -> Iterator[_Edit]:
    values = _values(tag)
    name = known.library(values.get("src", ""))
    for each in tag.attributes if name else ():
        if each.name == "src":
            yield _replaced(each, f"{pages}/{libraries.address(str(name))}")
        elif each.name in _GUARDS:
            yield _Edit(each.start, each.end, "")
    if _SCRIPTS.fullmatch(values.get("type", "").strip()):
        yield from _literals(html, tag, site, pages)


def _literals(html: str, tag: _Tag, site: str, pages: str) -> Iterator[_Edit]:
    """Yield the edits of a script: targets of forms, and addresses that it loads."""
    found = [
        _Edit(*match.span(), f"{site}/mturk/externalSubmit")
        for match in known.SUBMIT.finditer(html, tag.end, tag.text_end)
    ]
    if _NAMES_PATH.search(html, tag.end, tag.text_end):
        for match in known.SITE.finditer(html, tag.end, tag.text_end):
            quote = match["quote"]
            found.append(_Edit(*match.span(), f"{quote}{site}{match['slash']}{quote}"))
    for match in known.LOADED.finditer(html, tag.end, tag.text_end):
        name = known.library(match[1])
        if name:
            found.append(_Edit(*match.span(1), f"{pages}/{libraries.address(name)}"))
    yield from sorted(found)


def _replaced(attribute: _Attribute, value: str) -> _Edit:
    return _Edit(*attribute.inner, f'"{escape(value)}"')


def _tags(html: str) -> Iterator[_Tag]:
    place = 0
    while found := _TAG.search(html, place):
        place = found.end()
        if found["tag"]:
            name = found["tag"].lower()
            text_end = _text_end(html, name, place)
            yield _Tag(name, _attributes(found), found.start(), place, text_end)
            place = text_end


def _text_end(html: str, name: str, place: int) -> int:
    """Return where the text of an element ends in which there are no tags."""
    if name not in _RAW:
        return len(html) if name == "plaintext" else place
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, place)
    return end.start() if end else len(html)


def _attributes(tag: re.Match[str]) -> list[_Attribute]:
    start, end = tag.span("attributes")
    return [_attribute(each) for each in _ATTRIBUTE.finditer(tag.string, start, end)]


def _attribute(found: re.Match[str]) -> _Attribute:
    kind = found.lastgroup or "name"
    valued = kind in ("double", "single", "bare")
    quotes = int(kind in ("double", "single"))
    start, end = found.span(kind) if valued else (found.end(), found.end())
    return _Attribute(
        name=found["name"].lower(),
        value=unescape(found[kind]) if valued else "",
        start=found.start(),
        end=found.end(),
        inner=(start - quotes, end + quotes),
    )
