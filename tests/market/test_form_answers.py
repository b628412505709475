"""The answer document of a question form, and the files that belong to it."""

from xml.etree import ElementTree as ET

import pytest
from crowdmake.market import workers
from crowdmake.market.answers import answer_xml
from crowdmake.market.forms import question_form
from crowdmake.market.forms.form_answers import Uploaded, form_answer_xml, selected
from crowdmake.market.forms.parts import SelectionAnswer
from crowdmake.market.models import UploadedFile
from hypothesis import given
from hypothesis import strategies as st

from market.form_kit import UPLOAD, form, forms, question, selection

SPACE = "{http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd}"
ALL = form(
    question(identifier="text"),
    question(selection("a", "b", after="<OtherSelection/>"), "many"),
    question(selection("a", "b"), "one"),
    question(UPLOAD, "file"),
)
FORM = question_form.check(ALL)
NONE_SELECTED = [("many", []), ("one", [])]


def read(xml: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the answers of a document as a client reads them."""
    return [
        (answer[0].text, [(each.tag.removeprefix(SPACE), each.text or "") for each in answer[1:]])
        for answer in ET.fromstring(xml)  # noqa: S314 - our own text
    ]


def answers(*fields: tuple[str, str], **files: Uploaded) -> list[tuple[str, list[tuple[str, str]]]]:
    return read(form_answer_xml(FORM, fields, files))


def test_every_kind_of_answer():
    """Texts, selections, other texts and files come as what they are, in the form's order."""
    fields = [("one", "b"), ("many", "b"), ("many.other", "c"), ("many", "a"), ("text", "t\r\n<u>")]
    assert answers(*fields, file=Uploaded("3KEY", 7)) == [
        ("text", [("FreeText", "t\r\n<u>")]),
        (
            "many",
            [
                ("SelectionIdentifier", "b"),
                ("SelectionIdentifier", "a"),
                ("OtherSelectionText", "c"),
            ],
        ),
        ("one", [("SelectionIdentifier", "b")]),
        ("file", [("UploadedFileSizeInBytes", "7"), ("UploadedFileKey", "3KEY")]),
    ]


def test_the_documents_bytes():
    """The document is written as those of pages are."""
    head, tail = answer_xml([]).split("</QuestionFormAnswers>")
    assert form_answer_xml(question_form.check(form(question())), [("q", "é&")], {}) == (
        f"{head}<Answer><QuestionIdentifier>q</QuestionIdentifier><FreeText>&#233;&amp;</FreeText>"
        f"</Answer></QuestionFormAnswers>{tail}"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], NONE_SELECTED),
        ([("text", "")], [("text", [("FreeText", "")]), *NONE_SELECTED]),
        ([("text", "a"), ("text", "b")], [("text", [("FreeText", "a|b")]), *NONE_SELECTED]),
        ([("one", ""), ("many.other", "")], NONE_SELECTED),
        ([("one.other", "x"), ("unknown", "y"), ("workerId", "A1"), ("file", "z")], NONE_SELECTED),
        (
            [("one", "a"), ("one", "nowhere"), ("one", "a")],
            [
                ("many", []),
                ("one", [("SelectionIdentifier", "a"), ("SelectionIdentifier", "nowhere")]),
            ],
        ),
    ],
)
def test_what_does_not_fit(fields, expected):
    """Questions of choice always have an answer; what no question asks is left out, and no more."""
    assert answers(*fields) == expected


def test_selections_for_an_answer_key():
    """An answer key gets what was selected in each question of choice."""
    fields = [("many", "b"), ("many", "a"), ("many", "b"), ("text", "a"), ("one", "")]
    assert selected(FORM, fields) == {"many": ["b", "a"], "one": []}


_NAMES = st.sampled_from(["text", "many", "many.other", "one", "file", "x"]) | st.text()


@given(st.lists(st.tuples(_NAMES, st.text())))
def test_any_fields(fields):
    """Whatever is posted makes a document of the form's questions, in ASCII."""
    xml = form_answer_xml(FORM, fields, {})
    assert xml.isascii()
    assert {name for name, _ in read(xml)} <= {"text", "many", "one"}


