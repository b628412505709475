"""Which questions a HIT may show."""

import pytest

from market.form_kit import NEW, OLD, form, question
from market.kit import SCHEMAS, TYPE, external_question, html_question

HTML = f"{SCHEMAS}2011-11-11/HTMLQuestion.xsd"
PARSE = "AWS.MechanicalTurk.XMLParseError"
VALUE = "AWS.MechanicalTurk.InvalidParameterValue"


@pytest.mark.parametrize(
    "xml",
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
        external_question("https://tasks_1.xn--r8jz45g.jp:8443/é b?c"),
        external_question("https://[2001:db8::1]:8443/"),
        form(question(), version=OLD),
        form(question(), version=NEW),
    ],
)
def test_questions_that_are_shown(client, xml):
    """The three kinds of question are kept as they came."""
    hit = client.create_hit(**TYPE, LifetimeInSeconds=60, Question=xml)["HIT"]
    assert client.get_hit(HITId=hit["HITId"])["HIT"]["Question"] == xml


BOMB = (
    "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY c '&b;&b;&b;'>]>"
    f'<HTMLQuestion xmlns="{HTML}"><HTMLContent>&c;</HTMLContent><FrameHeight>0</FrameHeight>'
    "</HTMLQuestion>"
)
OUTSIDE = BOMB.replace("<!ENTITY c '&b;&b;&b;'>", "<!ENTITY c SYSTEM 'file:///etc/hostname'>")


@pytest.mark.parametrize(
    "xml",
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
        form(question(), version="2006-10-01"),
        form("<Preface/>", question()),
        form(),
    ],
)
def test_documents_that_are_no_question(requester, xml):
    """What is not well-formed, of another schema, or has entities of its own is refused."""
    with requester.refused(
        PARSE, "ParameterValidationError", "There was an error parsing the XML question"
    ):
        requester.hit(Question=xml)


def test_lengths(requester):
    """A question has 1 to 65,535 bytes."""
    room = 65535 - len(html_question(""))
    assert requester.hit(Question=html_question("é" * (room // 2)))
    kind = "ParameterValidationError"
    with requester.refused("AWS.ParameterOutOfRange", kind, "Question has a maximum length"):
        requester.hit(Question=html_question("é" * (room // 2 + 1)))
    with requester.refused("AWS.MissingParameters", kind, "Question has a minimum length of 1."):
        requester.hit(Question="")


def test_characters_of_four_bytes(requester):
    """An emoji in a question is refused, with the service's own words."""
    with requester.refused(
        VALUE,
        "ParameterValidationError",
        'The value "" is not valid for the parameter QuestionXML.',
    ):
        requester.hit(Question=html_question("Hello \U0001f600"))


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/",
        "https://",
        "example.org",
        "javascript:alert(1)",
        "https://[",
        "https://x;sandbox/",
        "https://x, y/",
        "https://x *",
        "https://localhost\\@example.org/",
        "https://localhost%2e/",
        "https://me@example.org/",
        "https://example.org:99999/",
        "https://\uff45xample.org/",
        "https://例え.jp/",
    ],
)
def test_external_pages_are_https(requester, address):
    """An external question's page has an https address, whose host nobody reads otherwise."""
    with requester.refused(VALUE, "ParameterValidationError", "ExternalURL"):
        requester.hit(Question=external_question(address))


def test_one_question_or_one_layout(client, requester):
    """A HIT has a question or a layout; layouts of Amazon's site do not exist here."""
    base = {**TYPE, "LifetimeInSeconds": 60}
    with requester.refused("AWS.MissingParameters", "ParameterValidationError", "Question"):
        client.create_hit(**base)
    with requester.refused("AWS.MechanicalTurk.HITLayoutDoesNotExist"):
        client.create_hit(**base, HITLayoutId="3L")
    with requester.refused(VALUE, "ParameterValidationError", "only one is allowed"):
        client.create_hit(**base, HITLayoutId="3L", Question=html_question())
