"""What a template prints, marked while it is rendered, so that it can be found on the page.

Everything that `{{ }}` prints stands on the rendered text between two marks that hold a
number known to this process only, as the HTML that is right in an element's text and in
a quoted attribute. What macros, blocks and calls capture is marked too: it is template
text around values that are marked already, and may stand wherever it is printed.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Literal

from jinja2.exceptions import UndefinedError
from jinja2.runtime import Undefined
from markupsafe import Markup

from crowdmake.messages import shown
from crowdmake.rendering.escaping import bad_character, html_text, json_text, readable_json


class Kind(Enum):
    """What a printed value is, which decides where it may stand."""

    PLAIN = auto()  # text
    JSON = auto()  # the whole row, what `|tojson` made, or what is no text
    FIELD = auto()  # the trusted HTML of one of the row's keys
    MARKUP = auto()  # HTML that a filter or an operator made
    TRUSTED = auto()  # what the template's author declared `|safe`
    ESCAPED = auto()  # text as HTML, changed by a filter around it


@dataclass(frozen=True)
class Site:
    """One expression that a template prints."""

    expression: str
    template: str
    line: int

    def __str__(self) -> str:
        return f"{self.template}:{self.line}: {{{{ {self.expression} }}}}"


@dataclass(frozen=True)
class RenderProblem:
    """Why a page cannot be rendered: the template's fault, or this row's."""

    where: Literal["template", "row"]
    text: str


@dataclass(slots=True)
class Printed:
    """A printed value: its text as data (HTML for the kinds that are), and as HTML."""

    site: Site
    kind: Kind
    text: str
    html: str
    absent: bool = False  # stands for input that is not there, so a script's JSON may be empty

    def changed(self, html: str) -> "Printed":
        """Return what it became, where a filter around it changed its HTML."""
        if html == self.html:
            return self
        kind = Kind.ESCAPED if self.kind in (Kind.PLAIN, Kind.JSON) else self.kind
        return replace(self, kind=kind, text=html, html=html)


class Tagged(Markup):
    """Markup that knows what it is; what is derived from it is plain markup again."""

    kind: Kind | None = None
    absent = False

    @classmethod
    def of(cls, kind: Kind, text: str, *, absent: bool = False) -> "Tagged":
        """Return ``text`` as markup of ``kind``."""
        tagged = cls(text)
        tagged.kind, tagged.absent = kind, absent
        return tagged


class RowString(str):
    """A row that is a string: printed as JSON, as any other row."""

    __slots__ = ()


class NoRow(RowString):
    """The input of a page without input."""

    __slots__ = ()


_NONCE = "".join(secrets.choice("0123456789") for _ in range(20))
_END = "\ue00f"
_OPEN, _CLOSE, _CAPTURE, _RELEASE = (f"{mark}{_NONCE}" for mark in "\ue000\ue001\ue002\ue003")
_ANY = re.compile(f"[\ue000-\ue003]{_NONCE}\\d*{_END}")
_SPLIT = re.compile(f"([\ue000-\ue003]){_NONCE}(\\d*){_END}")
_EMPTY = re.compile(f"{_OPEN}(\\d+){_END}{_CLOSE}{_END}")
_EDGE = re.compile(f"(?:{_ANY.pattern}|\\s)*")
_TAIL = re.compile(f"(?:{_ANY.pattern}|\\s)*\\Z")


# A question holds 65,535 bytes; marks and JSON make a rendering longer, but not like this.
_LONGEST = 8_000_000
_MOST_NUMBERS = 1_000_000


class TooLongError(ValueError):
    """A template goes on long after its page is too large for any market."""


def bounded(pieces: Iterable[str]) -> Iterator[str]:
    """Yield ``pieces``.

    Raises:
        TooLongError: They come to more than any page may hold.
    """
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > _LONGEST:
            raise TooLongError(
                f"prints over {_LONGEST:,} characters and was stopped; a market takes at most"
                " 65,535 bytes"
            )
        yield piece


def unmarked(text: str) -> str:
    """Return ``text`` without marks."""
    return _ANY.sub("", text) if _NONCE in text else text


def trimmed(text: str) -> str:
    """Return marked text without the white space at its ends, inside marks or not."""
    if not unmarked(text).strip():
        return ""
    lead = _EDGE.match(text)
    start = lead.end() if lead else 0
    tail = _TAIL.search(text, start)
    end = tail.start() if tail else len(text)
    return "".join((*_ANY.findall(text[:start]), text[start:end], *_ANY.findall(text[end:])))


class Trace:
    """What one rendering printed, and what went wrong on the way."""

    def __init__(self) -> None:
        self.sites: list[Site] = []
        self.begin(None, marking=True)

    def begin(self, row: object, *, marking: bool) -> None:
        """Forget the last rendering; with ``marking`` off the text comes without marks."""
        self.row = row
        self.marking = marking
        self.captured = False
        self.counted = 0
        self.printed: list[Printed] = []
        self.problems: list[RenderProblem] = []

    def count(self, numbers: int) -> None:
        """Take in that a template goes through so many numbers.

        Raises:
            TooLongError: They are more than any page has use for.
        """
        self.counted += numbers
        if self.counted > _MOST_NUMBERS:
            raise TooLongError(f"counts through over {_MOST_NUMBERS:,} numbers and was stopped")

    def capture(self, pieces: Iterable[str]) -> str:
        """Return the joined output of a macro, a block or a call, marked as such."""
        text = "".join(bounded(pieces))
        self.captured = True
        if not self.marking:
            return text
        text = _EMPTY.sub(lambda empty: empty[0] * self.printed[int(empty[1])].absent, text)
        core = text.strip()
        if not unmarked(core):
            return unmarked(text)
        start = text.index(core)
        after = text[start + len(core) :]
        return f"{text[:start]}{_CAPTURE}{_END}{core}{_RELEASE}{_END}{after}"

    def show(self, value: object, site: Site) -> Markup:
        """Return what ``{{ value }}`` puts on the page."""
        if type(value) is str:
            return self._put(site, Kind.PLAIN, unmarked(value))
        if type(value) is int:
            return self._put(site, Kind.JSON, str(value))
        if isinstance(value, Undefined):
            return self._undefined(value, site)
        if isinstance(value, Tagged) and value.kind:
            return self._put(site, value.kind, str(value), absent=value.absent)
        if hasattr(value, "__html__"):
            return self._markup(str(value.__html__()), site)
        if isinstance(value, str) and not isinstance(value, RowString):
            return self._put(site, Kind.PLAIN, unmarked(value))
        return self._json(value, site)

    def values(self, text: str) -> Iterator[str | Printed]:
        """Yield the template's text and what it printed, in page order.

        Raises:
            ValueError: A filter cut through a printed value.
        """
        parts = _SPLIT.split(text)
        yield parts[0]
        marks = iter(zip(parts[1::3], parts[2::3], parts[3::3], strict=True))
        for mark, number, following in marks:
            if mark == _OPEN[0]:
                closing, _, after = next(marks, ("", "", ""))
                if closing != _CLOSE[0]:
                    raise ValueError("a filter cuts through a printed value")
                yield self.printed[int(number)].changed(following)
                yield after
            elif mark == _CLOSE[0]:
                raise ValueError("a filter cuts through a printed value")
            else:
                yield following

    def _undefined(self, value: Undefined, site: Site) -> Markup:
        try:
            return self._put(site, Kind.PLAIN, str(value))
        except UndefinedError as problem:
            self.problems.append(RenderProblem("row", f"{site}: {problem}"))
            return Markup("")

    def _json(self, value: object, site: Site) -> Markup:
        try:
            text = unmarked(json_text(value))
        except (TypeError, ValueError):
            name = type(value).__name__
            text = f"{site}: prints a {name}, which is no text; call it, or use |list or |join"
            self.problems.append(RenderProblem("template", text))
            return Markup("")
        return self._put(site, Kind.JSON, text, absent=isinstance(value, NoRow))

    def _markup(self, text: str, site: Site) -> Markup:
        """Return markup whose captured parts pass, and whose other text is marked."""
        if not self.marking:
            return self._put(site, Kind.MARKUP, text)
        if text.count(_CAPTURE) != text.count(_RELEASE) or text.count(_OPEN) != text.count(_CLOSE):
            line = f"{site}: a filter or a slice cuts through text that is rendered already"
            self.problems.append(RenderProblem("template", line))
            return Markup("")
        depth, out = 0, []
        for index, piece in enumerate(re.split(f"({_ANY.pattern})", text)):
            if index % 2:
                depth += 1 if piece.startswith((_OPEN, _CAPTURE)) else -1
            loose = not index % 2 and not depth and piece.strip()
            out.append(self._put(site, Kind.MARKUP, piece) if loose else piece)
        return Markup("".join(out))  # noqa: S704 - markup already, with marks

    def _put(self, site: Site, kind: Kind, text: str, *, absent: bool = False) -> Markup:
        bad = bad_character(text)
        if bad:
            advice = "use |tojson, or take it out" if kind is Kind.PLAIN else "take it out"
            line = f"{site}: {shown(text)} holds {bad}, which a page cannot hold; {advice}"
            self.problems.append(RenderProblem("row", line))
            return Markup("")
        is_json = kind is Kind.JSON
        if kind in (Kind.PLAIN, Kind.JSON):
            html = "" if absent else html_text(readable_json(text) if is_json else text)
        else:
            html = text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not self.marking:
            return Markup(html)  # noqa: S704 - escaped above, or markup already
        self.printed.append(Printed(site, kind, text, html, absent))
        number = len(self.printed) - 1
        return Markup(f"{_OPEN}{number}{_END}{html}{_CLOSE}{_END}")  # noqa: S704 - as above
