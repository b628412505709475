"""Crashes at every step and a market that loses answers: nothing is lost, nothing done twice."""

import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest
from crowdmake import deletion, harvest, launch, review
from crowdmake.batches import Batch
from crowdmake.calls import pages
from crowdmake.client import in_process
from crowdmake.config import Review
from crowdmake.ledger import Ledger
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.market.embedded import open_market
from crowdmake.properties import complete
from crowdmake.questions import html_question
from crowdmake.rows import content_key
from crowdmake.spending import Spending

HITS = 3
WORKERS = [SimulatedWorker(f"w{number}", 1.0, 5.0) for number in range(2)]
PROPERTIES = complete(
    {"Title": "t", "Description": "d", "Reward": "0.05", "MaxAssignments": len(WORKERS)}
)
TERMS = launch.Terms("faults", PROPERTIES, "amazon")
PAGE = html_question("<!DOCTYPE html><title>t</title><p>x", 0)


class Crash(BaseException):
    """The process is gone."""


class Scene:
    """One batch of an experiment and its market, with a client per simulated process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.market = open_market(folder / "market.sqlite3")
        self.rendered = [
            {
                "key": f"{content_key(number)}-1",
                "row": number + 1,
                "input": number,
                "title": "t",
                "description": "d",
                "question": PAGE,
            }
            for number in range(HITS)
        ]

    @property
    def batch(self) -> Batch:
        """Return the batch as a new process opens it."""
        return Batch("b", "local", self.folder)

    @property
    def spending(self) -> Spending:
        """Return the spending ledger as a new process opens it."""
        return Spending("local", Decimal("100"), self.folder)

    def launch(self, client) -> None:
        launch.launch(client, self.batch, self.rendered, TERMS, self.spending, print)

    def answer(self) -> None:
        tasks = [
            Task(hit.hit_id, recorded=tuple({"a": name.name} for name in WORKERS))
            for hit in self.batch.read().hits.values()
        ]
        work(self.market, tasks, WORKERS, seed=1)

    def poll(self, client) -> None:
        harvest.poll(client, self.batch, print)

    def approve(self, client) -> None:
        choice = review.approvals(self.batch.read(), Review("all", None), {})
        review.decide(client, self.batch, choice.decide, print)

    def delete(self, client) -> None:
        deletion.delete(client, self.batch, self.spending, print, expire=False, only=[])

    def on_the_market(self, client) -> list[str]:
        """Return the ids of all HITs that the market lists."""
        return [hit["HITId"] for page in pages(client.list_hits) for hit in page["HITs"]]


@pytest.fixture
def scene(tmp_path):
    """Return a scene of its own."""
    return Scene(tmp_path)


def _crashing(monkeypatch, step: int, *, after: bool) -> None:
    """Let the process crash at the ``step``-th append to any ledger, before or after the write."""
    append, counter = Ledger.append, itertools.count(1)

    def crash(self, *events):
        number = next(counter)
        if number == step and not after:
            raise Crash
        if number <= step:
            append(self, *events)
        if number >= step:
            raise Crash

    monkeypatch.setattr(Ledger, "append", crash)


def _crash_everywhere(monkeypatch, prepare, act, check) -> int:
    """Crash ``act`` at each of its appends, run it again, and check; return how many there were."""
    for step, after in ((n, after) for n in itertools.count(1) for after in (False, True)):
        scene = prepare(f"{step}-{after}")
        with monkeypatch.context() as patch:
            _crashing(patch, step, after=after)
            try:
                act(scene, in_process(scene.market))
            except Crash:
                crashed = True
            else:
                crashed = False
        act(scene, in_process(scene.market))
        check(scene)
        if not crashed:
            return step - 1
    raise AssertionError


def _prepared(tmp_path, *stages):
    def prepare(name: str) -> Scene:
        folder = tmp_path / name
        folder.mkdir()
        scene = Scene(folder)
        client = in_process(scene.market)
        for stage in stages:
            stage(scene, client) if stage is not Scene.answer else stage(scene)
        return scene

    return prepare


def test_launch_crashes(monkeypatch, tmp_path):
    """A launch that crashes at any append ends, when run again, with each HIT once and paid for once."""

    def check(scene):
        snapshot = scene.batch.read()
        listed = scene.on_the_market(in_process(scene.market))
        assert sorted(hit.hit_id for hit in snapshot.hits.values()) == sorted(listed)
        assert len(listed) == HITS
        assert not snapshot.open_intents
        assert scene.spending.committed() == HITS * Decimal("0.12")

    steps = _crash_everywhere(monkeypatch, _prepared(tmp_path), Scene.launch, check)
    assert steps >= 2 + 2 * HITS


def _interrupted(monkeypatch, scene) -> None:
    """Launch, and crash when the second HIT is on the market and its receipt is not written."""
    with monkeypatch.context() as patch:
        _crashing(patch, 6, after=False)
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
        assert snapshot.complete()
        assert len(snapshot.assignments()) == HITS * len(WORKERS)

    prepare = _prepared(tmp_path, Scene.launch, Scene.answer)
    assert _crash_everywhere(monkeypatch, prepare, Scene.poll, check) >= 2 * HITS


def test_approve_crashes(monkeypatch, tmp_path):
    """An approval that crashes at any append pays each assignment once and has every receipt."""

    def check(scene):
        snapshot = scene.batch.read()
        assert snapshot.decided()
        assert len(snapshot.decisions) == HITS * len(WORKERS)
        balance = Decimal(in_process(scene.market).get_account_balance()["AvailableBalance"])
        assert balance == Decimal("10000") - HITS * Decimal("0.12")

    prepare = _prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)
    assert _crash_everywhere(monkeypatch, prepare, Scene.approve, check) >= HITS


def test_delete_crashes(monkeypatch, tmp_path):
    """A deletion that crashes at any append ends with one receipt for every HIT."""

    def check(scene):
        snapshot = scene.batch.read()
        assert snapshot.deleted()
        assert not scene.on_the_market(in_process(scene.market))
        events = [event["event"] for event in scene.batch.money.read()]
        assert events.count("deleted") == HITS

    prepare = _prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, Scene.approve)
    assert _crash_everywhere(monkeypatch, prepare, Scene.delete, check) >= HITS


class Lossy:
    """A market whose answers to some operation are lost after it was carried out."""

    def __init__(self, market, operation: str, every: int) -> None:
        self.market, self.operation, self.every = market, operation, every
        self.count = itertools.count(1)

    def respond(self, headers, body):
        answer = self.market.respond(headers, body)
        target = {name.lower(): value for name, value in headers.items()}["x-amz-target"]
        if target.endswith(f".{self.operation}") and next(self.count) % self.every == 0:
            return 500, {"Content-Type": answer[1]["Content-Type"]}, b"{}"
        return answer


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
    assert snapshot.decided()
    assert snapshot.deleted()
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
