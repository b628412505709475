"""What Huginn adds to Liquid for texts: github.com/huginn/huginn, liquid_interpolatable.rb."""

import html
from typing import TextIO
from urllib.parse import quote_plus

import regex
from liquid import Node, RenderContext, Tag, Token, TokenStream
from liquid.exceptions import FilterArgumentError, LiquidSyntaxError
from liquid.filter import string_filter

from crowdmake.rendering.escaping import json_text, readable_json

_SECONDS = 1
"""For how long a pattern may look at a text: what rows and workers write can make it take hours."""


@string_filter
def uri_escape(text: str) -> str:
    """Return text as it may stand in an address."""
    return quote_plus(text)


@string_filter
def unescape(text: str) -> str:
    """Return text in which HTML's references are the characters that they stand for."""
    return html.unescape(text)


@string_filter
def regex_replace(text: str, pattern: object, replacement: object = "") -> str:
    """Return text with every match of a pattern replaced."""
    return _replaced(text, pattern, replacement, 0)


@string_filter
def regex_replace_first(text: str, pattern: object, replacement: object = "") -> str:
    """Return text with the first match of a pattern replaced."""
    return _replaced(text, pattern, replacement, 1)


@string_filter
def regex_extract(text: str, pattern: object, group: object = 0) -> str | None:
    """Return the first match of a pattern, or a group of it; nothing where there is none."""
    try:
        found = regex.search(str(pattern), text, flags=regex.MULTILINE, timeout=_SECONDS)
        return found[group if isinstance(group, int) else str(group)] if found else None
    except (regex.error, IndexError, TimeoutError) as problem:
        raise _failed(problem) from None


def as_json(value: object) -> str:
    """Return a value as JSON."""
    try:
        return readable_json(json_text(value))
    except (TypeError, ValueError) as problem:
        raise FilterArgumentError(str(problem), token=None) from None


def _replaced(text: str, pattern: object, replacement: object, count: int) -> str:
    # As in Ruby ^ and $ stand for the ends of lines.
    try:
        return regex.sub(
            str(pattern),
            str(replacement),
            text,
            count=count,
            flags=regex.MULTILINE,
            timeout=_SECONDS,
        )
    except (regex.error, IndexError, TimeoutError) as problem:
        raise _failed(problem) from None


def _failed(problem: Exception) -> FilterArgumentError:
    if isinstance(problem, TimeoutError):
        return FilterArgumentError(f"the pattern takes over {_SECONDS} s on this text", token=None)
    return FilterArgumentError(f"no pattern: {problem}", token=None)


class _Break(Node):
    def render_to_output(self, _: RenderContext, buffer: TextIO) -> int:
        return buffer.write("\n")


class LineBreak(Tag):
    """The tag `{% line_break %}`."""

    name = "line_break"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Return the node that prints a line break."""
        token: Token = stream.current
        return _Break(token)


class Credential(Tag):
    """The tag `{% credential name %}`, which stands for a secret of Huginn's user."""

    name = "credential"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Refuse the tag: no secret goes into a text that workers read."""
        message = "credentials do not come along; write the text itself, or put it into the rows"
        raise LiquidSyntaxError(message, token=stream.current)


FILTERS = {
    "uri_escape": uri_escape,
    "unescape": unescape,
    "regex_replace": regex_replace,
    "regex_replace_first": regex_replace_first,
    "regex_extract": regex_extract,
    "json": as_json,
}
