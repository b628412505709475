"""What a HIT shows: which of the three kinds of question, and how high."""

import re
from dataclasses import dataclass

from crowdmake.market import questions
from crowdmake.market.forms.documents import parsed

# Higher than any page; it may be written with any number of digits.
MAX_HEIGHT = 20_000
_LONGEST_HEIGHT = len(str(MAX_HEIGHT))
# A page that says these words keeps something in the browser, or says that it wants to. Nothing is
# looked at twice, so that no page takes long.
_STORAGE = re.compile(
    r"\b(?:localStorage|sessionStorage|indexedDB|document\s*+\.\s*+cookie|caches\s*+\.)",
    re.IGNORECASE,
)
_META = re.compile(r"<meta\b([^<>]*+)", re.IGNORECASE)
_NAMED = re.compile(r"\bname\s*+=\s*+[\"']?crowdmake\b", re.IGNORECASE)
_WANTS = re.compile(r"\bcontent\s*+=\s*+[\"']?storage\b", re.IGNORECASE)


@dataclass(frozen=True)
class Shown:
    """A question; ``height`` is in pixels, 0 to fill the window."""

    html: str = ""
    """The page of an HTMLQuestion."""
    url: str = ""
    """The address of an ExternalQuestion; a QuestionForm has neither."""
    height: int = 0

    @property
    def stores(self) -> bool:
        """Return whether the page keeps something in the browser."""
        said = (each[1] for each in _META.finditer(self.html))
        return bool(_STORAGE.search(self.html)) or any(map(_wants_storage, said))


def read(xml: str) -> Shown:
    """Return what is shown for a HIT's question, which `questions.check` has let pass."""
    root = parsed(xml)
    if root.tag == questions.HTML + "HTMLQuestion":
        return Shown(html=root[0].text or "", height=_height(root[1].text))
    if root.tag == questions.EXTERNAL + "ExternalQuestion":
        return Shown(url=(root[0].text or "").strip(), height=_height(root[1].text))
    return Shown()


def _wants_storage(attributes: str) -> bool:
    return bool(_NAMED.search(attributes) and _WANTS.search(attributes))


def _height(text: str | None) -> int:
    digits = (text or "").strip().lstrip("0")
    if len(digits) > _LONGEST_HEIGHT:
        return MAX_HEIGHT
    return min(int(digits or 0), MAX_HEIGHT)
