"""Whether a page is HTML5 as its standard has it: what a browser would silently mend.

Amazon's market refused pages that are no valid HTML5, and a mended page may have its fields
outside its form. The parser is tinyhtml5, which keeps html5lib's list of parse errors
(https://html.spec.whatwg.org/multipage/parsing.html#parse-errors).
"""

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser
from tinyhtml5.parser import HTMLParser

from crowdmake.checking.findings import Finding
from crowdmake.messages import listed, printable, shown

_MOST = 8
_NEAR = 40
_REFERENCE = re.compile(r"&[A-Za-z0-9]+;")
_GOES_ON = re.compile(r"[=A-Za-z0-9]")
_ADVICE = {
    "doctype": "does not begin with <!DOCTYPE html>, so browsers show it in quirks mode",
    "characters": "control characters stand in the text, as which no browser shows anything",
}
_NESTED = "; browsers drop a form inside a form, and its end tag ends the outer one"
_NAME = re.compile(r"[\w:.-]{1,40}")


def invalid(html: str) -> Iterator[Finding]:
    """Yield what is not valid about a page, by the line of the page.

    A doctype is only advised, and so is text without control characters: neither changes what
    is on the page.
    """
    parser = HTMLParser()
    parser.parse(html, scripting=True)
    lines = html.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    advice = {_ADVICE[kind] for _, code, _ in parser.errors if (kind := _kind(code))}
    yield from (Finding(text, is_error=False) for text in sorted(advice))
    errors = dict.fromkeys(
        f"{_place(lines, at)}: {_told(code, about)}"
        for at, code, about in parser.errors
        if not _kind(code) and not _is_plain_ampersand(_line(lines, at), at[1], code)
    )
    for text in list(errors)[:_MOST]:
        yield Finding(text)
    if len(errors) > _MOST:
        yield Finding(f"{len(errors) - _MOST} more parse errors on the page")
    yield from _repeated_ids(html)


def _kind(code: str) -> str | None:
    """Return what is advised where the parser names ``code``, or None: it is an error."""
    if code in ("invalid-codepoint", "illegal-codepoint-for-numeric-entity"):
        return "characters"
    return "doctype" if code.startswith("expected-doctype") or code == "unknown-doctype" else None


def _place(lines: list[str], at: tuple[int, int]) -> str:
    """Return the line of the page, and what stands before the place where the parser was."""
    before = _line(lines, at)[max(0, at[1] - _NEAR) : at[1]].strip()
    return f"line {at[0]} of the page{f', at {shown(before)}' if before else ''}"


def _line(lines: list[str], at: tuple[int, int]) -> str:
    return lines[at[0] - 1] if at[0] <= len(lines) else ""


def _is_plain_ampersand(line: str, column: int, code: str) -> bool:
    """Return whether what the parser's older rules object to is no error any more.

    https://html.spec.whatwg.org/multipage/parsing.html#named-character-reference-state
    """
    if code == "expected-named-entity":
        return not _REFERENCE.match(line, line.rfind("&", 0, column))
    return code == "named-entity-without-semicolon" and bool(_GOES_ON.match(line, column))


def _told(code: str, about: dict[str, str]) -> str:
    names = [f"<{value}>" for value in about.values() if _NAME.fullmatch(str(value))]
    named = f" ({', '.join(names)})" if names else ""
    nested = code == "unexpected-start-tag" and about.get("name") == "form"
    return f"not valid HTML5: {printable(code).replace('-', ' ')}{named}{_NESTED if nested else ''}"


def _repeated_ids(html: str) -> Iterator[Finding]:
    nodes = LexborHTMLParser(html).css("[id]")
    counts = Counter(node.attributes.get("id") or "" for node in nodes)
    repeated = [printable(name) for name, count in counts.items() if name and count > 1]
    if repeated:
        text = f"the id {listed(repeated)} stands on several elements; scripts find the first only"
        yield Finding(text, is_error=False)
