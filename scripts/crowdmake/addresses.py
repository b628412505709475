"""Addresses on a page: which attributes hold one, and which schemes data may bring.

The schemes that run scripts or replace the document (`javascript:`, `vbscript:`, `data:`)
must never come from data; see https://url.spec.whatwg.org/#concept-basic-url-parser for
what a browser drops before it looks for the scheme.
"""

import re

ATTRIBUTES = frozenset(
    [
        "action", "background", "cite", "classid", "codebase", "data", "formaction", "href",
        "icon", "imagesrcset", "longdesc", "manifest", "ping", "poster", "profile", "src",
        "srcset", "usemap", "xlink:href",
    ]
)  # fmt: skip
_LISTS = frozenset(["imagesrcset", "ping", "srcset"])
_LINKS = frozenset(["a", "area"])
_MEDIA = frozenset(["audio", "image", "img", "input", "source", "track", "video"])
_ACTIVE = frozenset([("script", "src"), ("link", "href"), ("base", "href"), ("script", "href")])
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(image/|audio/|video/)?", re.IGNORECASE)
_DROPPED = re.compile(r"[\t\n\r]")
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_FIXED_HOST = re.compile(r"(https?:)?//[^/\\?#]+[/?#]|/?[\w.%~-]+[/?#]|[?#]", re.IGNORECASE)


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
