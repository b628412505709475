"""Questions as a QuestionForm, the XML that a market makes a page of.

Its elements and their order:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormDataStructureArticle.html
The version is the one without applets and files.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from crowdmake.exceptions import UserError
from crowdmake.questions.limits import bounds
from crowdmake.rendering.escaping import ASTRAL, bad_character, references
from crowdmake.rendering.questions import SCHEMAS, checked

Question = Mapping[str, Any]

_SCHEMA = f"{SCHEMAS}/2017-11-06/QuestionForm.xsd"


def question_form(title: str, text: str, questions: Iterable[Question]) -> str:
    """Return the XML of the form that shows ``questions``, whose texts are literal.

    ``title`` and ``text`` stand above them. The questions are those of the configuration's
    schema, with every text filled in.

    Raises:
        UserError: a text holds what XML cannot, or the form is larger than a market accepts.
    """
    root = Element("QuestionForm", {"xmlns": _SCHEMA})
    overview = SubElement(root, "Overview")
    _add(overview, "Title", title)
    _add(overview, "Text", text)
    for question in questions:
        _add_question(root, question)
    xml = tostring(root, encoding="unicode")
    if bad := bad_character(xml):
        raise UserError(f"holds {bad}, which a question cannot hold; take it out")
    return checked(ASTRAL.sub(lambda found: references(found[0]), xml))


def selection_limits(question: Question) -> tuple[int, int]:
    """Return how many choices are to be made, at least and at most."""
    if question.get("style") != "checkbox":
        return 1, 1
    least = question.get("min_selections", 1 if question["required"] else 0)
    return least, question.get("max_selections", len(question["selections"]))


def _add_question(root: Element, question: Question) -> None:
    element = SubElement(root, "Question")
    _add(element, "QuestionIdentifier", question["key"])
    _add(element, "DisplayName", question["name"])
    _add(element, "IsRequired", "true" if question["required"] else "false")
    content = SubElement(element, "QuestionContent")
    _add(content, "Text", question["question"])
    _add_media(content, question)
    answer = SubElement(element, "AnswerSpecification")
    if question["type"] == "selection":
        _add_selections(SubElement(answer, "SelectionAnswer"), question)
    else:
        _add_free_text(SubElement(answer, "FreeTextAnswer"), question)


def _add_media(content: Element, question: Question) -> None:
    if image := question.get("image"):
        binary = SubElement(content, "Binary")
        _add(SubElement(binary, "MimeType"), "Type", "image")
        _add(binary, "DataURL", image["url"])
        _add(binary, "AltText", image["alt"])
    if link := question.get("link"):
        anchor = Element("a", {"href": link["url"], "target": "_blank"})
        anchor.text = link["text"]
        _add(content, "FormattedContent", f"<p>{tostring(anchor, encoding='unicode')}</p>")


def _add_selections(answer: Element, question: Question) -> None:
    style = question.get("style", "radiobutton")
    if style == "checkbox":
        least, most = selection_limits(question)
        _add(answer, "MinSelectionCount", str(least))
        _add(answer, "MaxSelectionCount", str(most))
    _add(answer, "StyleSuggestion", style)
    selections = SubElement(answer, "Selections")
    for each in question["selections"]:
        selection = SubElement(selections, "Selection")
        _add(selection, "SelectionIdentifier", each["key"])
        _add(selection, "Text", each["text"])


def _add_free_text(answer: Element, question: Question) -> None:
    constraints = Element("Constraints")
    if "numeric" in question:
        least, most = bounds(question)
        _limit(constraints, "IsNumeric", minValue=least, maxValue=most)
    least, most = question.get("min_length") or None, question.get("max_length")
    if least is not None or most is not None:
        _limit(constraints, "Length", minLength=least, maxLength=most)
    if "regex" in question:
        _add_regex(constraints, question)
    if len(constraints):
        answer.append(constraints)
    if question.get("default"):
        _add(answer, "DefaultText", question["default"])
    if "lines" in question:
        _add(answer, "NumberOfLinesSuggestion", str(question["lines"]))


def _add_regex(constraints: Element, question: Question) -> None:
    attributes = {"regex": question["regex"]}
    if "error" in question:
        attributes["errorText"] = question["error"]
    if question.get("ignore_case"):
        attributes["flags"] = "i"
    SubElement(constraints, "AnswerFormatRegex", attributes)


def _limit(parent: Element, name: str, **limits: int | None) -> None:
    SubElement(parent, name, {key: str(n) for key, n in limits.items() if n is not None})


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
