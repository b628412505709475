"""More assignments through crashes, lost answers and slow markets: added once, paid for once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from crowdmake import moments
from crowdmake.client import in_process
from crowdmake.exceptions import UserError
from crowdmake.launching import expiry, extension
from crowdmake.launching.extension import Extender
from crowdmake.money.spending import Spending
from crowdmake.reviewing import deletion
from faults.scenes import HITS, Crash, Elsewhere, Lossy, Scene, crash_everywhere, crashing, prepared

EACH = Decimal("0.06")


def _extender(scene, client, limit="100"):
    spending = Spending("local", limit, scene.folder)
    return Extender(client, scene.batch, "faults", spending, print)


def _extend(scene, client, count=5, only=(), **more):
    return extension.extend(_extender(scene, client), {"assignments": count} | more, only)


def _counts(scene):
    """Return how many assignments each HIT asks for, on the market."""
    client = in_process(scene.market)
    ids = [hit.hit_id for hit in scene.batch.read().hits.values()]
    return [client.get_hit(HITId=each)["HIT"]["MaxAssignments"] for each in ids]


def _five_each(scene):
    assert _counts(scene) == [5] * HITS
    assert [hit.wanted for hit in scene.batch.read().hits.values()] == [5] * HITS
    assert scene.batch.outline().done("extend")
    assert scene.spending.committed() == HITS * 5 * EACH


@pytest.fixture
def scene(tmp_path):
    """Return a scene whose HITs are up."""
    return prepared(tmp_path, Scene.launch)("scene")


@pytest.mark.parametrize("answered", [False, True])
def test_crashes(monkeypatch, tmp_path, answered):
    """An extension that crashes at any append ends, when run again, with the HITs extended once."""
    stages = (Scene.launch, Scene.answer, Scene.poll) if answered else (Scene.launch,)
    steps = crash_everywhere(monkeypatch, prepared(tmp_path, *stages), _extend, _five_each)
    assert steps >= 1 + 2 * HITS


def test_lost_answers(scene):
    """Where the market's answers are lost, botocore's repeats add nothing twice."""
    lossy = in_process(Lossy(scene.market, "CreateAdditionalAssignmentsForHIT", every=2))
    _extend(scene, lossy)
    _five_each(scene)
    assert _extend(scene, lossy) == ["extended 0 HITs"]


def _interrupted(monkeypatch, scene):
    with monkeypatch.context() as patch:
        patch.setattr("crowdmake.calls.CALLS_IN_FLIGHT", 1)
        crashing(patch, 3, after=False)
        with pytest.raises(Crash):
            _extend(scene, in_process(scene.market))
    assert sorted(_counts(scene)) == [2, 2, 5]


@pytest.mark.parametrize("hours", [0, 25])
def test_what_was_cut_off_is_settled(monkeypatch, scene, hours):
    """A poll or a plain extension learns of what was added, and adds nothing by itself."""
    _interrupted(monkeypatch, scene)
    assert not scene.batch.outline().complete()
    scene.market.clock.advance(timedelta(hours=hours))
    client = in_process(scene.market)
    extension.settle(client, scene.batch, scene.spending, print)
    assert sorted(hit.wanted for hit in scene.batch.read().hits.values()) == [2, 2, 5]
    assert sorted(_counts(scene)) == [2, 2, 5]
    _extend(scene, client)
    _five_each(scene)


def test_a_slow_market_is_told_by_the_token(monkeypatch, scene):
    """Where MaxAssignments lags, the repeated token keeps the extension from being made twice."""
    _interrupted(monkeypatch, scene)
    monkeypatch.setattr("crowdmake.launching.extension.LOCAL", "not the endpoint of this test")

    class Slow:
        def respond(self, headers, body):
            status, names, answer = scene.market.respond(headers, body)
            return status, names, answer.replace(b'"MaxAssignments": 5', b'"MaxAssignments": 2')

    with pytest.raises(UserError, match="said to be extended, but not shown yet; run it again"):
        extension.extend(_extender(scene, in_process(Slow())), {}, ())
    _extend(scene, in_process(scene.market), count=7)
    assert sorted(_counts(scene)) == [7, 7, 7]
    assert scene.spending.committed() == HITS * 7 * EACH


def test_other_credentials(monkeypatch, scene, capsys):
    """With credentials that see none of our HITs, what was cut off stays in doubt and is not repeated."""
    _interrupted(monkeypatch, scene)
    with pytest.raises(UserError) as caught:
        _extend(scene, in_process(Elsewhere(scene.market)))
    assert len(caught.value.lines) == HITS - 1
    assert "the market does not show" in capsys.readouterr().out
    assert len(scene.batch.outline().extensions) == 1
    _extend(scene, in_process(scene.market))
    _five_each(scene)


def test_ten_is_refused_beforehand(scene):
    """From fewer than ten to ten is explained before anything is called or reserved."""
    with pytest.raises(UserError, match=r"\(InvalidMaximumAssignmentsIncrease\); expected at most"):
        extension.extend(_extender(scene, None), {"assignments": 10}, ())
    assert scene.spending.committed() == HITS * 2 * EACH


def test_the_budget_holds(scene):
    """Extensions past the budget are refused together, with what would fit."""
    with pytest.raises(UserError) as caught:
        extension.extend(_extender(scene, in_process(scene.market), "0.60"), {"assignments": 5}, ())
    assert caught.value.lines == (
        "budget.max_usd: extending 3 HITs needs 0.54 USD, 0.24 USD is left of 0.60 USD:"
        " 1 would fit; nothing was extended",
    )
    assert _counts(scene) == [2] * HITS


def test_one_hit(scene):
    """An extension of one HIT leaves the others, and a second one adds what is missing."""
    first, *_ = scene.batch.read().hits.values()
    client = in_process(scene.market)
    _extend(scene, client, count=3, only={first.hit_id})
    assert _counts(scene) == [3, 2, 2]
    _extend(scene, client, count=4)
    assert _counts(scene) == [4, 4, 4]
    assert scene.spending.committed() == HITS * 4 * EACH


def test_an_extended_hit_is_polled_decided_and_deleted(scene):
    """A complete HIT that is extended is open again; deleted, it has cost what was approved."""
    client = in_process(scene.market)
    scene.answer()
    scene.poll(client)
    scene.approve(client)
    _extend(scene, client, count=3)
    assert not scene.batch.outline().complete()
    scene.delete(client)
    assert not scene.batch.outline().deleted
    expiry.expire(client, scene.batch, scene.batch.read().hits.values(), print)
    scene.delete(client)
    assert scene.batch.outline().all_deleted()
    assert scene.spending.committed() == HITS * 2 * EACH


def test_more_time(scene, capsys):
    """Expired HITs that lack answers are offered again until the moment that was ordered, once."""
    client = in_process(scene.market)
    expiry.expire(client, scene.batch, scene.batch.read().hits.values(), print)
    assert scene.batch.outline().complete()
    (line,) = _extend(scene, client, count=3)[1:]
    assert line == "3 extended HITs expired before; `--config hours=24` offers them again"
    moment = moments.written(moments.now() + timedelta(hours=30))
    for number in (HITS, 0):
        (*_, line) = extension.extend(_extender(scene, client), {"expires": moment}, ())
        assert line.endswith(f": {number} HITs")
    assert "3 HITs offered so long or longer already" in capsys.readouterr().out
    assert {hit.expiration for hit in scene.batch.read().hits.values()} == {moment}
    scene.answer()
    scene.poll(client)
    assert len(scene.batch.read().assignments()) == HITS * 2


def test_more_time_after_a_lost_receipt(monkeypatch, scene):
    """More time that was given before a crash is receipted by the same order, without an error."""
    moment = moments.written(moments.now() + timedelta(days=30))
    order = {"expires": moment}
    with monkeypatch.context() as patch:
        crashing(patch, 1, after=False)
        with pytest.raises(Crash):
            extension.extend(_extender(scene, in_process(scene.market)), order, ())
    extension.extend(_extender(scene, in_process(scene.market)), order, ())
    assert {hit.expiration for hit in scene.batch.read().hits.values()} == {moment}


def test_more_hours_after_a_lost_receipt(monkeypatch, scene):
    """`hours` means another moment in every run; what an earlier one did is receipted as it stands."""
    with monkeypatch.context() as patch:
        crashing(patch, 1, after=False)
        with pytest.raises(Crash):
            extension.extend(_extender(scene, in_process(scene.market)), {"hours": 400}, ())
    extension.extend(_extender(scene, in_process(scene.market)), {"hours": 400}, ())
    client = in_process(scene.market)
    hits = scene.batch.read().hits.values()
    found = [client.get_hit(HITId=hit.hit_id)["HIT"]["Expiration"] for hit in hits]
    assert [hit.expiration for hit in hits] == [moments.written(each) for each in found]


def test_money_for_what_was_never_begun_is_free_again(monkeypatch, scene):
    """What was reserved for an addition before a crash goes back when less is ordered then."""
    with monkeypatch.context() as patch:
        crashing(patch, 1, after=True)
        with pytest.raises(Crash):
            _extend(scene, in_process(scene.market))
    _extend(scene, in_process(scene.market), count=3)
    assert scene.spending.committed() == HITS * 3 * EACH


def test_a_hit_that_somebody_deleted_ends_the_doubt(monkeypatch, scene):
    """An addition that was cut off keeps nothing open once its HIT is given up and deleted."""
    _interrupted(monkeypatch, scene)
    gone = in_process(Elsewhere(scene.market))
    deletion.delete(gone, scene.batch, scene.spending, deletion.Orders(gone=True), print)
    assert scene.batch.outline().complete()
    assert scene.batch.outline().done("extend")
    assert scene.spending.committed() == 0


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({}, "extend: nothing ordered; expected `--config assignments=5`"),
        ({"expires": "tomorrow"}, '--config expires: found "tomorrow"; expected a moment such as'),
        ({"expires": "2020-01-01"}, "--config expires: found 2020-01-01T00:00:00Z; expected a"),
        ({"hours": 0.001}, "--config hours: found 20"),
        ({"hours": 8761}, "--config hours: found 20"),
    ],
)
def test_orders_that_make_no_sense(scene, order, said):
    """An order that is missing, or no moment within a year, is one line, before any call."""
    with pytest.raises(UserError) as caught:
        extension.extend(_extender(scene, None), order, ())
    (line,) = caught.value.lines
    assert line.startswith(said)
