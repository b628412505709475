"""Which question forms a HIT may show, and what is read from them."""

import time

import pytest
from crowdmake.market import questions
from crowdmake.market.forms import formatted_content, question_form
from crowdmake.market.forms.parts import (
    AnswerFormatRegex,
    Application,
    Binary,
    EmbeddedBinary,
    FileUploadAnswer,
    FormattedContent,
    FreeTextAnswer,
    ItemList,
    Overview,
    Question,
    Range,
    Selection,
    SelectionAnswer,
    Text,
    Title,
)
from crowdmake.market.protocol.errors import PREFIX, MarketError, ParameterValidationError
from hypothesis import given
from hypothesis import strategies as st

from market.form_kit import (
    APPLET,
    BINARY,
    NEW,
    TEXT,
    UPLOAD,
    constrained,
    form,
    formatted,
    forms,
    question,
    selection,
)
from market.kit import SCHEMAS

XML, XHTML, VALUE = "XMLParseError", "XHTMLParseError", "InvalidParameterValue"
LONGEST_MESSAGE = 700
# What a form of the greatest size may take where it takes longest; they take tenths.
SECONDS = 5


def refusal(xml: str, check=question_form.check) -> ParameterValidationError:
    """Return why the form is refused; its message is never long."""
    with pytest.raises(ParameterValidationError) as caught:
        check(xml)
    assert len(caught.value.message) < LONGEST_MESSAGE
    return caught.value


def refused(xml: str) -> ParameterValidationError | None:
    """Return why the form is refused, None if it is taken."""
    try:
        question_form.check(xml)
    except ParameterValidationError as error:
        return error
    return None


def code(xml: str) -> str:
    return refusal(xml).code.removeprefix(PREFIX)


def test_the_reference_example():
    """A form like the reference's own is read with its questions in order."""
    overview = f"<Overview><Title>Game</Title><Text>\n Help. </Text>{BINARY}</Overview>"
    move = (
        "<Question><QuestionIdentifier>nextmove</QuestionIdentifier><DisplayName>Move</DisplayName>"
        "<IsRequired>true</IsRequired><QuestionContent><Text>Where?</Text></QuestionContent>"
        '<AnswerSpecification><FreeTextAnswer><Constraints><Length minLength="2" maxLength="2"/>'
        "</Constraints><DefaultText>C1</DefaultText></FreeTextAnswer></AnswerSpecification></Question>"
    )
    style = "<StyleSuggestion>radiobutton</StyleSuggestion>"
    likely = question(selection("no", "yes", before=style), "likely")
    assert question_form.check(form(overview, move, likely)).parts == (
        Overview(
            (
                Title("Game"),
                Text("\n Help. "),
                Binary("image", "gif", "http://example.org/a.gif", "A board"),
            )
        ),
        Question(
            identifier="nextmove",
            other_field="nextmove.other",
            display_name="Move",
            required=True,
            content=(Text("Where?"),),
            answer=FreeTextAnswer(None, Range(2, 2), (), "C1", 1),
        ),
        Question(
            identifier="likely",
            other_field="likely.other",
            display_name="",
            required=False,
            content=(Text("?"),),
            answer=SelectionAnswer(
                1,
                1,
                "radiobutton",
                (Selection("no", Text("no")), Selection("yes", Text("yes"))),
                None,
            ),
        ),
    )


def test_every_kind_of_content():
    """Lists, embedded files, applets and markup are read with all that belongs to them."""
    embedded = (
        "<EmbeddedBinary><EmbeddedMimeType><Type>video</Type></EmbeddedMimeType>"
        "<DataURL>https://example.org/v</DataURL><AltText/><Width>4</Width><Height>50%</Height>"
        "<ApplicationParameter><Name>n</Name><Value>v</Value></ApplicationParameter></EmbeddedBinary>"
    )
    listed = "<List><ListItem>a</ListItem><ListItem/></List>"
    content = listed + embedded + APPLET + formatted("<b>x</b>")
    (read,) = question_form.check(form(question(content=content))).questions
    assert read.content == (
        ItemList(("a", "")),
        EmbeddedBinary("video", "", "https://example.org/v", "", "4", "50%", (("n", "v"),)),
        Application("http://example.org/", "A.class", "4", "3", (("n", "v"),)),
        FormattedContent("<b>x</b>"),
    )


