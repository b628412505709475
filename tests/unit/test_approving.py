"""What `review.approve: finished` takes: work of HITs that are over, as the old agent did."""

import pytest
from crowdmake.client import in_process
from crowdmake.configuration.config import Review
from crowdmake.reviewing import review
from faults.scenes import PAGE, Scene
from market.kit import People

FINISHED = Review("finished", None)


@pytest.fixture
def scene(tmp_path):
    """Return three HITs that ask for two answers each; none has one yet."""
    found = Scene(tmp_path)
    found.launch(in_process(found.market))
    return found


def ids(scene):
    return list(scene.batch.read().by_hit_id())


def a_round(scene):
    """Harvest and approve; return how many were approved, and why others were left."""
    client = in_process(scene.market)
    scene.poll(client)
    return review.approve(client, scene.batch, FINISHED, print)


def test_only_complete_hits(scene):
    """Where an assignment of a HIT is missing nothing of it is approved (the agent's l.314, l.335)."""
    people = People(scene.market)
    first, second, _ = ids(scene)
    for hit_id in (first, second):
        people.do("ana", hit_id, ("a", "1"))
    people.accept("ben", first)
    before = a_round(scene)
    assert before == (0, dict.fromkeys(before[1], review.NOT_OVER))
    assert len(before[1]) == 2
    ledger = scene.batch.money.path.read_bytes()
    assert a_round(scene) == before
    assert scene.batch.money.path.read_bytes() == ledger
    people.do("cem", second, ("a", "2"))
    taken, left = a_round(scene)
    assert (taken, len(left)) == (2, 1)
    decided = scene.batch.read().decisions
    assert {event["hit_id"] for event in decided.values()} == {second}


def test_only_own_hits(scene):
    """Among the HITs that wait for review only the experiment's own are looked at (the agent's l.292)."""
    client = in_process(scene.market)
    terms = {"Title": "t", "Description": "d", "Reward": "0.05", "MaxAssignments": 1}
    times = {"LifetimeInSeconds": 3600, "AssignmentDurationInSeconds": 60}
    other = client.create_hit(Question=PAGE, **terms, **times)["HIT"]["HITId"]
    name = People(scene.market).do("ana", other, ("a", "1"))
    assert [hit["HITId"] for hit in client.list_reviewable_hits()["HITs"]] == [other]
    assert a_round(scene) == (0, {})
    assert client.get_assignment(AssignmentId=name)["Assignment"]["AssignmentStatus"] == "Submitted"


def test_hits_that_ended_short(scene):
    """What was done of a HIT that expired with some assignments is approved."""
    hit_id = ids(scene)[0]
    People(scene.market).do("ana", hit_id, ("a", "1"))
    in_process(scene.market).update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert a_round(scene) == (1, {})


def test_nobody_is_asked_to_decide_what_waits(scene):
    """Work that waits for others of its HIT asks nobody for a decision; what is rejected does."""
    name = People(scene.market).do("ana", ids(scene)[0], ("a", "1"))
    _, left = a_round(scene)
    snapshot = scene.batch.read()
    assert review.undecided_lines("b", snapshot, left, "review.csv") == []
    assert review.undecided_lines("b", snapshot, {name: "another reason"}, "review.csv")
