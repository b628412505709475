"""FormattedContent: the part of XHTML that a question may hold as text.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_FormattedContentXHTMLArticle.html
(tags, attributes, schemes, and that the text is put into a root element and validated).
"""

import re
from html.entities import name2codepoint
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from crowdmake.market.forms.documents import local_name
from crowdmake.market.protocol.errors import PREFIX, ParameterValidationError

XHTML = "http://www.w3.org/1999/xhtml"
# A browser, and what writes the tree as HTML, go down one call a level.
MAX_DEPTH = 64

_CELLS = "align char charoff valign"
_HEADING = "align"
_TABLE_CELL = f"{_CELLS} abbr axis bgcolor colspan headers height nowrap rowspan scope width"
_COLUMN = f"{_CELLS} span width"
_CHANGE = "cite datetime"
_PLAIN = "b big br center cite code dd dl dt em i small strong sub sup tt u"
ATTRIBUTES = {tag: frozenset[str]() for tag in _PLAIN.split()} | {
    tag: frozenset(names.split())
    for tag, names in {
        "a": "accesskey charset coords href hreflang name rel rev shape tabindex target type",
        "area": "alt coords href nohref shape target",
        "blockquote": "cite",
        "col": _COLUMN,
        "colgroup": _COLUMN,
        "del": _CHANGE,
        "font": "color face size",
        "h1": _HEADING,
        "h2": _HEADING,
        "h3": _HEADING,
        "h4": _HEADING,
        "h5": _HEADING,
        "h6": _HEADING,
        "hr": "align noshade size width",
        "img": "align alt border height hspace ismap longdesc src usemap vspace width",
        "ins": _CHANGE,
        "li": "type value",
        "map": "name",
        "ol": "compact start type",
        "p": "align",
        "pre": "width",
        "q": "cite",
        "table": "align bgcolor border cellpadding cellspacing frame rules summary width",
        "tbody": _CELLS,
        "td": _TABLE_CELL,
        "tfoot": _CELLS,
        "th": _TABLE_CELL,
        "thead": _CELLS,
        "tr": f"{_CELLS} bgcolor",
        "ul": "compact type",
    }.items()
}
REQUIRED = {"area": ("alt",), "img": ("alt", "src"), "map": ("name",)}
URLS = frozenset({"cite", "href", "longdesc", "src", "usemap"})

_EVERYWHERE = frozenset({"dir", "lang", "title"})
_URL = re.compile(r"\s*(#|(https?|ftp|news|nntp|mailto|gopher|telnet):)", re.IGNORECASE)
_ENTITY = re.compile("&([A-Za-z][A-Za-z0-9]*);")


def check(content: str) -> None:
    """Do nothing for content that may be shown.

    Raises ParameterValidationError (XHTMLParseError).
    """
    if "<!--" in content or "<?" in content:
        raise _unparsable("comments and processing instructions are not allowed")
    level = list(_tree(content))
    for _ in range(MAX_DEPTH):
        for element in level:
            _check_element(element)
        level = [child for element in level for child in element]
    if level:
        raise _unparsable(f"elements are nested more than {MAX_DEPTH} deep")


def html(content: str) -> str:
    """Return checked content as HTML that holds nothing but what was checked.

    XHTML read as HTML may mean something else: a CDATA section, for one, hides a script.
    """
    root = _tree(content)
    for element in root.iter():
        element.tag = local_name(element)
    text: str = tostring(root, encoding="unicode", method="html")
    return text.removeprefix("<FormattedContent>").removesuffix("</FormattedContent>")


def _tree(content: str) -> Element:
    """Return the root that the service puts around the content."""
    document = (
        f'<FormattedContent xmlns="{XHTML}">{_ENTITY.sub(_number, content)}</FormattedContent>'
    )
    try:
        root: Element = fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise _unparsable(str(error)) from error
    return root


def _number(entity: re.Match[str]) -> str:
    """Return a character that HTML has a name for, in the form that XML knows."""
    code = name2codepoint.get(entity[1])
    return f"&#{code};" if code else entity[0]


def _check_element(element: Element) -> None:
    tag = element.tag.removeprefix(f"{{{XHTML}}}")
    if tag not in ATTRIBUTES:
        raise _unparsable(f"the element '{tag}' is not allowed")
    for name in REQUIRED.get(tag, ()):
        if name not in element.attrib:
            raise _unparsable(f"the element '{tag}' needs the attribute '{name}'")
    allowed = _allowed(tag)
    for name, value in element.attrib.items():
        if name not in allowed:
            raise _unparsable(f"the attribute '{name}' is not allowed on '{tag}'")
        if name in URLS and not _URL.match(value):
            raise _unparsable(f"the address '{value}' in '{name}' is of a kind that is not allowed")


def _allowed(tag: str) -> frozenset[str]:
    return frozenset({"title"}) if tag == "br" else ATTRIBUTES[tag] | _EVERYWHERE


def _unparsable(details: str) -> ParameterValidationError:
    return ParameterValidationError(
        PREFIX + "XHTMLParseError",
        "There was an error parsing the XHTML data in your request.  Please make sure the data is "
        f"well-formed and validates against the appropriate schema. Details: {details[:300]}",
    )
