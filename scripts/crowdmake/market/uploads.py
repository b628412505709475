"""Files that workers give as answers: which are taken, and how they are kept.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_QuestionFormDataStructureArticle.html
(FileUploadAnswer).
"""

from django.db.models.functions import Length

from crowdmake.market import ids
from crowdmake.market.forms.form_answers import Uploaded
from crowdmake.market.forms.parts import FileUploadAnswer, Form
from crowdmake.market.forms.question_form import MAX_FILE_BYTES
from crowdmake.market.models import Assignment, UploadedFile


def obstacle(form: Form | None, question_identifier: str, size: int) -> str:
    """Return why a file of ``size`` bytes is no answer, in words for the worker; "" if it is."""
    answer = _asked_for(form, question_identifier)
    if answer is None:
        return "This question does not ask for a file."
    most = min(answer.maximum, MAX_FILE_BYTES)
    if answer.minimum <= size <= most:
        return ""
    return f"The file has {size} bytes; this question asks for {answer.minimum} to {most}."


def keep(assignment: Assignment, question_identifier: str, content: bytes) -> UploadedFile:
    """Return the row of a file; the assignment's row is locked."""
    file, _ = UploadedFile.objects.update_or_create(
        assignment=assignment,
        question_identifier=question_identifier,
        defaults={"key": ids.entity_id(), "content": content},
    )
    return file


def of(assignment: Assignment) -> dict[str, Uploaded]:
    """Return an assignment's files by their questions, without reading them."""
    rows = UploadedFile.objects.filter(assignment=assignment).annotate(size=Length("content"))
    return {
        identifier: Uploaded(key, size)
        for identifier, key, size in rows.values_list("question_identifier", "key", "size")
    }


def _asked_for(form: Form | None, question_identifier: str) -> FileUploadAnswer | None:
    for each in form.questions if form else ():
        if each.identifier == question_identifier and isinstance(each.answer, FileUploadAnswer):
            return each.answer
    return None
