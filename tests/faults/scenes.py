"""One batch of an experiment with its market, and the ways in which both can fail."""

import itertools
import json
from pathlib import Path

from crowdmake.calls import pages
from crowdmake.client import in_process
from crowdmake.configuration.config import Review
from crowdmake.configuration.properties import complete
from crowdmake.harvesting import harvest
from crowdmake.inputs.rows import content_key
from crowdmake.launching import launch
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.ledger import Ledger
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.market.embedded import open_market
from crowdmake.money.spending import Spending
from crowdmake.rendering.questions import html_question
from crowdmake.reviewing import deletion, review

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
        return Spending("local", "100", self.folder)

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
        review.approve(client, self.batch, Review("all", None), print)

    def delete(self, client) -> None:
        deletion.delete(client, self.batch, self.spending, deletion.Orders(), print)

    def on_the_market(self, client) -> list[str]:
        """Return the ids of all HITs that the market lists."""
        return [hit["HITId"] for page in pages(client.list_hits) for hit in page["HITs"]]


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


class Elsewhere:
    """The same URL with another account's credentials: it knows nothing of our HITs."""

    def __init__(self, market) -> None:
        self.market = market

    def respond(self, headers, body):
        target = {name.lower(): value for name, value in headers.items()}["x-amz-target"]
        if "HITId" in json.loads(body) or "AssignmentId" in json.loads(body):
            kind = "Assignment" if "AssignmentId" in json.loads(body) else "HIT"
            content = {
                "__type": "RequestError",
                "Message": f"{kind} does not exist. (1624047673969 s)",
                "TurkErrorCode": f"AWS.MechanicalTurk.{kind}DoesNotExist",
            }
            return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()
        if target.endswith(".ListHITs"):
            content = {"NumResults": 0, "HITs": []}
            return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()
        return self.market.respond(headers, body)


def crashing(monkeypatch, step: int, *, after: bool) -> None:
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


def crash_everywhere(monkeypatch, prepare, act, check) -> int:
    """Crash ``act`` at each of its appends, run it again, and check; return how many there were."""
    for step, after in ((n, after) for n in itertools.count(1) for after in (False, True)):
        scene = prepare(f"{step}-{after}")
        with monkeypatch.context() as patch:
            crashing(patch, step, after=after)
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


def prepared(tmp_path, *stages):
    def prepare(name: str) -> Scene:
        folder = tmp_path / name
        folder.mkdir()
        scene = Scene(folder)
        client = in_process(scene.market)
        for stage in stages:
            stage(scene, client) if stage is not Scene.answer else stage(scene)
        return scene

    return prepare
