"""What a worker answered, as it is shown to the worker again: in words, where there are any."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten
from xml.etree.ElementTree import Element

from django.utils.html import strip_tags

from crowdmake.market.forms import question_form
from crowdmake.market.forms.documents import local_name, parsed
from crowdmake.market.forms.parts import (
    Application,
    Binary,
    Block,
    Form,
    FormattedContent,
    ItemList,
    SelectionAnswer,
)
from crowdmake.market.forms.parts import Question as Asked
from crowdmake.market.models import Assignment, Question

MAX_WORDS = 300


@dataclass(frozen=True)
class Answered:
    """One question's name or words, and what was answered: texts, selections, a file's size."""

    question: str
    values: tuple[str, ...]


def answered(assignment: Assignment) -> list[Answered]:
    """Return what was submitted, in the answer's order; nothing before it was submitted."""
    if not assignment.answer:
        return []
    return of_document(assignment.answer, form_of(assignment))


def of_document(answer: str, form: Form | None) -> list[Answered]:
    """Return what an answer document says to the questions of ``form``, or to a page's fields."""
    asked = {each.identifier: each for each in form.questions} if form else {}
    return [_answered(each, asked) for each in parsed(answer)]


def words_of(content: tuple[Block, ...]) -> str:
    """Return the words of a form's content on one line, without markup."""
    words = " ".join(word for block in content for word in _words(block))
    return shorten(words, MAX_WORDS, placeholder="…")


def form_of(assignment: Assignment) -> Form | None:
    """Return the form of questions that the HIT shows, None where it shows a page."""
    found = Question.objects.filter(hit=assignment.hit_id, xml__contains=question_form.MARK).first()
    return question_form.find(found.xml) if found else None


def _answered(element: Element, asked: dict[str, Asked]) -> Answered:
    (_, identifier), *given = ((local_name(each), each.text or "") for each in element)
    question = asked.get(identifier)
    values = (_value(name, text, question) for name, text in given)
    words = question and (question.display_name.strip() or words_of(question.content))
    return Answered(words or identifier, tuple(value for value in values if value is not None))


def _value(name: str, text: str, question: Asked | None) -> str | None:
    """Return one part of an answer as it is shown, None for the key of a file."""
    if name == "UploadedFileKey":
        return None
    if name == "UploadedFileSizeInBytes":
        return f"A file of {text} bytes"
    if name == "SelectionIdentifier" and question:
        return _selections(question).get(text) or text
    return text


def _selections(question: Asked) -> dict[str, str]:
    """Return the words of a question's selections by their identifiers."""
    if not isinstance(question.answer, SelectionAnswer):
        return {}
    return {each.identifier: words_of((each.content,)) for each in question.answer.selections}


def _words(block: Block) -> Iterator[str]:
    if isinstance(block, FormattedContent):
        yield html.unescape(strip_tags(block.html.replace("<", " <")))
    elif isinstance(block, ItemList):
        yield from block.items
    elif isinstance(block, Binary):
        yield block.alt_text
    elif isinstance(block, Application):
        yield block.filename or block.url
    else:
        yield block.text
