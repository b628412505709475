"""How text is written so that it stays text: in HTML, JSON, JavaScript, CSS and XML.

A question may hold no character outside the Basic Multilingual Plane
(https://github.com/boto/boto3/issues/2277) and none that XML 1.0 leaves out
(https://www.w3.org/TR/xml/#charsets), so every writer here avoids both. JSON holds no `//`
either: a market that points the addresses in a page's scripts elsewhere takes data for none.
"""

import json
import re

import rfc8785
from markupsafe import escape

ASTRAL = re.compile("[\U00010000-\U0010ffff]+")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_JSON = re.compile(
    "[<>&'\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff\U00010000-\U0010ffff]|(?<=/)/"
)
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
_NOT_AS_IN_JAVASCRIPT = re.compile(r"\d\.0(?!\d)|\de[-+]?\d")
_JSON_KEY = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')
_ESCAPE = re.compile(r"(?:\\u[0-9a-f]{4})+|\\.")
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PROTO = '"__proto__"'
_IN_STRING = re.compile(r'[\\"`$\n]')


def bad_character(text: str) -> str | None:
    """Return the first character that XML 1.0 cannot hold, as `U+0000`, or None."""
    found = _NOT_XML.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def html_text(text: str) -> str:
    """Return text for an element's content or a quoted attribute."""
    escaped = str(escape(text)).replace("\r", "&#13;")
    return escaped if escaped.isascii() else ASTRAL.sub(_references, escaped)


def references(text: str) -> str:
    """Return text with every character as a numeric reference."""
    return "".join(f"&#x{ord(character):x};" for character in text)


def unicode_escapes(text: str) -> str:
    r"""Return text as the `\uXXXX` escapes, in UTF-16 units, that JSON and JavaScript share."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def code_point_escapes(text: str) -> str:
    r"""Return text as `\u{X}` escapes, the only ones that JavaScript's identifiers take."""
    return "".join(f"\\u{{{ord(character):x}}}" for character in text)


def css_escapes(text: str) -> str:
    """Return text as CSS escapes, each ended by a space that belongs to it."""
    return "".join(f"\\{ord(character):x} " for character in text)


def json_text(value: object, indent: int | None = None) -> str:
    """Return JSON that no HTML element can end, in the value's own key order.

    Numbers are written as JavaScript prints them.

    Raises:
        TypeError: The value is not of JSON's types.
        ValueError: It holds NaN or an infinity.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators
    )
    if _NOT_AS_IN_JAVASCRIPT.search(text):
        text = _JSON_TOKEN.sub(_number, text)
    return _JSON.sub(lambda match: unicode_escapes(match[0]), text)


def readable_json(text: str) -> str:
    r"""Return what `json_text` wrote for readers outside scripts: its characters as they are.

    Those that XML cannot hold, and control characters, stay `\u` escapes.
    """
    return _ESCAPE.sub(_unescaped, text) if "\\u" in text else text


def javascript_json(text: str) -> str:
    """Return JSON as an expression of JavaScript, where a plain `__proto__` is no data."""
    if _PROTO not in text:
        return text
    return _JSON_KEY.sub(
        lambda match: f"[{_PROTO}]:" if match[1] == _PROTO and match[2] else match[0], text
    )


def javascript_string(text: str) -> str:
    """Return text for the inside of a JavaScript string in any of its three quotes."""
    return _IN_STRING.sub(lambda match: "\\n" if match[0] == "\n" else "\\" + match[0], text)


def _unescaped(match: re.Match[str]) -> str:
    if not match[0].startswith("\\u"):
        return match[0]
    units = bytes.fromhex(match[0].replace("\\u", ""))
    text = units.decode("utf-16-be", "surrogatepass")
    return "".join(
        unicode_escapes(character) if _UNREADABLE.match(character) else character
        for character in text
    )


def _references(match: re.Match[str]) -> str:
    return references(match[0])


def _number(match: re.Match[str]) -> str:
    token = match[0]
    if token.startswith('"') or not _NOT_AS_IN_JAVASCRIPT.search(token):
        return token
    return rfc8785.dumps(float(token)).decode()
