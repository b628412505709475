"""Files that workers gave as answers.

Source:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_GetFileUploadURLOperation.html
"""

from typing import Any

from crowdmake.market.models import UploadedFile
from crowdmake.market.operations.assignments import submitted
from crowdmake.market.operations.registry import reading
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import invalid_value


def get_file_upload_url(call: Call) -> dict[str, Any]:
    """Return where the file that answers a question can be fetched for a minute."""
    identifier = call.parameters["QuestionIdentifier"]
    file = UploadedFile.objects.filter(
        assignment=submitted(call), question_identifier=identifier
    ).first()
    if file is None:
        raise invalid_value(identifier, "QuestionIdentifier")
    return {"FileUploadURL": call.file_url(file)}


OPERATIONS = {
    "GetFileUploadURL": reading(
        get_file_upload_url,
        "AssignmentDoesNotExist",
        "InvalidAssignmentState",
        "InvalidParameterValue",
    )
}
