"""Question XML: which documents a HIT may show.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HTMLQuestionArticle.html,
..._ExternalQuestionArticle.html, ..._QuestionFormDataStructureArticle.html.
"""

import re
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from crowdmake.market.forms import question_form
from crowdmake.market.forms.documents import SCHEMAS, read, unknown_root, unparsable
from crowdmake.market.protocol.errors import invalid_value

HTML = f"{{{SCHEMAS}2011-11-11/HTMLQuestion.xsd}}"
EXTERNAL = f"{{{SCHEMAS}2006-07-14/ExternalQuestion.xsd}}"
# What may stand between `https://` and the path. Browsers read other characters there in their own
# way: as another host's name, or as where the path begins (url.spec.whatwg.org/#host-parsing).
_HOST = re.compile(
    r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?",
    re.IGNORECASE | re.ASCII,
)


def check(xml: str) -> None:
    """Do nothing for a question that the market can show.

    Raises:
        ParameterValidationError: too long, not well-formed, or not one of the three kinds.
    """
    root = read(xml, "Question")
    if root.tag == HTML + "HTMLQuestion":
        _check_framed(root, HTML, "HTMLContent")
    elif root.tag == EXTERNAL + "ExternalQuestion":
        _check_url(_check_framed(root, EXTERNAL, "ExternalURL"))
    elif question_form.is_root(root):
        question_form.check_root(root)
    else:
        raise unknown_root(root)


def html_question(html: str) -> str:
    """Return the question that shows the page ``html`` as high as the worker's window."""
    content = html.replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{HTML[1:-1]}"><HTMLContent><![CDATA[{content}]]></HTMLContent>'
        "<FrameHeight>0</FrameHeight></HTMLQuestion>"
    )


def _check_framed(root: Element, namespace: str, content: str) -> str:
    """Return the text of the content element, which FrameHeight follows."""
    if [child.tag for child in root] != [namespace + content, namespace + "FrameHeight"]:
        raise unparsable(f"cvc-complex-type: expected {content} and then FrameHeight, once each.")
    text, height = ((child.text or "").strip() for child in root)
    if not text or any(len(child) for child in root):
        raise unparsable(f"cvc-type: {content} has to hold text, in a CDATA section.")
    if not (height.isascii() and height.isdigit()):
        raise unparsable(f"cvc-datatype-valid: '{height}' is not a FrameHeight in pixels.")
    return text


def _check_url(url: str) -> None:
    if not is_plain(url):
        raise invalid_value(url, "ExternalURL")


def is_plain(url: str) -> bool:
    """Return whether an address is one of https whose host is the same to everybody who reads it.

    A name in another script is written as browsers send it, `xn--`.
    """
    try:
        parts = urlsplit(url)
        # The latter for ports that are none.
        return (
            parts.scheme == "https"
            and _HOST.fullmatch(parts.netloc) is not None
            and parts.port != 0
        )
    except ValueError:
        return False