def test_every_constraint():
    """Numbers, lengths and patterns are kept for those who check answers against them."""
    answer = constrained(
        '<IsNumeric minValue="-5"/><Length maxLength="9"/>'
        '<AnswerFormatRegex regex="^a" flags="i" errorText="An a."/><AnswerFormatRegex regex="b"/>'
    )
    (read,) = question_form.check(form(question(answer))).questions
    assert read.answer == FreeTextAnswer(
        Range(-5, None),
        Range(None, 9),
        (
            AnswerFormatRegex("^a", "An a.", ignores_case=True),
            AnswerFormatRegex("b", "Invalid input supplied.", ignores_case=False),
        ),
        "",
        1,
    )


@pytest.mark.parametrize(
    ("answer", "required"),
    [
        (TEXT, False),
        (constrained('<Length minLength="0"/>'), False),
        (constrained('<Length minLength="1"/>'), True),
        (selection("a"), False),
    ],
)
def test_required_questions(answer, required):
    """A least length makes an answer required, as IsRequired does."""
    (read,) = question_form.check(form(question(answer))).questions
    assert read.required is required
    said = form(question(answer)).replace(
        "<QuestionContent>", "<IsRequired> 1 </IsRequired><QuestionContent>"
    )
    assert question_form.check(said).questions[0].required


def test_files_and_other_texts():
    """Uploads have their sizes; the text beside selections has limits like a free text."""
    other = "<OtherSelection><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion></OtherSelection>"
    read = question_form.check(
        form(question(UPLOAD, "f"), question(selection("a", after=other), "s"))
    )
    assert read.questions[0].answer == FileUploadAnswer(2, 30)
    assert read.questions[1].answer.other == FreeTextAnswer(None, None, (), "", 3)


def test_names_of_fields():
    """Each field of a form has a name of its own, whatever its questions are called."""
    read = question_form.check(
        form(*(question(identifier=each) for each in ("q", "q.other", " q.other.other\n")))
    )
    names = [(each.identifier, each.other_field) for each in read.questions]
    assert names == [
        ("q", "q.other.other.other"),
        ("q.other", "q.other.other.other.other"),
        ("q.other.other", "q.other.other.other.other.other"),
    ]


GOOD = question()
BAD_STRUCTURE = {
    "no question": form("<Overview><Text/></Overview>"),
    "nothing": form(),
    "another element": form(GOOD, "<Preface/>"),
    "the order of a question": form(
        "<Question><DisplayName/><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text/>"
        f"</QuestionContent><AnswerSpecification>{TEXT}</AnswerSpecification></Question>"
    ),
    "the order of constraints": form(question(constrained("<Length/><IsNumeric/>"))),
    "empty content": form(question(content="")),
    "text between elements": form(question(content="Hello")),
    "an element in a text": form(question(content="<Text><b>x</b></Text>")),
    "an empty identifier": form(question(identifier=" ")),
    "a boolean": form(GOOD.replace("<QuestionContent>", "<IsRequired>yes</IsRequired><QuestionContent>")),
    "two answers": form(question(TEXT + TEXT)),
    "no selections": form(question(selection())),
    "a style": form(question(selection("a", before="<StyleSuggestion>radio</StyleSuggestion>"))),
    "a count": form(question(selection("a", before="<MaxSelectionCount>0</MaxSelectionCount>"))),
    "a huge count": form(
        question(selection("a", before=f"<MaxSelectionCount>{'9' * 9000}</MaxSelectionCount>"))
    ),
    "a number": form(question(constrained('<IsNumeric minValue="1.5"/>'))),
    "a length": form(question(constrained('<Length minLength="-1"/>'))),
    "a pattern missing": form(question(constrained("<AnswerFormatRegex/>"))),
    "flags": form(question(constrained('<AnswerFormatRegex regex="a" flags="g"/>'))),
    "an attribute": form(question(content='<Text lang="en">x</Text>')),
    "a script address": form(question(content=BINARY.replace("http://", "javascript://"))),
    "a relative address": form(question(content=BINARY.replace("http://", "/"))),
    "no text for a picture": form(question(content=BINARY.replace("<AltText>A board</AltText>", ""))),
    "a kind of file": form(question(content=BINARY.replace("image", "text"))),
    "the order of sizes": form(
        question(
            "<FileUploadAnswer><MinFileSizeInBytes>2</MinFileSizeInBytes>"
            "<MaxFileSizeInBytes>3</MaxFileSizeInBytes></FileUploadAnswer>"
        )
    ),
    "a size past the service's": form(question(UPLOAD.replace(">30<", ">2000000001<"))),
    "a file in the later version": form(question(UPLOAD), version=NEW),
    "an applet in the later version": form(question(content=APPLET), version=NEW),
    "another version's element": form(GOOD.replace("<Question>", f'<Question xmlns="{SCHEMAS}{NEW}/QuestionForm.xsd">')),
    "another version": form(GOOD, version="2006-10-01"),
    "a type of the document's own": form(
        GOOD.replace("<Text>", '<Text xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="x:y">')
    ),
}  # fmt: skip


