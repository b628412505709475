"""The answer document, byte for byte."""

from xml.etree import ElementTree as ET

import pytest
from crowdmake.market.answers import RESERVED, answer_xml
from hypothesis import given
from hypothesis import strategies as st

NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/"
    "QuestionFormAnswers.xsd"
)
HEAD = f'<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="{NAMESPACE}">'


def document(*answers: tuple[str, str]) -> str:
    return (
        HEAD
        + "".join(
            f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>"
            f"<FreeText>{text}</FreeText></Answer>"
            for name, text in answers
        )
        + "</QuestionFormAnswers>"
    )


@pytest.mark.parametrize(
    ("fields", "answers"),
    [
        ([("plausibility", "4")], [("plausibility", "4")]),
        ([], []),
        ([("a", "")], [("a", "")]),
        ([("b", "1"), ("a", "2")], [("b", "1"), ("a", "2")]),
        ([("q", '{"x": [1 < 2 & "é"]}')], [("q", '{"x": [1 &lt; 2 &amp; "&#233;"]}')]),
        ([("q", "]]> 'x'")], [("q", "]]&gt; 'x'")]),
        ([("¿qué?", "Mañana será")], [("&#191;qu&#233;?", "Ma&#241;ana ser&#225;")]),
        ([("q", "ok \U0001f600\U0001f1ea\U0001f1f8")], [("q", "ok &#128512;&#127466;&#127480;")]),
        ([("c", "care"), ("x", "1"), ("c", "fair|ness")], [("c", "care|fair|ness"), ("x", "1")]),
        ([("t", "a\r\nb\tc")], [("t", "a&#13;\nb\tc")]),
        ([("t", "a\x00b\x1f\ufffe\ud83d")], [("t", "a" + "&#65533;b" + "&#65533;" * 3)]),
        ([(name, "x") for name in sorted(RESERVED)] + [("hitID", "x")], [("hitID", "x")]),
    ],
)
def test_documents(fields, answers):
    """Fields in their order, joined by name, escaped as little as possible, in ASCII."""
    assert answer_xml(fields) == document(*answers)


def read(xml: str) -> dict[str, str]:
    """Return the fields of a document, as a client reads them."""
    space = {"a": NAMESPACE}
    return {
        answer.findtext("a:QuestionIdentifier", None, space): answer.findtext(
            "a:FreeText", None, space
        )
        for answer in ET.fromstring(xml).findall("a:Answer", space)  # noqa: S314 - our own text
    }


TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff").filter(
        lambda character: character >= " " or character in "\t\n\r"
    )
)


@given(st.dictionaries(TEXT.filter(lambda name: name not in RESERVED), TEXT))
def test_every_field_comes_back(fields):
    """Whatever XML can carry is read back as it was posted, whoever reads it."""
    xml = answer_xml(fields.items())
    assert read(xml) == fields
    assert xml.isascii()


@given(st.dictionaries(st.text().filter(lambda name: name not in RESERVED), st.text(), max_size=1))
def test_every_document_is_well_formed(fields):
    """A character that XML cannot carry comes back as U+FFFD, and the others with it."""
    for name, value in read(answer_xml(fields.items())).items():
        ((posted_name, posted),) = fields.items()
        assert len(name) == len(posted_name)
        assert all(after in (before, "\ufffd") for before, after in zip(posted, value, strict=True))


def test_through_the_api(requester, people):
    """A requester gets the document that the worker's fields make."""
    hit_id = requester.hit()
    people.do("Ann", hit_id, ("workerId", "A1"), ("respuesta", "sí & no"), ("n", "1"), ("n", "2"))
    (shown,) = requester.work(hit_id)
    assert shown["Answer"] == document(("respuesta", "s&#237; &amp; no"), ("n", "1|2"))
