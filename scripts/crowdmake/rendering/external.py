"""External pages: the address that a HIT shows, with a row's values in it.

The market adds its own parameters to the address (assignmentId and so on) and takes https only:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ExternalQuestionArticle.html
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crowdmake.messages import listed, printable, shown
from crowdmake.rendering.escaping import html_text, json_text, readable_json
from crowdmake.rendering.marks import RenderProblem
from crowdmake.rendering.questions import external_question
from crowdmake.rendering.renderer import RESERVED, RenderError

_HOST = r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?"
# Behind a host that stands in the configuration no value can lead elsewhere.
_OPENING = re.compile(rf"{_HOST}([/?#]|$)")
_WHOLE = re.compile(r"\s*\{\{[^{}]*\}\}\s*")
_ADDRESS = re.compile(rf"{_HOST}([/?#][!-~]*)?")
_RESERVED_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"
_EXPECTED = "https://host/ with {{ key }} behind it, or one {{ key }} that holds a whole address"


_PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
_FRAME = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Preview</title>
<style>html, body, iframe {{ height: 100%; width: 100%; margin: 0; border: 0; }}</style></head>
<body><iframe title="The external page" src="{address}"></iframe></body></html>
"""


class _Encoded(str):
    """Text that is percent-encoded already."""

    __slots__ = ()


def url_problem(source: str) -> str | None:
    """Return what is wrong with the address in the configuration, or None."""
    if not _WHOLE.fullmatch(source) and not _OPENING.match(source):
        return f"expected {_EXPECTED}"
    try:
        _environment.from_string(source)
    except TemplateError as problem:
        return f"not a template ({problem}); expected {_EXPECTED}"
    return None


class ExternalPage:
    """The address of an external page, for one row after the other.

    ``source`` says where it stands, for messages.
    """

    def __init__(self, address: str, source: str) -> None:
        self.source = source
        self.notes: list[str] = []
        self._is_whole = bool(_WHOLE.fullmatch(address))
        environment = _whole_environment if self._is_whole else _environment
        self._template = environment.from_string(address.strip())

    def address(self, row: object) -> str:
        """Return the address for ``row``, any JSON value.

        Raises:
            RenderError: it lacks a key of the row, or does not come out as an address.
        """
        named = row if isinstance(row, dict) else {}
        variables = {key: value for key, value in named.items() if key not in RESERVED}
        try:
            address = self._template.render({**variables, "input": row})
        except (TemplateError, TypeError, ValueError, ArithmeticError) as problem:
            raise self._error(f"{printable(str(problem))}{_keys(named)}") from None
        if self._is_whole:
            address = quote(address.strip(), safe=_RESERVED_CHARACTERS)
        if not _ADDRESS.fullmatch(address):
            raise self._error(f"comes out as {shown(address)}; expected https://host/path")
        if any(unquote(part) in {".", ".."} for part in urlsplit(address).path.split("/")):
            raise self._error(f"{shown(address)} has a step '.' or '..', which leads elsewhere")
        return address

    def question(self, row: object, frame_height: int) -> str:
        """Return the XML of the question that shows the page for ``row``.

        Raises:
            UserError: it does not come out as an address, or is larger than a market accepts.
        """
        return external_question(self.address(row), frame_height)

    def preview(self, row: object) -> str:
        """Return a page that frames the external one as a market does before it is accepted.

        Raises:
            RenderError: it does not come out as an address.
        """
        address, hash_, fragment = self.address(row).partition("#")
        separator = "&" if "?" in address else "?"
        asked = f"{address}{separator}assignmentId={_PREVIEW}&hitId=PREVIEW{hash_}{fragment}"
        return _FRAME.format(address=html_text(asked))

    def _error(self, text: str) -> RenderError:
        return RenderError(RenderProblem("row", f"{self.source}: {text}"))


def _keys(row: Mapping[str, Any]) -> str:
    return f" (the row's keys: {listed(map(printable, row))})" if row else ""


def _text(value: object) -> str:
    """Return a value of the row as text: itself, or its JSON."""
    if isinstance(value, str | Undefined):
        return str(value)  # what is undefined raises, and names itself
    return readable_json(json_text(value))


def _percent_encoded(value: object) -> str:
    return value if isinstance(value, _Encoded) else quote(_text(value), safe="")


def _urlencode(value: object) -> object:
    """Return an object as a query's parameters; anything else is encoded where it is printed."""
    if not isinstance(value, dict):
        return value
    pairs = (f"{quote(key, safe='')}={_percent_encoded(each)}" for key, each in value.items())
    return _Encoded("&".join(pairs))


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_percent_encoded)
_environment.filters["urlencode"] = _urlencode
_whole_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_text)
