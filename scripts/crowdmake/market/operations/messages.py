"""Messages that a requester writes to workers.

Source: docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_NotifyWorkersOperation.html
"""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from crowdmake.market.models import APPROVED, REJECTED, Assignment, Message, Worker
from crowdmake.market.operations.registry import writing
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import out_of_range

MAX_WORKERS = 100
# github.com/leeper/MTurkR/issues/29; a worker whom nobody knows has done no work either.
NO_WORK = "Cannot send a notification to a worker who has not done any work for you"


def notify_workers(call: Call) -> dict[str, Any]:
    """Write to the workers whose work the requester has decided on; return who was left out."""
    number = len(call.parameters["WorkerIds"])
    if not 1 <= number <= MAX_WORKERS:
        raise out_of_range(number, "WorkerIds", 1, MAX_WORKERS)
    wanted = list(dict.fromkeys(call.parameters["WorkerIds"]))
    reached = list(_known(call, wanted))
    Message.objects.bulk_create(_message(call, worker) for worker in reached)
    ids = {worker.worker_id for worker in reached}
    return {"NotifyWorkersFailureStatuses": [_failure(each) for each in wanted if each not in ids]}


def _known(call: Call, worker_ids: list[str]) -> "QuerySet[Worker]":
    """Return those of the workers whose work the requester approved or rejected."""
    decided = Assignment.objects.filter(
        worker=OuterRef("pk"), status__in=(APPROVED, REJECTED), hit__requester=call.requester
    )
    return Worker.objects.filter(Exists(decided), worker_id__in=worker_ids)


def _message(call: Call, worker: Worker) -> Message:
    return Message(
        requester=call.requester,
        worker=worker,
        subject=call.parameters["Subject"],
        text=call.parameters["MessageText"],
        sent_at=call.now,
    )


def _failure(worker_id: str) -> dict[str, str]:
    return {
        "NotifyWorkersFailureCode": "HardFailure",
        "NotifyWorkersFailureMessage": NO_WORK,
        "WorkerId": worker_id,
    }


OPERATIONS = {
    "NotifyWorkers": writing(notify_workers, "AWS.MissingParameters", "AWS.ParameterOutOfRange")
}
