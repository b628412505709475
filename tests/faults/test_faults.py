"""Crashes at every step and a market that loses answers: nothing is lost, nothing done twice."""

import itertools
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from crowdmake import client as client_module
from crowdmake.calls import in_flight
from crowdmake.client import in_process
from crowdmake.configuration.config import Review
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import content_key
from crowdmake.launching import launch
from crowdmake.launching.settling import settle
from crowdmake.ledgers.batches import launched_batches
from crowdmake.market.crowd import Task, work
from crowdmake.money.spending import Spending
from crowdmake.rendering.questions import html_question
from crowdmake.reviewing import deletion, review
from faults.scenes import (
    HITS,
    PROPERTIES,
    TERMS,
    WORKERS,
    Crash,
    Elsewhere,
    Lossy,
    Scene,
    crash_everywhere,
    crashing,
    prepared,
)


@pytest.fixture
def scene(tmp_path):
    """Return a scene of its own."""
    return Scene(tmp_path)


def test_launch_crashes(monkeypatch, tmp_path):
    """A launch that crashes at any append ends, when run again, with each HIT once and paid for once."""

    def check(scene):
        snapshot = scene.batch.read()
        listed = scene.on_the_market(in_process(scene.market))
        assert sorted(hit.hit_id for hit in snapshot.hits.values()) == sorted(listed)
        assert len(listed) == HITS
        assert not snapshot.open_intents
        assert scene.spending.committed() == HITS * Decimal("0.12")

    steps = crash_everywhere(monkeypatch, prepared(tmp_path), Scene.launch, check)
    assert steps >= 2 + 2 * HITS


def _interrupted(monkeypatch, scene) -> None:
    """Launch, and crash when the second HIT is on the market and its receipt is not written."""
    with monkeypatch.context() as patch:
        crashing(patch, 6, after=False)
        with pytest.raises(Crash):
            scene.launch(in_process(scene.market))
    assert scene.batch.read().open_intents


def test_row_removed_after_a_crash(monkeypatch, scene):
    """A HIT whose receipt was lost is found by the next launch even where its row is gone."""
    _interrupted(monkeypatch, scene)
    lost = set(scene.batch.read().open_intents)
    scene.rendered = [line for line in scene.rendered if line["key"] not in lost]
    client = in_process(scene.market)
    scene.launch(client)
    snapshot = scene.batch.read()
    listed = scene.on_the_market(client)
    assert {hit.hit_id for hit in snapshot.hits.values()} == set(listed)
    assert len(listed) == len(set(listed))


def test_reward_edited_after_a_crash(monkeypatch, scene):
    """Receipts and reservations hold what each HIT really costs, whenever it was created."""
    _interrupted(monkeypatch, scene)
    dearer = launch.Terms("faults", PROPERTIES | {"Reward": "0.10"}, "amazon")
    client = in_process(scene.market)
    launch.launch(client, scene.batch, scene.rendered, dearer, scene.spending, print)
    hits = scene.batch.read().hits.values()
    held = sum(hit.cost_each * hit.wanted for hit in hits)
    on_hold = Decimal("10000") - Decimal(client.get_account_balance()["AvailableBalance"])
    assert held == on_hold
    assert scene.spending.committed() >= on_hold
    assert {(hit.created["reward"], hit.created["fee"]) for hit in hits} <= {
        ("0.05", "0.01"),
        ("0.10", "0.02"),
    }


def test_poll_crashes(monkeypatch, tmp_path):
    """A poll that crashes at any append ends, when run again, with every answer saved once."""

    def check(scene):
        snapshot = scene.batch.read()
        assert scene.batch.outline().complete()
        assert len(snapshot.assignments()) == HITS * len(WORKERS)

    prepare = prepared(tmp_path, Scene.launch, Scene.answer)
    assert crash_everywhere(monkeypatch, prepare, Scene.poll, check) >= 2 * HITS


