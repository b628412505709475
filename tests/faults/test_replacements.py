"""Rejected assignments put up again, once for each, through crashes and changes of mind."""

from decimal import Decimal

import pytest
from crowdmake.client import in_process
from crowdmake.launching import expiry
from crowdmake.launching.extension import Extender, extend
from crowdmake.money.spending import Spending
from crowdmake.reviewing.decisions import Decision
from crowdmake.reviewing.replacement import replace_rejected
from crowdmake.reviewing.review import decide
from faults.scenes import HITS, Scene, crash_everywhere, prepared

EACH = Decimal("0.06")


def _reject(scene, client):
    """Reject both answers of the first HIT and one of the second."""
    first, second, _ = scene.batch.read().hits.values()
    chosen = [*first.assignments, second.assignments[0]]
    named = dict.fromkeys((each["assignment_id"] for each in chosen), Decision("Rejected", "No"))
    assert decide(client, scene.batch, named, print) == 3


def _extender(scene, client):
    return Extender(client, scene.batch, "faults", Spending("local", "100", scene.folder), print)


def _replace(scene, client):
    return replace_rejected(_extender(scene, client))


def _wanted(scene):
    """Return how many assignments each HIT asks for, on the market and in the ledger."""
    client = in_process(scene.market)
    hits = scene.batch.read().hits.values()
    market = [client.get_hit(HITId=hit.hit_id)["HIT"]["MaxAssignments"] for hit in hits]
    assert market == [hit.wanted for hit in hits]
    return market


STAGES = (Scene.launch, Scene.answer, Scene.poll, _reject)


@pytest.fixture
def scene(tmp_path):
    """Return a scene of which three answers are rejected."""
    return prepared(tmp_path, *STAGES)("scene")


def test_crashes(monkeypatch, tmp_path):
    """Putting up again crashes at any append, and ends with one more assignment for each rejection."""

    def check(scene):
        assert _wanted(scene) == [4, 3, 2]
        assert not scene.batch.outline().to_replace
        assert scene.batch.outline().done("launch")
        assert scene.spending.committed() == (HITS * 2 + 3) * EACH

    assert crash_everywhere(monkeypatch, prepared(tmp_path, *STAGES), _replace, check) >= 5


def test_once_for_each_rejection(scene):
    """What is replaced is not replaced again; a later rejection is, and an overridden one stays."""
    client = in_process(scene.market)
    assert scene.batch.outline().to_replace == {
        hit.hit_id for hit in scene.batch.read().hits.values() if hit.to_replace
    }
    assert _replace(scene, client) == 2
    assert _replace(scene, client) == 0
    first, _, third = scene.batch.read().hits.values()
    overridden = {first.assignments[0]["assignment_id"]: Decision("Approved", "", override=True)}
    assert decide(client, scene.batch, overridden, print) == 1
    later = {third.assignments[0]["assignment_id"]: Decision("Rejected", "No")}
    assert decide(client, scene.batch, later, print) == 1
    assert scene.batch.outline().to_replace == {third.hit_id}
    assert _replace(scene, client) == 1
    assert _wanted(scene) == [4, 3, 3]


def test_extended_by_hand_too(scene):
    """A number of assignments that was ordered counts what was put up again, and stays ordered."""
    client = in_process(scene.market)
    extend(_extender(scene, client), {"assignments": 3}, ())
    assert _wanted(scene) == [3, 3, 3]
    _replace(scene, client)
    assert _wanted(scene) == [5, 4, 3]


def test_what_cannot_be_put_up_again_is_said(scene, capsys):
    """HITs that have ended, and those that would reach ten assignments, are named and left."""
    client = in_process(scene.market)
    first, *_ = scene.batch.read().hits.values()
    extend(_extender(scene, client), {"assignments": 9}, {first.hit_id})
    expiry.expire(client, scene.batch, scene.batch.read().hits.values(), print)
    assert _replace(scene, client) == 1
    said = capsys.readouterr().out
    assert f"b: 2 rejected assignments not put up again ({first.hit_id}): expired" in said
    extend(_extender(scene, client), {"hours": 24}, {first.hit_id})
    assert _replace(scene, client) == 0
    assert f"({first.hit_id}): would ask for ten, which" in capsys.readouterr().out
