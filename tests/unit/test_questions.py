"""Questions as XML, and answers from it."""

import pytest
from crowdmake.exceptions import UserError
from crowdmake.rendering.renderer import html_question, read_answers
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
NAMESPACE = f"{SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd"
ASCII = '<?xml version="1.0" encoding="ASCII"?>'
UTF_8 = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'


def document(*answers: str, declaration: str = ASCII, between: str = "") -> str:
    inner = between.join(f"<Answer>{between}{answer}{between}</Answer>" for answer in answers)
    return f'{declaration}<QuestionFormAnswers xmlns="{NAMESPACE}">{inner}</QuestionFormAnswers>'


def free(name: str, text: str) -> str:
    return f"<QuestionIdentifier>{name}</QuestionIdentifier><FreeText>{text}</FreeText>"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0xFFFD)))
def test_a_page_travels_unchanged(text: str) -> None:
    """The page in a question's XML is the page that was put in."""
    page = f"<p>{text}]]>]]]]>]]&gt;</p>"
    content, height = fromstring(html_question(page, 450))
    assert content.text == page
    assert height.text == "450"
    assert content.tag == f"{{{SCHEMAS}/2011-11-11/HTMLQuestion.xsd}}HTMLContent"


def test_a_question_over_the_limit_is_refused() -> None:
    """The whole XML may have 65,535 bytes, in UTF-8."""
    room = 65_535 - len(html_question("", 0))
    assert len(html_question("é" * (room // 2), 0).encode()) <= 65_535
    with pytest.raises(UserError, match=r"65,536 bytes .* 65,535"):
        html_question("a" * (room + 1), 0)


@pytest.mark.parametrize("declaration", [ASCII, UTF_8, ""])
@pytest.mark.parametrize("between", ["", "\n"])
def test_both_real_forms_of_answers_are_read(declaration: str, between: str) -> None:
    """Single-line ASCII and spread UTF-8 documents give the same fields, in order."""
    xml = document(
        free("z", "a &amp; b &lt;c&gt; &#233; é \n&#13;"),
        "<QuestionIdentifier>a</QuestionIdentifier><FreeText/>",
        free("output", '{"x": "&amp;quot;"}'),
        declaration=declaration,
        between=between,
    )
    answers = read_answers(xml)
    assert list(answers.items()) == [
        ("z", "a & b <c> é é \n\r"),
        ("a", ""),
        ("output", '{"x": "&quot;"}'),
    ]


def test_selections_other_text_and_files_are_read() -> None:
    """Several selections are joined, other text among them; a file is its key."""
    xml = document(
        "<QuestionIdentifier>s</QuestionIdentifier><SelectionIdentifier>a</SelectionIdentifier>"
        "<SelectionIdentifier>b</SelectionIdentifier><OtherSelectionText>c</OtherSelectionText>",
        "<QuestionIdentifier>f</QuestionIdentifier>"
        "<UploadedFileSizeInBytes>9</UploadedFileSizeInBytes><UploadedFileKey>k</UploadedFileKey>",
        free("twice", "1"),
        free("twice", "2"),
    )
    assert read_answers(xml) == {"s": "a|b|c", "f": "k", "twice": "1|2"}


@pytest.mark.parametrize("xml", ["", " \n", document()])
def test_no_answers_are_no_fields(xml: str) -> None:
    """A worker who submits nothing leaves no fields."""
    assert read_answers(xml) == {}


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("nothing", "not well-formed"),
        (document(free("a", "b"))[:-5], "not well-formed"),
        (document(free("a", "\x00")), "not well-formed"),
        (document(free("a", "\ud800")), "surrogate"),
        (BOMB + document(free("a", "&a;"), declaration=""), "refused"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "refused"),
        ("<html/>", "expected QuestionFormAnswers"),
        (document("<FreeText>a</FreeText>"), "without a QuestionIdentifier"),
    ],
)
def test_what_cannot_be_read_says_why(xml: str, said: str) -> None:
    """A document that is broken, hostile or of another kind is a ValueError."""
    with pytest.raises(ValueError, match=said):
        read_answers(xml)
