"""Question XML: which documents a HIT may show.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HTMLQuestionArticle.html,
..._ExternalQuestionArticle.html, ..._QuestionFormDataStructureArticle.html;
github.com/boto/boto3/issues/2277 for characters of four UTF-8 bytes.
"""

from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from crowdmake.market.errors import PREFIX, ParameterValidationError, invalid_value

MAX_BYTES = 65535
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
HTML = f"{{{SCHEMAS}2011-11-11/HTMLQuestion.xsd}}"
EXTERNAL = f"{{{SCHEMAS}2006-07-14/ExternalQuestion.xsd}}"
FORMS = tuple(f"{{{SCHEMAS}{date}/QuestionForm.xsd}}" for date in ("2005-10-01", "2017-11-06"))
LAST_OF_THE_BASIC_PLANE = "\uffff"


def check(xml: str) -> None:
    """Do nothing for a question that the market can show.

    Raises:
        ParameterValidationError: too long, not well-formed, or not one of the three kinds.
    """
    if not xml:
        raise ParameterValidationError(
            "AWS.MissingParameters", "Your request parameter Question has a minimum length of 1."
        )
    if len(xml.encode()) > MAX_BYTES:
        raise ParameterValidationError(
            "AWS.ParameterOutOfRange",
            f"Your request parameter Question has a maximum length of {MAX_BYTES} bytes.",
        )
    if not xml.isascii() and max(xml) > LAST_OF_THE_BASIC_PLANE:
        raise invalid_value("", "QuestionXML")
    _check_root(_parsed(xml))


def _parsed(xml: str) -> Element:
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except ParseError as error:
        raise _unparsable(str(error)) from error
    except DefusedXmlException as error:
        raise _unparsable("a document type declaration is not allowed") from error
    return root


def _check_root(root: Element) -> None:
    if root.tag == HTML + "HTMLQuestion":
        _check_framed(root, HTML, "HTMLContent")
    elif root.tag == EXTERNAL + "ExternalQuestion":
        _check_url(_check_framed(root, EXTERNAL, "ExternalURL"))
    elif root.tag in [form + "QuestionForm" for form in FORMS]:
        _check_form(root)
    else:
        raise _unparsable(f"cvc-elt.1: Cannot find the declaration of element '{root.tag}'.")


def _check_framed(root: Element, namespace: str, content: str) -> str:
    """Return the text of the content element, which FrameHeight follows."""
    if [child.tag for child in root] != [namespace + content, namespace + "FrameHeight"]:
        raise _unparsable(f"cvc-complex-type: expected {content} and then FrameHeight, once each.")
    text, height = ((child.text or "").strip() for child in root)
    if not text or any(len(child) for child in root):
        raise _unparsable(f"cvc-type: {content} has to hold text, in a CDATA section.")
    if not (height.isascii() and height.isdigit()):
        raise _unparsable(f"cvc-datatype-valid: '{height}' is not a FrameHeight in pixels.")
    return text


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise invalid_value(url, "ExternalURL") from error
    if parts.scheme != "https" or not parts.hostname:
        raise invalid_value(url, "ExternalURL")


def _check_form(root: Element) -> None:
    namespace = root.tag.removesuffix("QuestionForm")
    kinds = [child.tag for child in root]
    if not set(kinds) <= {namespace + "Overview", namespace + "Question"}:
        raise _unparsable("cvc-complex-type: a QuestionForm holds Overview and Question only.")
    if namespace + "Question" not in kinds:
        raise _unparsable("cvc-complex-type: a QuestionForm holds at least one Question.")


def _unparsable(details: str) -> ParameterValidationError:
    return ParameterValidationError(
        PREFIX + "XMLParseError",
        "There was an error parsing the XML question or answer data in your request.  "
        "Please make sure the data is well-formed and validates against the appropriate schema. "
        f"Details: {details}",
    )
