"""Answers as review policies compare them: sets of values, without the space around each.

Two answers agree when they have the same values, in whatever order. A page's same-named
fields come as one text with `|` between them, so that both sides are split there.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

Values = frozenset[str]

NOTHING: Values = frozenset()
SEPARATOR = "|"
# "Answers that are longer than 256 characters are not used in the computation of HIT review
# policies": docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HITReviewPolicies.html
LONGEST = 256

_NAMESPACE = (
    "{http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/"
    "QuestionFormAnswers.xsd}"
)
_VALUES = {_NAMESPACE + tag for tag in ("FreeText", "SelectionIdentifier", "OtherSelectionText")}


def values_of(texts: Iterable[str]) -> Values:
    """Return the values in ``texts``; nothing is no value."""
    parts = (part.strip() for text in texts for part in text.split(SEPARATOR))
    return frozenset(part for part in parts if part)


def answers(document: str) -> dict[str, list[str]]:
    """Return the texts that answer each question of an answer document."""
    if not document:
        return {}
    given = fromstring(document, forbid_dtd=True).findall(f"{_NAMESPACE}Answer")
    return {_name(answer): _texts(answer) for answer in given}


def comparable(texts: Iterable[str]) -> Values | None:
    """Return the values in ``texts``, None where they are too long to be compared."""
    joined = SEPARATOR.join(texts)
    return None if len(joined) > LONGEST else values_of([joined])


def _name(answer: Element) -> str:
    return (answer.findtext(f"{_NAMESPACE}QuestionIdentifier") or "").strip()


def _texts(answer: Element) -> list[str]:
    return [each.text or "" for each in answer if each.tag in _VALUES]
