"""The answers to a question form, from the fields that a worker's page posts.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormAnswersDataStructureArticle.html

Nothing is held against the form's constraints, which are the page's to show and the
requester's to judge: "answer data is not guaranteed to conform".
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crowdmake.market.answers import Elements, document
from crowdmake.market.forms.parts import Form, FreeTextAnswer, Question, SelectionAnswer

Fields = Iterable[tuple[str, str]]
_Posted = Mapping[str, list[str]]


class Uploaded(NamedTuple):
    """A file that a worker gave: its unique key, and its size in bytes."""

    key: str
    size: int


def form_answer_xml(form: Form, fields: Fields, files: Mapping[str, Uploaded]) -> str:
    """Return the document for the ``fields`` posted and the ``files`` given, by question.

    Answers stand in the form's order; a multiple-choice question always has one, the others
    if there is anything to say. Fields that are no question's are left out.
    """
    posted = _by_name(fields)
    answers = ((each.identifier, _elements(each, posted, files)) for each in form.questions)
    return document((name, elements) for name, elements in answers if elements is not None)


def selected(form: Form, fields: Fields) -> dict[str, list[str]]:
    """Return what was selected in each multiple-choice question, as answer keys want it."""
    posted = _by_name(fields)
    return {
        each.identifier: _selections(each, posted)
        for each in form.questions
        if isinstance(each.answer, SelectionAnswer)
    }


def _elements(
    question: Question, posted: _Posted, files: Mapping[str, Uploaded]
) -> Elements | None:
    if isinstance(question.answer, SelectionAnswer):
        return _choice(question, question.answer, posted)
    if isinstance(question.answer, FreeTextAnswer):
        texts = posted.get(question.identifier)
        return [("FreeText", "|".join(texts))] if texts else None
    file = files.get(question.identifier)
    return _file(file) if file else None


def _file(file: Uploaded) -> Elements:
    return [("UploadedFileSizeInBytes", str(file.size)), ("UploadedFileKey", file.key)]


def _choice(question: Question, answer: SelectionAnswer, posted: _Posted) -> Elements:
    elements = [("SelectionIdentifier", each) for each in _selections(question, posted)]
    other = "|".join(posted.get(question.other_field, []))
    return [*elements, ("OtherSelectionText", other)] if answer.other and other else elements


def _selections(question: Question, posted: _Posted) -> list[str]:
    """Return the identifiers posted, each once; the empty one of a list's first line is none."""
    return list(dict.fromkeys(each for each in posted.get(question.identifier, []) if each))


def _by_name(fields: Fields) -> _Posted:
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return values