@pytest.mark.parametrize("xml", BAD_STRUCTURE.values(), ids=BAD_STRUCTURE)
def test_structure(xml):
    """What the schema of its version does not have makes a form unparsable, also out of order."""
    error = refusal(xml, questions.check)
    assert error.code == PREFIX + XML
    assert "Details: cvc-" in error.message


BAD_VALUES = {
    "question identifiers": form(GOOD, question(identifier=" q ")),
    "selection identifiers": form(question(selection("a", "b", "a"))),
    "more selections than there are": form(
        question(selection("a", before="<MaxSelectionCount>2</MaxSelectionCount>"))
    ),
    "more selections than allowed": form(
        question(selection("a", "b", before="<MinSelectionCount>2</MinSelectionCount>"))
    ),
    "numbers": form(question(constrained('<IsNumeric minValue="3" maxValue="2"/>'))),
    "lengths": form(question(constrained('<Length minLength="3" maxLength="2"/>'))),
    "lengths of another text": form(
        question(
            selection(
                "a",
                after='<OtherSelection><Constraints><Length minLength="3" maxLength="2"/>'
                "</Constraints></OtherSelection>",
            )
        )
    ),
    "a pattern": form(question(constrained('<AnswerFormatRegex regex="("/>'))),
    "a pattern of Python's": form(
        question(constrained('<AnswerFormatRegex regex="(?P&lt;a>b)"/>'))
    ),
    "sizes": form(question(UPLOAD.replace(">2<", ">31<"))),
    "a file that the market cannot keep": form(
        question(UPLOAD.replace(">30<", ">20000000<").replace(">2<", ">10000001<"))
    ),
    "the name of a file": form(question(UPLOAD, "q" * 201)),
}


@pytest.mark.parametrize("xml", BAD_VALUES.values(), ids=BAD_VALUES)
def test_values(xml):
    """A form that nobody could fill in is refused, though its schema allows it."""
    assert code(xml) == VALUE


@pytest.mark.parametrize(
    "answer",
    [
        selection(
            "a", before="<MaxSelectionCount>2</MaxSelectionCount>", after="<OtherSelection/>"
        ),
        selection("a", before="<MinSelectionCount>0</MinSelectionCount>"),
        constrained('<IsNumeric minValue="2" maxValue="2"/>'),
        constrained(r'<AnswerFormatRegex regex="(?&lt;year>\d{4})[^]"/>'),
        constrained("<IsNumeric> </IsNumeric><Length></Length>"),
        UPLOAD.replace(">30<", ">2000000000<"),
    ],
)
def test_values_at_their_limits(answer):
    """A form that somebody can fill in is taken; patterns are JavaScript's."""
    assert question_form.check(form(question(answer))).questions


@pytest.mark.parametrize(
    "content",
    [
        "plain &amp; simple",
        '<table border="1"><tr><td align="center" colspan="2">&nbsp;&eacute;</td></tr></table>',
        '<a href="MAILTO:a@example.org" title="t">x</a> <a href="#top">y</a>',
        '<img src="https://example.org/a?b=c&amp;d" alt=""/><br title="t"/>',
        '<map name="m"><area alt="" shape="rect" coords="0,0,1,1" nohref="nohref"/></map>',
        '<dl><dt>a</dt><dd lang="en" dir="ltr">b</dd></dl>',
        "<b>" * 64 + "</b>" * 64,
    ],
)
def test_markup(content):
    """The part of XHTML that the reference lists is shown, with HTML's names of characters."""
    assert question_form.check(form(question(content=formatted(content))))


