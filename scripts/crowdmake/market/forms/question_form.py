"""QuestionForm: which forms a HIT or a test may show.

Beyond the schema holds what the reference says in words:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormDataStructureArticle.html
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from regress import Regex, RegressError

from crowdmake.market.forms import documents, formatted_content, reading
from crowdmake.market.forms.parts import (
    AnswerFormatRegex,
    Block,
    FileUploadAnswer,
    Form,
    FormattedContent,
    FreeTextAnswer,
    Question,
    Range,
    SelectionAnswer,
)
from crowdmake.market.protocol.errors import PREFIX, ParameterValidationError, shortened

# What every form has in its text, and other questions seldom.
MARK = "/QuestionForm.xsd"

# The market keeps files in its database; the service allowed 2,000,000,000 bytes.
MAX_FILE_BYTES = 10_000_000
# Files are kept by their question's identifier.
MAX_FILE_QUESTION = 200

_FILES = {
    f"{{{documents.SCHEMAS}{version}/QuestionForm.xsd}}QuestionForm": f"question-form-{version}.xsd"
    for version in ("2005-10-01", "2017-11-06")
}


def check(xml: str, parameter: str = "Question") -> Form:
    """Return the form that ``xml``, given as ``parameter``, holds.

    Raises:
        ParameterValidationError: not a form, or one that nobody could fill in.
    """
    return check_root(documents.read(xml, parameter))


def check_test(xml: str) -> Form:
    """Return the form of a qualification test, which asks for no files.

    Raises:
        ParameterValidationError: as `check`, or a question asks for a file.
    """
    form = check(xml, "Test")
    for question in form.questions:
        if isinstance(question.answer, FileUploadAnswer):
            raise _refused(question.identifier, "Test", "A test cannot ask for files.")
    return form


def check_root(root: Element) -> Form:
    """Return the form in a document's root; raises ParameterValidationError."""
    if root.tag not in _FILES:
        raise documents.unknown_root(root)
    documents.validate(root, _FILES[root.tag])
    form = reading.form(root)
    _check_unique([each.identifier for each in form.questions], "QuestionIdentifier")
    for question in form.questions:
        _check_answer(question)
    for block in _blocks(form):
        if isinstance(block, FormattedContent):
            formatted_content.check(block.source)
    return form


def is_root(root: Element) -> bool:
    """Say whether a document's root is that of a form."""
    return root.tag in _FILES


def parse(xml: str) -> Form:
    """Return the form in ``xml``, which `check` has let pass; nothing is checked again."""
    return reading.form(documents.parsed(xml))


def find(xml: str) -> Form | None:
    """Return the form in a HIT's question, None where it is a question of another kind."""
    root = documents.parsed(xml)
    return reading.form(root) if is_root(root) else None


def _check_answer(question: Question) -> None:
    answer = question.answer
    if isinstance(answer, FreeTextAnswer):
        _check_free_text(answer)
    elif isinstance(answer, SelectionAnswer):
        _check_selections(answer)
    else:
        _check_file(question.identifier, answer)


def _check_free_text(answer: FreeTextAnswer) -> None:
    _check_range(answer.numeric, "IsNumeric")
    _check_range(answer.length, "Length")
    for each in answer.formats:
        _check_format(each)


def _check_range(limits: Range | None, name: str) -> None:
    if limits is None or limits.low is None or limits.high is None:
        return
    if limits.low > limits.high:
        raise _refused(limits.low, name, f"The greatest allowed is {limits.high}.")


def _check_format(wanted: AnswerFormatRegex) -> None:
    """Raise for a pattern that is none in JavaScript; only browsers match answers against it."""
    try:
        Regex(wanted.regex, "i" if wanted.ignores_case else "")
    except RegressError as error:
        raise _refused(wanted.regex, "AnswerFormatRegex", f"{error}.") from error


def _check_selections(answer: SelectionAnswer) -> None:
    _check_unique([each.identifier for each in answer.selections], "SelectionIdentifier")
    number = len(answer.selections) + (answer.other is not None)
    if answer.maximum > number:
        raise _refused(answer.maximum, "MaxSelectionCount", f"There are {number} selections.")
    if answer.minimum > answer.maximum:
        raise _refused(
            answer.minimum, "MinSelectionCount", f"MaxSelectionCount is {answer.maximum}."
        )
    if answer.other:
        _check_free_text(answer.other)


def _check_file(identifier: str, answer: FileUploadAnswer) -> None:
    most = min(answer.maximum, MAX_FILE_BYTES)
    if answer.minimum > most:
        raise _refused(
            answer.minimum, "MinFileSizeInBytes", f"A file can have {most} bytes at most."
        )
    if len(identifier) > MAX_FILE_QUESTION:
        raise _refused(
            identifier, "QuestionIdentifier", f"It has more than {MAX_FILE_QUESTION} characters."
        )


def _check_unique(identifiers: list[str], name: str) -> None:
    seen: set[str] = set()
    for each in identifiers:
        if each in seen:
            raise _refused(each, name, "It stands there more than once.")
        seen.add(each)


def _blocks(form: Form) -> Iterator[Block]:
    for part in form.parts:
        yield from part.content
        if isinstance(part, Question) and isinstance(part.answer, SelectionAnswer):
            yield from (each.content for each in part.answer.selections)


def _refused(value: object, name: str, reason: str) -> ParameterValidationError:
    return ParameterValidationError(
        PREFIX + "InvalidParameterValue",
        f'The value "{shortened(value)}" is not valid for the parameter {name}. {reason}',
    )
