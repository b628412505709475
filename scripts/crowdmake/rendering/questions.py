"""The XML that carries questions to a market and answers back.

Their shapes are described under docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ in
ApiReference_HTMLQuestionArticle.html, ApiReference_ExternalQuestionArticle.html and
ApiReference_QuestionFormAnswersDataStructureArticle.html.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from crowdmake.exceptions import UserError

MAX_BYTES = 65_535
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
_HTML_SCHEMA = f"{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"
_EXTERNAL_SCHEMA = f"{SCHEMAS}/2006-07-14/ExternalQuestion.xsd"


def html_question(html: str, frame_height: int) -> str:
    """Return the HTMLQuestion that shows ``html`` in a frame of ``frame_height`` pixels, 0: all.

    Raises:
        UserError: The question is larger than a market accepts.
    """
    content = html.replace("]]>", "]]]]><![CDATA[>")
    return checked(
        f'<HTMLQuestion xmlns="{_HTML_SCHEMA}"><HTMLContent><![CDATA[{content}]]></HTMLContent>'
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )


def external_question(url: str, frame_height: int) -> str:
    """Return the ExternalQuestion that shows the page at ``url``, framed as by `html_question`.

    Raises:
        UserError: The question is larger than a market accepts.
    """
    return checked(
        f'<ExternalQuestion xmlns="{_EXTERNAL_SCHEMA}"><ExternalURL>{escape(url)}</ExternalURL>'
        f"<FrameHeight>{frame_height}</FrameHeight></ExternalQuestion>"
    )


def read_answers(xml: str) -> dict[str, str]:
    """Return every field of a QuestionFormAnswers document, name to value, in its order.

    The identifiers of several selections, other text among them, are joined with `|`, as
    are the values of a field that stands twice. An uploaded file is given by its key. A
    worker who submits nothing may leave an empty document.

    Raises:
        ValueError: The document cannot be read, or is not of this kind.
    """
    if not xml.strip():
        return {}
    fields: dict[str, str] = {}
    for name, value in map(_field, _answers(xml)):
        fields[name] = f"{fields[name]}|{value}" if name in fields else value
    return fields


def checked(xml: str) -> str:
    """Return the XML of a question.

    Raises:
        UserError: it is larger than a market accepts.
    """
    size = len(xml.encode())
    if size > MAX_BYTES:
        raise UserError(
            f"the question is {size:,} bytes long; a market takes at most {MAX_BYTES:,}:"
            " shorten the page or the row, or load large parts from a server"
        )
    return xml


def _answers(xml: str) -> Iterator[Element]:
    try:
        root = fromstring(xml, forbid_dtd=True)
    except ParseError as problem:
        raise ValueError(f"not well-formed XML ({problem})") from None
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair") from None
    except ValueError as problem:
        raise ValueError(f"refused XML ({type(problem).__name__})") from None
    if _name(root) != "QuestionFormAnswers":
        raise ValueError(f"a {_name(root)} document; expected QuestionFormAnswers")
    return (child for child in root if _name(child) == "Answer")


def _field(answer: Element) -> tuple[str, str]:
    name, values, file = None, [], None
    for child in answer:
        text = child.text or ""
        match _name(child):
            case "QuestionIdentifier":
                name = text
            case "FreeText" | "SelectionIdentifier" | "OtherSelectionText":
                values.append(text)
            case "UploadedFileKey":
                file = text
    if name is None:
        raise ValueError("an Answer without a QuestionIdentifier")
    return name, file if file is not None else "|".join(values)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