@given(forms(), st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), min_size=1))
def test_each_field_is_its_questions(xml, text):
    """In every form, what is posted under a question's name is that question's answer."""
    read_form = question_form.check(xml)
    for each in read_form.questions:
        document = read(form_answer_xml(read_form, [(each.identifier, text)], {}))
        given_to = [name for name, elements in document if elements]
        expected = [] if "FileUpload" in type(each.answer).__name__ else [each.identifier]
        assert given_to == expected
        other = read(form_answer_xml(read_form, [(each.other_field, text)], {}))
        has_other = isinstance(each.answer, SelectionAnswer) and each.answer.other
        assert [name for name, elements in other if elements] == (
            [each.identifier] if has_other else []
        )


def upload(market, assignment, identifier: str, content: bytes) -> UploadedFile:
    return market.run(lambda now: workers.upload(assignment, identifier, content, now))


def test_submitting_a_form(requester, people, market):
    """A worker's fields and file become the document that the requester gets."""
    assignment = people.accept("Ann", requester.hit(Question=ALL))
    upload(market, assignment, "file", b"first")
    key = upload(market, assignment, "file", b"\x00last").key
    people.submit(assignment, ("text", "é"), ("one", "a"), ("hitId", "x"))
    (shown,) = requester.work(requester.client.list_hits()["HITs"][0]["HITId"])
    assert read(shown["Answer"]) == [
        ("text", [("FreeText", "é")]),
        ("many", []),
        ("one", [("SelectionIdentifier", "a")]),
        ("file", [("UploadedFileSizeInBytes", "5"), ("UploadedFileKey", key)]),
    ]
    with market.reading():
        (file,) = UploadedFile.objects.all()
        assert bytes(file.content) == b"\x00last"


def test_a_page_about_forms_is_no_form(requester, people):
    """A page that only speaks of the form's schema is answered like any page."""
    from market.kit import html_question

    hit_id = requester.hit(Question=html_question(question_form.MARK))
    people.do("Ann", hit_id, ("anything", "x"))
    assert read(requester.work(hit_id)[0]["Answer"]) == [("anything", [("FreeText", "x")])]


@pytest.mark.parametrize(
    ("identifier", "content", "why"),
    [
        ("text", b"xx", "does not ask for a file"),
        ("nothing", b"xx", "does not ask for a file"),
        ("file", b"x", "The file has 1 bytes; this question asks for 2 to 30."),
        ("file", b"x" * 31, "31 bytes"),
    ],
)
def test_files_that_no_question_asks_for(requester, people, market, identifier, content, why):
    """A file has to be one that a question asks for, of its size."""
    assignment = people.accept("Ann", requester.hit(Question=ALL))
    with pytest.raises(workers.Refused, match=why):
        upload(market, assignment, identifier, content)
    with market.reading():
        assert not UploadedFile.objects.exists()


def test_the_markets_own_limit(requester, people, market):
    """The market keeps files of up to 10,000,000 bytes, whatever the form allows."""
    great = form(question(UPLOAD.replace(">30<", ">2000000000<"), "file"))
    assignment = people.accept("Ann", requester.hit(Question=great))
    assert upload(market, assignment, "file", b"x" * 10_000_000).pk
    with pytest.raises(workers.Refused, match="2 to 10000000"):
        upload(market, assignment, "file", b"x" * 10_000_001)


def test_files_for_pages_and_for_work_that_is_done(requester, people, market):
    """Pages ask for no files, and after the submission nothing is added."""
    page = people.accept("Ann", requester.hit())
    with pytest.raises(workers.Refused, match="does not ask"):
        upload(market, page, "file", b"xx")
    done = people.accept("Ann", requester.hit(Question=ALL))
    people.submit(done)
    with pytest.raises(workers.Refused, match="already submitted"):
        upload(market, done, "file", b"xx")
