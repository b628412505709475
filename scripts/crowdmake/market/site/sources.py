"""What pages may load from elsewhere, as an operator lists it.

The list becomes part of a Content-Security-Policy (w3.org/TR/CSP3/#source-lists): nothing of it may
end the directive or begin another one. Schemes and hosts are allowed, keywords are not.
"""

import re

from crowdmake.market.exceptions import OperatorError

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_SCHEME = r"[a-z][a-z0-9+.-]*:"
_HOST = rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::(?:\d{{1,5}}|\*))?(?:/[A-Za-z0-9._~/-]*)?"
_SOURCE = re.compile(rf"\*|{_SCHEME}|(?:{_SCHEME}//)?{_HOST}")
_OPEN = ("*", "http:", "ws:")


def read(text: str) -> str:
    """Return the list with single spaces; raises OperatorError for what is none."""
    sources = text.split()
    for each in sources:
        if not _SOURCE.fullmatch(each):
            raise OperatorError(
                f"expected sources such as https: or https://cdn.example.org, not {each!r}"
            )
    return " ".join(sources)


def open_ones(text: str) -> list[str]:
    """Return the sources that anybody between a worker and them can change."""
    return [each for each in text.split() if each in _OPEN or each.startswith(("http:", "ws:"))]