@pytest.mark.parametrize(
    "content",
    [
        "<b>open",
        "<b><i>crossed</b></i>",
        "<B>upper</B>",
        "<br>",
        "<p align=left>x</p>",
        "&nosuch;",
        "a & b",
        "</FormattedContent><FormattedContent>",
        "<FormattedContent/>",
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        "<div>x</div>",
        "<span>x</span>",
        "<iframe src='http://example.org/'/>",
        "<form action='http://example.org/'/>",
        "<p id='a'>x</p>",
        "<p class='a'>x</p>",
        "<p style='color: red'>x</p>",
        "<p onclick='x()'>x</p>",
        "<br lang='en'/>",
        "<img src='http://example.org/'/>",
        "<img alt='x'/>",
        "<area/>",
        "<map/>",
        "<a href='javascript:x()'>x</a>",
        "<a href='java&#9;script:x()'>x</a>",
        "<a href=' &#1;javascript:x()'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<a href='//example.org'>x</a>",
        "<img src='data:image/png;base64,x' alt=''/>",
        "<blockquote cite='javascript:x()'>x</blockquote>",
        "<!-- x -->",
        "<?php x ?>",
        "<!DOCTYPE p><p/>",
        "<p xmlns='http://www.w3.org/2000/svg'>x</p>",
        "<p xmlns:x='http://www.w3.org/1999/xlink' x:href='javascript:x()'>x</p>",
        "<b>" * 65 + "</b>" * 65,
    ],
)
@pytest.mark.parametrize("place", ["question", "overview", "selection"])
def test_forbidden_markup(content, place):
    """Scripts, styles, other tags, attributes and addresses are refused wherever they stand."""
    block = (
        f"<FormattedContent>{content.replace('&', '&amp;').replace('<', '&lt;')}</FormattedContent>"
    )
    chosen = selection("a").replace("<Text>a</Text>", block)
    xml = {
        "question": form(question(content=block)),
        "overview": form(f"<Overview>{block}</Overview>", GOOD),
        "selection": form(question(chosen)),
    }[place]
    assert code(xml) == XHTML


def test_markup_as_html():
    """A page gets what was checked, not what a browser would make of the requester's text."""
    content = (
        "<![CDATA[ ><script>x()</script>]]><p/><b>&nbsp;</b><img alt='\"' src='ftp://x'/>&lt;i>"
    )
    formatted_content.check(content)
    assert FormattedContent(content).html == (
        " &gt;&lt;script&gt;x()&lt;/script&gt;<p></p><b>\xa0</b>"
        '<img alt="&quot;" src="ftp://x">&lt;i&gt;'
    )


def test_a_test_asks_for_no_files():
    """A qualification's test is a form without uploads; a page is none."""
    assert question_form.check_test(form(GOOD)).questions
    assert refusal(form(question(UPLOAD)), question_form.check_test).code == PREFIX + VALUE
    page = f'<HTMLQuestion xmlns="{SCHEMAS}2011-11-11/HTMLQuestion.xsd"/>'
    assert refusal(page, question_form.check_test).code == PREFIX + XML
    assert "parameter Test has" in refusal("", question_form.check_test).message
    assert "parameter Test has" in refusal("x" * 65536, question_form.check_test).message


def test_what_is_stored_is_read_without_checks():
    """A stored form is read again as it was; other questions have none."""
    xml = form(GOOD)
    assert question_form.parse(xml) == question_form.find(xml) == question_form.check(xml)
    assert question_form.find(f"<p>{question_form.MARK}</p>") is None


BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]>"
FULL = 60_000
MANY = " ".join(f"a{n}='1'" for n in range(6000))
HOSTILE = {
    "entities": BOMB + form(question(content="<Text>&c;</Text>")),
    "a file": BOMB.replace("'&b;&b;'", "SYSTEM 'file:///etc/hostname'")
    + form(question(content="<Text>&c;</Text>")),
    "entities in markup": form(question(content=formatted(BOMB + "&c;"))),
    "deep elements": form("<a>" * (FULL // 7) + "</a>" * (FULL // 7)),
    "deep elements of the form's": form(
        "<Question>" * (FULL // 21) + "</Question>" * (FULL // 21)
    ),
    "deep namespaces": form('<a xmlns="b">' * 3000 + "</a>" * 3000),
    "deep markup": form(question(content=formatted("<b>" * 8000 + "</b>" * 8000))),
    "many elements": form("<a/>" * (FULL // 4)),
    "many overviews": form("<Overview/>" * (FULL // 11)),
    "many attributes": form(GOOD.replace("<Text>", f"<Text {MANY}>")),
    "many attributes in markup": form(
        question(content=formatted(f"<p {MANY}/>"))
    ),
    "a long attribute": form(GOOD.replace("<Text>", f'<Text a="{"x" * FULL}">')),
    "a long name": form(f"<{'a' * FULL}/>"),
    "a long address": form(question(content=BINARY.replace("http:", "x:" * (FULL // 2)))),
    "a long identifier of space": form(question(identifier=" \n" * (FULL // 2))),
    "a deep pattern": form(question(constrained(f'<AnswerFormatRegex regex="{"(" * FULL}"/>'))),
}  # fmt: skip
LAWFUL = {
    "many selections": form(question(selection(*(f"s{n}" for n in range(600))))),
    "many questions": form(*(question(identifier=f"q{n}") for n in range(300))),
    "much markup": form(question(content=formatted("<br/>" * (FULL // 5)))),
    "a slow pattern": form(
        question(constrained(f'<AnswerFormatRegex regex="{"[Ā-ɏ]" * 7000}" flags="i"/>'))
    ),
    "a pattern that would hang": form(question(constrained('<AnswerFormatRegex regex="(a+)+$"/>'))),
    "a schema elsewhere": form(GOOD).replace(
        "<QuestionForm",
        '<QuestionForm xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
        'i:schemaLocation="http://127.0.0.1:9/ http://127.0.0.1:9/x.xsd"',
    ),
}


@pytest.mark.parametrize("xml", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents(xml):
    """Bombs, depth and sheer number are refused in a time that does not grow with their square."""
    start = time.monotonic()
    refusal(xml)
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("xml", LAWFUL.values(), ids=LAWFUL)
def test_great_forms(xml):
    """A form of the greatest size is taken in a time that does not grow with its square."""
    start = time.monotonic()
    assert question_form.check(xml) == question_form.parse(xml)
    assert time.monotonic() - start < SECONDS


@given(forms())
def test_forms_of_every_shape(xml):
    """Whatever the schema and the words beside it allow is taken and read the same again."""
    questions.check(xml)
    assert question_form.parse(xml) == question_form.check(xml)


@given(st.text() | st.text().map(lambda text: form(text)) | st.text().map(formatted))
def test_any_text(text):
    """Any text is a question or is refused; nothing else happens."""
    with pytest.raises(MarketError):
        questions.check(text)


@given(forms(), st.data())
def test_damaged_forms(xml, data):
    """A form with something cut out or put in is a form or is refused; nothing else happens."""
    start = data.draw(st.integers(0, len(xml)))
    end = data.draw(st.integers(start, min(len(xml), start + 60)))
    piece = data.draw(
        st.sampled_from(["", "<", "&", "</Question>", "<Text/>", "]]>", "\x00", "9" * 99])
    )
    error = refused(xml[:start] + piece + xml[end:])
    assert error is None or len(error.message) < LONGEST_MESSAGE


def test_through_the_api(client, requester):
    """A HIT shows a form as it came; forms that are none are refused with the service's words."""
    xml = form(question(selection("a", "b")), version=NEW)
    assert client.get_hit(HITId=requester.hit(Question=xml))["HIT"]["Question"] == xml
    kind = "ParameterValidationError"
    with requester.refused(PREFIX + XML, kind, "There was an error parsing the XML question"):
        requester.hit(Question=BAD_STRUCTURE["the order of a question"])
    with requester.refused(PREFIX + XHTML, kind, "There was an error parsing the XHTML"):
        requester.hit(Question=form(question(content=formatted("<div/>"))))
    with requester.refused(PREFIX + VALUE, kind, 'The value "q" is not valid'):
        requester.hit(Question=BAD_VALUES["question identifiers"])
