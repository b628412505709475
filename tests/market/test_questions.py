"""Which questions a HIT may show."""

import pytest

from market.kit import SCHEMAS, TYPE, external_question, html_question

FORM = (
    '<QuestionForm xmlns="{}{}/QuestionForm.xsd"><Overview><Title>T</Title></Overview>'
    "<Question><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>?</Text>"
    "</QuestionContent><AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
    "</QuestionForm>"
)
HTML = f"{SCHEMAS}2011-11-11/HTMLQuestion.xsd"
PARSE = "AWS.MechanicalTurk.XMLParseError"
VALUE = "AWS.MechanicalTurk.InvalidParameterValue"


@pytest.mark.parametrize(
    "question",
    [
        html_question(),
        html_question(height="450"),
        html_question("¿Qué? &#128512; <b>unclosed"),
        '<?xml version="1.0" encoding="UTF-8"?>\n' + html_question(),
        html_question("a ]]]]><![CDATA[> b"),
        f'<HTMLQuestion xmlns="{HTML}"><HTMLContent>&lt;p&gt;</HTMLContent>\n'
        "  <FrameHeight> 0 </FrameHeight></HTMLQuestion>",
        external_question(),
        external_question("https://example.org/a?b=c&amp;d=e"),
        FORM.format(SCHEMAS, "2005-10-01"),
        FORM.format(SCHEMAS, "2017-11-06"),
    ],
)
def test_questions_that_are_shown(client, question):
    """The three kinds of question are kept as they came."""
    hit = client.create_hit(**TYPE, LifetimeInSeconds=60, Question=question)["HIT"]
    assert client.get_hit(HITId=hit["HITId"])["HIT"]["Question"] == question


BOMB = (
    "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;&b;'>]>"
    f'<HTMLQuestion xmlns="{HTML}"><HTMLContent>&c;</HTMLContent><FrameHeight>0</FrameHeight>'
    "</HTMLQuestion>"
)
OUTSIDE = BOMB.replace("<!ENTITY c '&b;&b;&b;'>", "<!ENTITY c SYSTEM 'file:///etc/hostname'>")


@pytest.mark.parametrize(
    "question",
    [
        "Hello",
        "<p>Hello</p>",
        html_question()[:-1],
        html_question().replace("2011-11-11", "2012-11-11"),
        html_question().replace("<FrameHeight>0</FrameHeight>", ""),
        html_question(height="tall"),
        html_question(height="-1"),
        html_question(""),
        f'<HTMLQuestion xmlns="{HTML}"><FrameHeight>0</FrameHeight><HTMLContent>x</HTMLContent>'
        "</HTMLQuestion>",
        f'<HTMLQuestion xmlns="{HTML}"><HTMLContent><p>x</p></HTMLContent>'
        "<FrameHeight>0</FrameHeight></HTMLQuestion>",
        html_question("\x01"),
        BOMB,
        OUTSIDE,
        FORM.format(SCHEMAS, "2006-10-01"),
        FORM.format(SCHEMAS, "2005-10-01").replace("Overview", "Preface"),
        f'<QuestionForm xmlns="{SCHEMAS}2005-10-01/QuestionForm.xsd"></QuestionForm>',
    ],
)
def test_documents_that_are_no_question(requester, question):
    """What is not well-formed, of another schema, or has entities of its own is refused."""
    with requester.refused(
        PARSE, "ParameterValidationError", "There was an error parsing the XML question"
    ):
        requester.hit(Question=question)


def test_characters_of_four_bytes(requester):
    """An emoji in a question is refused, with the service's own words."""
    with requester.refused(
        VALUE,
        "ParameterValidationError",
        'The value "" is not valid for the parameter QuestionXML.',
    ):
        requester.hit(Question=html_question("Hello \U0001f600"))


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://", "example.org", "javascript:alert(1)", "https://["]
)
def test_external_pages_are_https(requester, url):
    """An external question's page has an https address."""
    with requester.refused(VALUE, "ParameterValidationError", "ExternalURL"):
        requester.hit(Question=external_question(url))


def test_one_question_or_one_layout(client, requester):
    """A HIT has a question or a layout; layouts of Amazon's site do not exist here."""
    base = {**TYPE, "LifetimeInSeconds": 60}
    with requester.refused("AWS.MissingParameters", "ParameterValidationError", "Question"):
        client.create_hit(**base)
    with requester.refused("AWS.MechanicalTurk.HITLayoutDoesNotExist"):
        client.create_hit(**base, HITLayoutId="3L")
    with requester.refused(VALUE, "ParameterValidationError", "only one is allowed"):
        client.create_hit(**base, HITLayoutId="3L", Question=html_question())


@pytest.mark.parametrize("member", ["AssignmentReviewPolicy", "HITReviewPolicy"])
def test_unknown_review_policies(requester, member):
    """Only the two review policies of the service can be named, each in its place."""
    names = {
        "AssignmentReviewPolicy": "ScoreMyKnownAnswers/2011-09-01",
        "HITReviewPolicy": "SimplePlurality/2011-09-01",
    }
    requester.hit(**{member: {"PolicyName": names.pop(member)}})
    with requester.refused(VALUE, "ParameterValidationError", member):
        requester.hit(**{member: {"PolicyName": names.popitem()[1]}})
