"""Workers whom a requester keeps from its HITs."""

import pytest
from crowdmake.market.models import Message
from crowdmake.market.workers import Refused

from market.exams import NOBODY
from market.kit import another
from market.test_eligibility import judged

VALUE = "AWS.MechanicalTurk.InvalidParameterValue"


def blocks(client):
    return [
        (each["WorkerId"], each["Reason"]) for each in client.list_worker_blocks()["WorkerBlocks"]
    ]


def test_a_blocked_worker_accepts_nothing(market, client, requester, people):
    """Of the one requester's HITs; what was accepted before can still be submitted."""
    held, hit_id = requester.hit(), requester.hit()
    other = another(market)
    theirs = other.hit()
    assignment = people.accept("Ann", held)
    ann = people.worker("Ann")
    client.create_worker_block(WorkerId=ann.worker_id, Reason="Spam <secret>")
    with pytest.raises(Refused) as refused:
        people.accept("Ann", hit_id)
    assert str(refused.value) == "You cannot work on this requester's HITs."
    people.submit(assignment)
    people.do("Ann", theirs)
    people.do("Bob", hit_id)
    found = judged(market, ann, requester.hit())
    assert (found.discover, found.preview, found.accept) == (True, True, False)
    assert found.obstacles == ("You cannot work on this requester's HITs.",)
    assert judged(market, ann, other.hit()).accept


def test_a_block_ends(client, requester, people):
    """The worker accepts again; ending a block that is not there is no error."""
    worker_id = people.worker("Ann").worker_id
    client.create_worker_block(WorkerId=worker_id, Reason="r")
    client.delete_worker_block(WorkerId=worker_id, Reason="sorry")
    client.delete_worker_block(WorkerId=worker_id)
    assert blocks(client) == []
    people.do("Ann", requester.hit())


def test_a_block_is_there_once(market, client, people):
    """Blocking again changes the reason; the worker is told once, and not why."""
    worker_id = people.worker("Ann").worker_id
    for reason in ("one", "two"):
        client.create_worker_block(WorkerId=worker_id, Reason=reason)
    assert blocks(client) == [(worker_id, "two")]
    with market.reading():
        (letter,) = Message.objects.all()
    assert letter.subject == "A requester has blocked you"
    assert "one" not in letter.text.split()


def test_blocks_are_one_requesters(market, client, people):
    """Another requester neither sees nor ends them."""
    other, worker_id = another(market), people.worker("Ann").worker_id
    client.create_worker_block(WorkerId=worker_id, Reason="r")
    assert blocks(other.client) == []
    other.client.delete_worker_block(WorkerId=worker_id)
    assert blocks(client) == [(worker_id, "r")]


def test_pages_of_blocks(client, people):
    """Each worker is listed once, in the order in which workers came to the market."""
    workers = [people.worker(f"Worker {number}").worker_id for number in range(5)]
    for worker_id in reversed(workers):
        client.create_worker_block(WorkerId=worker_id, Reason="r")
    pages = client.get_paginator("list_worker_blocks").paginate(PaginationConfig={"PageSize": 2})
    found = [each["WorkerId"] for page in pages for each in page["WorkerBlocks"]]
    assert found == workers


def test_blocks_that_end_between_pages(client, people):
    """Ending the blocks of each page before the next one is asked for ends them all."""
    for number in range(5):
        worker_id = people.worker(f"Worker {number}").worker_id
        client.create_worker_block(WorkerId=worker_id, Reason="r")
    pages = client.get_paginator("list_worker_blocks").paginate(PaginationConfig={"PageSize": 2})
    for page in pages:
        for each in page["WorkerBlocks"]:
            client.delete_worker_block(WorkerId=each["WorkerId"])
    assert blocks(client) == []


def test_blocks_of_nobody(client, requester):
    """An id of no worker is a value that the parameter cannot have."""
    for call in (client.create_worker_block, client.delete_worker_block):
        with requester.refused(
            VALUE,
            "ParameterValidationError",
            f'The value "{NOBODY}" is not valid for the parameter WorkerId.',
        ):
            call(WorkerId=NOBODY, Reason="r")


def test_the_length_of_a_reason(client, requester, people):
    """A reason has 4096 characters at most, and may be empty."""
    worker_id = people.worker("Ann").worker_id
    for reason in ("", "ñ" * 4096):
        client.create_worker_block(WorkerId=worker_id, Reason=reason)
        assert blocks(client) == [(worker_id, reason)]
    with requester.refused("AWS.ParameterOutOfRange", "ParameterValidationError", "Reason"):
        client.create_worker_block(WorkerId=worker_id, Reason="x" * 4097)
