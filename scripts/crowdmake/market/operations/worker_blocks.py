"""Workers whom a requester keeps from its HITs.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateWorkerBlockOperation.html,
..._DeleteWorkerBlockOperation.html, ..._ListWorkerBlocksOperation.html;
docs.aws.amazon.com/AWSMechTurk/latest/AWSMechanicalTurkRequester/BlockingWorkers.html (a worker
is told of the block, and not of its reason).
"""

from typing import Any

from crowdmake.market.models import Message, Worker, WorkerBlock
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.protocol.calls import Call, named_worker
from crowdmake.market.protocol.errors import RequestError
from crowdmake.market.protocol.paging import page_by_worker

MAX_BLOCKS = 100_000


def create_worker_block(call: Call) -> dict[str, Any]:
    """Keep a worker from accepting the requester's HITs; again, change the reason."""
    worker = named_worker(call)
    blocks = WorkerBlock.objects.filter(requester=call.requester)
    if not blocks.filter(worker=worker).update(reason=call.parameters["Reason"]):
        if blocks.count() >= MAX_BLOCKS:
            raise RequestError(
                "ExceedsMaxWorkerBlocks", f"You can block up to {MAX_BLOCKS} workers."
            )
        _block(call, worker)
    return {}


def delete_worker_block(call: Call) -> dict[str, Any]:
    """Let a worker in again, whether or not there was a block."""
    WorkerBlock.objects.filter(requester=call.requester, worker=named_worker(call)).delete()
    return {}


def list_worker_blocks(call: Call) -> dict[str, Any]:
    """Return a page of the requester's blocks, in the order of the workers."""
    blocks = WorkerBlock.objects.filter(requester=call.requester)
    found, members = page_by_worker(blocks, call.parameters, "ListWorkerBlocks")
    shown = [{"WorkerId": each.worker.worker_id, "Reason": each.reason} for each in found]
    return {**members, "WorkerBlocks": shown}


def _block(call: Call, worker: Worker) -> None:
    WorkerBlock.objects.create(
        requester=call.requester, worker=worker, reason=call.parameters["Reason"]
    )
    Message.objects.create(
        requester=call.requester,
        worker=worker,
        subject="A requester has blocked you",
        text="You can no longer accept HITs of this requester.",
        sent_at=call.now,
    )


OPERATIONS = {
    "CreateWorkerBlock": writing(
        create_worker_block,
        "AWS.ParameterOutOfRange",
        "ExceedsMaxWorkerBlocks",
        "InvalidParameterValue",
    ),
    "DeleteWorkerBlock": writing(
        delete_worker_block, "AWS.ParameterOutOfRange", "InvalidParameterValue"
    ),
    "ListWorkerBlocks": reading(
        list_worker_blocks, "AWS.ParameterOutOfRange", "InvalidParameterValue"
    ),
}
