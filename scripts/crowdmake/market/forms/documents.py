"""XML from requesters: limits, parsing without surprises, and schemas.

Sources: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateHITOperation.html
and ..._CreateQualificationTypeOperation.html for the limit, github.com/boto/boto3/issues/2277 for
characters of four UTF-8 bytes, github.com/boto/boto/issues/605 for the words of the error.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from crowdmake.market.protocol.errors import (
    PREFIX,
    ParameterValidationError,
    invalid_value,
    too_short,
)

if TYPE_CHECKING:
    from xmlschema import XMLSchema, XMLSchemaException

MAX_BYTES = 65535
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"

_FILES = Path(__file__).with_name("schemas")
_LAST_OF_THE_BASIC_PLANE = "\uffff"
_MAX_DETAILS = 300


def read(xml: str, parameter: str) -> Element:
    """Return the root of a document given as ``parameter``.

    Raises:
        ParameterValidationError: empty, too long, not well-formed, or with declarations of its own.
    """
    if not xml:
        raise too_short(parameter)
    if len(xml.encode()) > MAX_BYTES:
        raise ParameterValidationError(
            "AWS.ParameterOutOfRange",
            f"Your request parameter {parameter} has a maximum length of {MAX_BYTES} bytes.",
        )
    if not xml.isascii() and max(xml) > _LAST_OF_THE_BASIC_PLANE:
        raise invalid_value("", f"{parameter}XML")
    return parsed(xml)


def parsed(xml: str) -> Element:
    """Return the root of a document; raises ParameterValidationError (XMLParseError)."""
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except ParseError as error:
        raise unparsable(str(error)) from error
    except DefusedXmlException as error:
        raise unparsable("a document type declaration is not allowed") from error
    return root


def validate(root: Element, file: str) -> None:
    """Do nothing for what the schema in ``file`` allows.

    Raises ParameterValidationError (XMLParseError) for the first thing that it does not.
    """
    # Half a second that only those pay who use forms.
    from xmlschema import XMLSchemaException

    try:
        _schema(file).validate(root)
    except XMLSchemaException as error:
        raise unparsable(_details(error)) from error


def unparsable(details: str) -> ParameterValidationError:
    """Return the error for a document that is none of its schema."""
    return ParameterValidationError(
        PREFIX + "XMLParseError",
        "There was an error parsing the XML question or answer data in your request.  "
        "Please make sure the data is well-formed and validates against the appropriate schema. "
        f"Details: {details[:_MAX_DETAILS]}",
    )


def unknown_root(root: Element) -> ParameterValidationError:
    """Return the error for a document of another kind."""
    return unparsable(f"cvc-elt.1: Cannot find the declaration of element '{root.tag}'.")


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


@cache
def _schema(file: str) -> "XMLSchema":
    from xmlschema import XMLSchema

    return XMLSchema(_FILES / file)


def _details(error: "XMLSchemaException") -> str:
    """Return what is wrong, in the manner of the validator that the service used."""
    from xmlschema import XMLSchemaChildrenValidationError

    element, reason = getattr(error, "elem", None), getattr(error, "reason", None)
    if element is None:
        return f"cvc-type: {error}"
    namespace = element.tag.removesuffix(local_name(element))
    words = str(reason).replace(namespace, "") if namespace else str(reason)
    kind = "complex-type" if isinstance(error, XMLSchemaChildrenValidationError) else "type"
    return f"cvc-{kind}: {local_name(element)}: {words}"
