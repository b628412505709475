"""The addresses on a page: what it would load over http, and what exists only at home."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crowdmake.checking.findings import Finding
from crowdmake.messages import shown
from crowdmake.rendering.attributes import ADDRESSES, is_code

_NOT_LOADED = {("a", "href"), ("area", "href"), ("form", "action"), ("base", "href")}
_NO_ADDRESS = frozenset(["cite", "classid", "longdesc", "profile", "usemap"])
_NAMES = ADDRESSES - _NO_ADDRESS
# Elements of a page's own, such as <crowd-button icon="search">, mean what they like by others.
_ANYWHERE = frozenset(["href", "poster", "src", "srcset"])
_LEFT = re.compile(r"\$\{ ?[A-Za-z_]\w* ?\}")
_LISTS = frozenset(["srcset", "imagesrcset", "ping"])
_CSS = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HARMLESS = frozenset(["about", "blob", "data", "javascript", "mailto", "sms", "tel"])
_LOCAL_NAMES = re.compile(r"(.*\.)?(localhost|local|lan|internal|home\.arpa)\.?|[^.:]*")

NOT_OVER_HTTP = "browsers do not load http on a page that is served over https; use https"


class _Address(NamedTuple):
    text: str
    where: str
    is_loaded: bool


def unreachable(html: str) -> Iterator[Finding]:
    """Yield a finding for each address that a worker's browser would not reach or not load."""
    tree = LexborHTMLParser(html)
    base = next((node.attributes.get("href") or "" for node in tree.css("base[href]")), "")
    for address in dict.fromkeys(_addresses(tree)):
        problem = _problem(address, is_based=_reaches(base))
        if problem:
            yield Finding(f"{address.where}: found {shown(address.text)}; {problem}")


def unfilled(html: str) -> Iterator[Finding]:
    """Yield a warning for each `${name}` that is left from a page of Amazon's Requester site."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style", "template"])
    attributes = (
        value
        for node in tree.css("*")
        for name, value in node.attributes.items()
        if value and name.lower() not in ADDRESSES and not is_code(name.lower())
    )
    texts = [tree.body.text() if tree.body else "", *attributes]
    for left in dict.fromkeys(found for text in texts for found in _LEFT.findall(text)):
        yield Finding(f"found {left}; {_unfilled(left)}", is_error=False)


def _unfilled(left: str) -> str:
    return f"only Amazon's site fills in {left}; write {{{{ {left[2:-1].strip()} }}}}"


def _addresses(tree: LexborHTMLParser) -> Iterator[_Address]:
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            if value:
                yield from _of_attribute(node, name.lower(), value)
    for style in tree.css("style"):
        yield from _of_css(style.text() or "", "<style>")


def _of_attribute(node: LexborNode, name: str, value: str) -> Iterator[_Address]:
    tag = node.tag or ""
    where = f"{name} of <{tag}>"
    if name == "style":
        yield from _of_css(value, where)
    elif name in (_ANYWHERE if "-" in tag else _NAMES) and (tag, name) != ("form", "action"):
        parts = value.split(",") if name in _LISTS else [value]
        for part in parts:
            text = part.split()[0] if name in _LISTS and part.split() else part.strip()
            yield _Address(text, where, (tag, name) not in _NOT_LOADED)


def _of_css(css: str, where: str) -> Iterator[_Address]:
    for found in _CSS.finditer(css):
        yield _Address((found[1] or found[2]).strip(), f"url() in {where}", is_loaded=True)


def _problem(address: _Address, *, is_based: bool) -> str | None:
    text = address.text
    scheme = _SCHEME.match(text)
    name = scheme[1].lower() if scheme else ""
    if not text or text.startswith("#") or name in _HARMLESS:
        return None
    if left := _LEFT.search(text):
        return _unfilled(left[0])
    if name == "file" or len(name) == 1 or text.startswith("\\\\"):
        return "a file on this machine, which workers do not have; put it on a web server"
    if name in ("http", "https") or text.startswith("//"):
        if not _reaches(text):
            return "a host that only this network knows; put it on a public web server"
        if name == "http" and address.is_loaded:
            return NOT_OVER_HTTP
        return None
    if name or is_based:
        return None
    return "a relative path leads nowhere on a market; write the whole https address"


def _reaches(address: str) -> bool:
    """Return whether an address has a host that others can have."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return False
    if not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return not _LOCAL_NAMES.fullmatch(host)
