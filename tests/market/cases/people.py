"""Blocks, and messages to workers."""

from unittest.mock import patch

from crowdmake.market.operations import worker_blocks

from market.cases import Scene, case
from market.exams import NOBODY

MESSAGE = {"Subject": "News", "MessageText": "More HITs tomorrow."}


def known(scene: Scene, name: str = "Ann") -> str:
    """Return a worker's id."""
    return scene.people.worker(name).worker_id


@case("CreateWorkerBlock")
def a_block(scene: Scene):
    """A block is answered with nothing."""
    answer = scene.client.create_worker_block(WorkerId=known(scene), Reason="r")
    assert set(answer) == {"ResponseMetadata"}


@case("CreateWorkerBlock", "AWS.ParameterOutOfRange")
def a_block_with_too_long_a_reason(scene: Scene):
    """A reason has 4096 characters at most."""
    scene.client.create_worker_block(WorkerId=known(scene), Reason="x" * 4097)


@case("CreateWorkerBlock", "InvalidParameterValue")
def a_block_of_nobody(scene: Scene):
    """A worker has to exist."""
    scene.client.create_worker_block(WorkerId=NOBODY, Reason="r")


@case("CreateWorkerBlock", "ExceedsMaxWorkerBlocks")
def one_block_too_many(scene: Scene):
    """There is a greatest number of blocks, here a smaller one."""
    scene.client.create_worker_block(WorkerId=known(scene), Reason="r")
    with patch.object(worker_blocks, "MAX_BLOCKS", 1):
        scene.client.create_worker_block(WorkerId=known(scene), Reason="again")
        scene.client.create_worker_block(WorkerId=known(scene, "Bob"), Reason="r")


@case("DeleteWorkerBlock")
def no_block(scene: Scene):
    """Whoever is not blocked is let in again as well."""
    answer = scene.client.delete_worker_block(WorkerId=known(scene), Reason="r")
    assert set(answer) == {"ResponseMetadata"}


@case("DeleteWorkerBlock", "AWS.ParameterOutOfRange")
def no_block_with_too_long_a_reason(scene: Scene):
    """A reason has 4096 characters at most."""
    scene.client.delete_worker_block(WorkerId=known(scene), Reason="x" * 4097)


@case("DeleteWorkerBlock", "InvalidParameterValue")
def no_block_of_nobody(scene: Scene):
    """A worker has to exist."""
    scene.client.delete_worker_block(WorkerId=NOBODY)


@case("ListWorkerBlocks")
def all_blocks(scene: Scene):
    """Blocks are listed with their reasons."""
    scene.client.create_worker_block(WorkerId=known(scene), Reason="r")
    listed = scene.client.list_worker_blocks()
    assert listed["WorkerBlocks"] == [{"WorkerId": known(scene), "Reason": "r"}]


@case("ListWorkerBlocks", "AWS.ParameterOutOfRange")
def too_many_blocks_a_page(scene: Scene):
    """A page has 100 blocks at most."""
    scene.client.list_worker_blocks(MaxResults=101)


@case("ListWorkerBlocks", "InvalidParameterValue")
def a_foreign_token_of_blocks(scene: Scene):
    """A NextToken is one of the same list."""
    scene.client.list_worker_blocks(NextToken="x")


@case("NotifyWorkers")
def a_message_to_strangers(scene: Scene):
    """Workers who did no work for the requester are named in the answer."""
    answer = scene.client.notify_workers(**MESSAGE, WorkerIds=[known(scene)])
    assert answer["NotifyWorkersFailureStatuses"] == [
        {
            "WorkerId": known(scene),
            "NotifyWorkersFailureCode": "HardFailure",
            "NotifyWorkersFailureMessage": "Cannot send a notification to a worker "
            "who has not done any work for you",
        }
    ]


@case("NotifyWorkers", "AWS.MissingParameters")
def a_message_without_words(scene: Scene):
    """A message has a text."""
    scene.client.notify_workers(**{**MESSAGE, "MessageText": ""}, WorkerIds=[NOBODY])


@case("NotifyWorkers", "AWS.ParameterOutOfRange")
def a_message_to_too_many(scene: Scene):
    """A message goes to 100 workers at most."""
    ids = [f"A{number}" for number in range(101)]
    scene.client.notify_workers(**MESSAGE, WorkerIds=ids)