def test_approve_crashes(monkeypatch, tmp_path):
    """An approval that crashes at any append pays each assignment once and has every receipt."""

    def check(scene):
        snapshot = scene.batch.read()
        assert scene.batch.outline().decided()
        assert len(snapshot.decisions) == HITS * len(WORKERS)
        events = [event["event"] for event in scene.batch.money.read()]
        assert scene.batch.decided_mark.read_text() == f"local {events.count('decided')}\n"
        balance = Decimal(in_process(scene.market).get_account_balance()["AvailableBalance"])
        assert balance == Decimal("10000") - HITS * Decimal("0.12")

    prepare = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)
    assert crash_everywhere(monkeypatch, prepare, Scene.approve, check) >= HITS


def test_delete_crashes(monkeypatch, tmp_path):
    """A deletion that crashes at any append ends with one receipt for every HIT."""

    def check(scene):
        assert scene.batch.outline().all_deleted()
        assert scene.spending.committed() == HITS * Decimal("0.12")
        assert not scene.on_the_market(in_process(scene.market))
        events = [event["event"] for event in scene.batch.money.read()]
        assert events.count("deleted") == HITS

    prepare = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, Scene.approve)
    assert crash_everywhere(monkeypatch, prepare, Scene.delete, check) >= HITS


@pytest.mark.parametrize("operation", ["CreateHIT", "ApproveAssignment", "DeleteHIT"])
def test_lost_answers(scene, operation):
    """Where the market's answers are lost, botocore's repeats change nothing and all receipts are there."""
    lossy = in_process(Lossy(scene.market, operation, every=2))
    scene.launch(lossy)
    scene.answer()
    scene.poll(lossy)
    scene.approve(lossy)
    scene.delete(lossy)
    snapshot = scene.batch.read()
    assert len(snapshot.hits) == len({hit.hit_id for hit in snapshot.hits.values()}) == HITS
    assert scene.batch.outline().decided()
    assert scene.batch.outline().all_deleted()
    balance = Decimal(in_process(scene.market).get_account_balance()["AvailableBalance"])
    assert balance == Decimal("10000") - HITS * len(WORKERS) * Decimal("0.06")


class Throttling:
    """A market that refuses every third request for its rate."""

    def __init__(self, market) -> None:
        self.market, self.count = market, itertools.count(1)

    def respond(self, headers, body):
        if next(self.count) % 3 == 0:
            content = {"__type": "ThrottlingException", "Message": "Rate exceeded"}
            return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()
        return self.market.respond(headers, body)


def test_throttling(scene):
    """A market that throttles slows a launch down and loses nothing of it."""
    scene.launch(in_process(Throttling(scene.market)))
    assert len(scene.on_the_market(in_process(scene.market))) == HITS
    assert len(scene.batch.read().hits) == HITS


def test_other_credentials_lose_nothing(scene, capsys):
    """A poll, an approval and a deletion with another account's credentials change nothing of ours."""
    ours, other = in_process(scene.market), in_process(Elsewhere(scene.market))
    scene.launch(ours)
    scene.answer()
    scene.poll(other)
    assert "are these other credentials?" in capsys.readouterr().out
    assert len(scene.batch.read().open_hits()) == HITS
    scene.poll(ours)
    assert len(scene.batch.read().assignments()) == HITS * len(WORKERS)
    scene.approve(other)
    assert "unknown to the market, left as they are" in capsys.readouterr().out
    scene.approve(ours)
    scene.delete(other)
    assert not scene.batch.outline().deleted
    assert scene.spending.committed() == HITS * Decimal("0.12")
    scene.delete(ours)
    assert scene.batch.outline().all_deleted()


def test_hits_deleted_by_somebody_else_are_given_up_by_name(scene):
    """What the market does not know any more stays open until a person gives it up."""
    client = in_process(scene.market)
    scene.launch(client)
    gone = next(iter(scene.batch.read().hits.values())).hit_id
    client.update_expiration_for_hit(HITId=gone, ExpireAt=0)
    client.delete_hit(HITId=gone)
    for _ in range(2):
        scene.poll(client)
        assert len(scene.batch.read().open_hits()) == HITS
    deletion.delete(client, scene.batch, scene.spending, deletion.Orders(gone=True), print)
    assert scene.batch.outline().deleted == {gone}
    assert len(scene.batch.read().open_hits()) == HITS - 1


