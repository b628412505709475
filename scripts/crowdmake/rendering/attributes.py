"""Attributes of a page's elements: which hold code, control or addresses.

Data may stand in a quoted attribute, unless a browser runs it, styles with it or decides
by it what the element does. An address may be data too, but must not bring a scheme that
runs scripts or replaces the document (`javascript:`, `vbscript:`, `data:`); what a browser
drops before the scheme: https://url.spec.whatwg.org/#concept-basic-url-parser.
"""

import re
from collections.abc import Iterable

ADDRESSES = frozenset(
    [
        "action", "background", "cite", "classid", "codebase", "data", "formaction", "href",
        "icon", "imagesrcset", "longdesc", "manifest", "ping", "poster", "profile", "src",
        "srcset", "usemap", "xlink:href",
    ]
)  # fmt: skip
_CODE = re.compile(r"on|@|:|v-|x-|ng-|hx-on")
_CONTROL = {
    ("script", "type"), ("script", "language"), ("link", "rel"), ("meta", "http-equiv"),
    ("iframe", "sandbox"), ("iframe", "allow"), ("animate", "attributename"),
    ("set", "attributename"),
}  # fmt: skip
_ANIMATED = frozenset(["by", "from", "to", "values"])
_LISTS = frozenset(["imagesrcset", "ping", "srcset"])
_LINKS = frozenset(["a", "area"])
_MEDIA = frozenset(["audio", "image", "img", "input", "source", "track", "video"])
_ACTIVE = frozenset([("script", "src"), ("link", "href"), ("base", "href"), ("script", "href")])
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(image/|audio/|video/)?", re.IGNORECASE)
_DROPPED = re.compile(r"[\t\n\r]")
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_FIXED_HOST = re.compile(r"(https?:)?//[^/\\?#]+[/?#]|/?[\w.%~-]+[/?#]|[?#]", re.IGNORECASE)


def is_code(attribute: str) -> bool:
    """Return whether a browser, or a page's framework by its usual prefix, runs the attribute."""
    return bool(_CODE.match(attribute))


def is_closed(element: str, attribute: str, others: Iterable[str]) -> bool:
    """Return whether no data may stand in an attribute; ``others`` are all of the element's."""
    refreshes = element == "meta" and attribute == "content" and "http-equiv" in others
    animates = element.startswith(("animate", "set")) and attribute in _ANIMATED
    styles = attribute in ("style", "srcdoc")
    return styles or refreshes or animates or (element, attribute) in _CONTROL


def refusal(element: str, attribute: str, address: str) -> str | None:
    """Return why data may not make up this address of an element, or None."""
    addresses = re.split(r"[\s,]+", address) if attribute in _LISTS else [address]
    schemes = (_unsafe_scheme(element, attribute, one) for one in addresses)
    found = next((scheme for scheme in schemes if scheme), None)
    if found is None:
        return None
    expected = "http, https, mailto or tel" if element in _LINKS else "http or https"
    return f"the scheme {found}; expected {expected}, or an address without a scheme"


def is_unsafe_start(element: str, attribute: str, start: str) -> bool:
    """Return whether the literal start of an address leaves no place for data after it."""
    if (element, attribute) in _ACTIVE:
        return not _FIXED_HOST.match(start.lstrip(_C0_AND_SPACE))
    return refusal(element, attribute, start) is not None


def _unsafe_scheme(element: str, attribute: str, address: str) -> str | None:
    found = _SCHEME.match(_DROPPED.sub("", address).lstrip(_C0_AND_SPACE))
    if found is None:
        return None
    scheme = found[1].lower()
    if scheme in ("http", "https") or (scheme in ("mailto", "tel") and element in _LINKS):
        return None
    shows_media = element in _MEDIA or attribute in ("poster", "background")
    return None if scheme == "data" and found[2] and shows_media else scheme
