"""The answer document of an assignment, byte for byte as the service wrote it.

Characters that XML 1.0 cannot carry (most control characters, lone surrogates, U+FFFE and
U+FFFF) become U+FFFD, so that a reader sees that something stood there. A carriage return
is a character reference, because a parser would turn a raw one into a line feed.
"""

import re
from collections.abc import Iterable, Sequence

# A worker's page posts these about itself:
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ExternalQuestionArticle.html
RESERVED = frozenset({"assignmentId", "hitId", "turkSubmitTo", "workerId"})

# What an answer consists of: names of elements with their texts.
Elements = Sequence[tuple[str, str]]

_HEAD = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
)
_TAIL = "</QuestionFormAnswers>"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def answer_xml(fields: Iterable[tuple[str, str]]) -> str:
    """Return the document for posted ``fields``, in the order of their first appearance.

    Fields of one name are joined with `|`; the reserved names are left out.
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        if name not in RESERVED:
            values.setdefault(name, []).append(value)
    return document((name, [("FreeText", "|".join(each))]) for name, each in values.items())


def document(answers: Iterable[tuple[str, Elements]]) -> str:
    """Return the document of ``answers``, each a QuestionIdentifier and its elements."""
    return _HEAD + "".join(_answer(name, elements) for name, elements in answers) + _TAIL


def _answer(name: str, elements: Elements) -> str:
    named = [("QuestionIdentifier", name), *elements]
    return "".join(
        ["<Answer>", *(f"<{tag}>{_text(text)}</{tag}>" for tag, text in named), "</Answer>"]
    )


def _text(value: str) -> str:
    escaped = _NOT_XML.sub("\ufffd", value).translate(_ESCAPES)
    return escaped.encode("ascii", "xmlcharrefreplace").decode("ascii")