def test_refusals_of_a_repeated_call_are_no_proof(scene):
    """Where a repeat of a lost call is refused for the credentials, the HIT is found later and not made again."""

    class Expiring(Lossy):
        def respond(self, headers, body):
            if self.lost:
                content = {"__type": "ExpiredTokenException", "message": "expired"}
                reply = json.dumps(content).encode()
                return 400, {"Content-Type": "application/x-amz-json-1.1"}, reply
            answer = super().respond(headers, body)
            self.lost = answer[0] == 500
            return answer

        lost = False

    with pytest.raises(ClientError):
        scene.launch(in_process(Expiring(scene.market, "CreateHIT", every=1)))
    scene.market.clock.advance(timedelta(hours=25))
    client = in_process(scene.market)
    scene.launch(client)
    listed = scene.on_the_market(client)
    assert len(listed) == HITS
    assert {hit.hit_id for hit in scene.batch.read().hits.values()} == set(listed)


@pytest.mark.parametrize("hours", [0, 25])
def test_a_renamed_experiment_after_a_crash(monkeypatch, scene, hours):
    """An interrupted call keeps its token and annotation, whatever the experiment is called later."""
    _interrupted(monkeypatch, scene)
    scene.market.clock.advance(timedelta(hours=hours))
    client = in_process(scene.market)
    renamed = launch.Terms("renamed", PROPERTIES, "amazon")
    launch.launch(client, scene.batch, scene.rendered, renamed, scene.spending, print)
    assert len(scene.on_the_market(client)) == HITS
    assert len(scene.batch.read().hits) == HITS


def test_the_models_spelling_of_an_existing_hit(monkeypatch, scene):
    """`HitAlreadyExists`, as the service's model spells it, is no refusal."""

    class Spelling:
        def respond(self, headers, body):
            status, names, answer = scene.market.respond(headers, body)
            return status, names, answer.replace(b"HITAlreadyExists", b"HitAlreadyExists")

    _interrupted(monkeypatch, scene)
    monkeypatch.setattr("crowdmake.launching.settling.LOCAL", "not the endpoint of this test")
    scene.launch(in_process(Spelling()))
    assert len(scene.on_the_market(in_process(scene.market))) == HITS
    assert not scene.batch.read().open_intents


def test_open_intents_count_as_launched(monkeypatch, scene):
    """A batch whose launch crashed before its first receipt is not forgotten, and a poll finds its HITs."""
    _interrupted(monkeypatch, scene)
    assert not scene.batch.read().hits
    assert list(launched_batches("local", scene.folder)) == ["b"]
    assert not scene.batch.outline().complete()
    client = in_process(scene.market)
    settle(client, scene.batch, repeated=(), fees="amazon")
    assert len(scene.batch.read().hits) == len(scene.on_the_market(client)) > 0


def test_a_hit_extended_behind_our_back_is_not_deleted_unsaved(scene):
    """An answer that came after a HIT was closed is saved before the HIT is deleted."""
    client = in_process(scene.market)
    scene.rendered = scene.rendered[:1]
    scene.launch(client)
    (hit,) = scene.batch.read().hits.values()
    work(scene.market, [Task(hit.hit_id, recorded=({"a": "first"},))], WORKERS, seed=1)
    client.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=0)
    scene.poll(client)
    scene.approve(client)
    assert scene.batch.outline().decided()
    later = scene.market.clock.now() + timedelta(days=1)
    client.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=later)
    both = ({"a": "first"}, {"a": "second"})
    work(scene.market, [Task(hit.hit_id, recorded=both)], WORKERS, seed=1)
    scene.delete(client)
    assert len(scene.batch.read().assignments()) == 2
    assert not scene.batch.outline().deleted
    scene.approve(client)
    scene.delete(client)
    assert [
        event["assignments"] for event in scene.batch.money.read() if event["event"] == "deleted"
    ] == [2]


def test_short_pages(scene):
    """A market with pages of one entry loses no answer of a HIT that is over."""

    class Short:
        def respond(self, headers, body):
            request = json.loads(body)
            if "MaxResults" in request:
                request["MaxResults"] = 1
            return scene.market.respond(headers, json.dumps(request).encode())

    client = in_process(Short())
    wider = launch.Terms("faults", PROPERTIES | {"MaxAssignments": 3}, "amazon")
    launch.launch(client, scene.batch, scene.rendered, wider, scene.spending, print)
    scene.answer()
    for hit in scene.batch.read().hits.values():
        client.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=0)
    scene.poll(client)
    assert scene.batch.outline().complete()
    assert len(scene.batch.read().assignments()) == HITS * len(WORKERS)


def test_decisions_that_the_market_made_are_kept(monkeypatch, tmp_path):
    """Work that the market approved by itself has its decision in the ledger, whenever a poll crashed."""

    def check(scene):
        snapshot = scene.batch.read()
        assert set(snapshot.decisions) == set(snapshot.assignments())
        assert scene.batch.outline().decided()

    def approved(scene) -> None:
        scene.answer()
        scene.market.clock.advance(timedelta(days=4))

    def prepare(name: str) -> Scene:
        scene = prepared(tmp_path, Scene.launch)(name)
        approved(scene)
        return scene

    assert crash_everywhere(monkeypatch, prepare, Scene.poll, check) >= 2 * HITS


def test_auto_approval_is_learnt_by_approve(scene):
    """What the market approved by itself after the last poll is learnt by the next approval."""
    client = in_process(scene.market)
    scene.launch(client)
    scene.answer()
    scene.poll(client)
    scene.market.clock.advance(timedelta(days=4))
    taken, left = review.approve(client, scene.batch, Review("listed", None), print)
    assert (taken, left) == (0, {})
    assert scene.batch.outline().decided()


def test_reservations_of_rows_that_were_never_launched_are_freed(scene):
    """Money reserved for rows that were edited before they were launched is free for the new rows."""

    class Down:
        def respond(self, headers, body):
            return 500, {"Content-Type": "application/x-amz-json-1.1"}, b"{}"

    spending = Spending("local", "0.36", scene.folder)
    with pytest.raises(ClientError):
        launch.launch(in_process(Down()), scene.batch, scene.rendered, TERMS, spending, print)
    started = scene.batch.outline().intents
    client = in_process(scene.market)
    scene.rendered = [
        line | {"key": f"{content_key([line['row']])}-1"} if line["key"] not in started else line
        for line in scene.rendered
    ]
    launch.launch(client, scene.batch, scene.rendered, TERMS, spending, print)
    assert len(scene.on_the_market(client)) == HITS
    assert spending.committed() == Decimal("0.36")


def test_one_client_for_all_calls(monkeypatch, scene):
    """A connection makes its client once, from whatever thread it is first used."""
    made = []

    def connect(_market, **_):
        made.append(1)
        return in_process(scene.market)

    monkeypatch.setattr(client_module, "connect", connect)
    connection = client_module.Connection({"endpoint": "local", "profile": None, "fees": "none"})
    list(in_flight(lambda _: connection.get_account_balance(), range(40)))
    assert made == [1]


def test_production_is_amazons_whatever_the_environment_says(monkeypatch):
    """`production` and `sandbox` lead to Amazon's own hosts even where boto3 is told otherwise."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_MTURK", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    for endpoint, host in (
        ("production", "mturk-requester."),
        ("sandbox", "mturk-requester-sandbox."),
    ):
        client = client_module.connect({"endpoint": endpoint, "profile": None, "fees": "amazon"})
        assert client.meta.endpoint_url.startswith(f"https://{host}us-east-1.amazonaws.com")


@pytest.mark.parametrize("throttled", [False, True])
def test_a_page_that_the_market_refuses(scene, throttled):
    """A refused row is named and stops no other; its money is free where nothing can have been created."""

    class Market:
        first = True

        def respond(self, headers, body):
            if throttled and self.first and b"astral" in body:
                self.first = False
                content = {"__type": "ThrottlingException", "Message": "Rate exceeded"}
                reply = json.dumps(content).encode()
                return 400, {"Content-Type": "application/x-amz-json-1.1"}, reply
            return scene.market.respond(headers, body)

    bad = html_question("<!DOCTYPE html><title>astral</title><p>\U0001f600", 0)
    scene.rendered[1] = scene.rendered[1] | {"question": bad}
    with pytest.raises(UserError, match="row 2 of batch b: CreateHIT was refused: "):
        scene.launch(in_process(Market()))
    assert len(scene.batch.read().hits) == HITS - 1
    assert len(scene.batch.read().open_intents) == throttled
    assert scene.spending.committed() == (HITS - 1 + throttled) * Decimal("0.12")
