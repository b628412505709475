"""Asking more only where the answer is unsure: once through crashes, and as good as asking all."""

from decimal import Decimal

import pytest
from crowdmake import moments
from crowdmake.calls import pages
from crowdmake.client import in_process
from crowdmake.combining.adaptive import Unsure, lines, saved, unsure
from crowdmake.combining.asking import ask_more
from crowdmake.combining.questions import Question
from crowdmake.combining.records import BatchAnswers
from crowdmake.combining.settings import CONFIDENCE, START, Adaptive, Settings
from crowdmake.configuration.properties import complete
from crowdmake.inputs.rows import content_key
from crowdmake.launching.extension import Extender
from crowdmake.launching.launch import Terms, launch
from crowdmake.launching.offers import present
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.money.fees import price
from crowdmake.money.spending import Spending
from faults.scenes import PAGE, PROPERTIES, Scene, crash_everywhere, prepared

MOST = 9
LABEL = Question("a", ("w0", "w1"))
# Both workers of a scene answer otherwise, so that no HIT is sure.
TWO = Settings((LABEL,), adaptive=Adaptive(confidence=0.9, start=2, limit=4))


def _extender(scene, client, limit="100"):
    return Extender(client, scene.batch, "faults", Spending("local", limit, scene.folder), print)


def _ask(scene, client, settings=TWO, limit="100"):
    return ask_more(_extender(scene, client, limit), settings)


def _found(scene, settings=TWO, room=None):
    return unsure(scene.batch.read(), settings, present(scene.batch), room)


@pytest.fixture
def scene(tmp_path):
    """Return a scene whose HITs are answered, each by two workers who disagree."""
    return prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)("scene")


def test_crashes(monkeypatch, tmp_path):
    """A round that crashes at any append ends, when run again, with each HIT asked for once."""

    def check(scene):
        client = in_process(scene.market)
        listed = [hit for page in pages(client.list_hits) for hit in page["HITs"]]
        assert {hit["MaxAssignments"] for hit in listed} == {4}
        assert {hit.wanted for hit in scene.batch.read().hits.values()} == {4}
        assert scene.spending.committed() == len(listed) * 4 * Decimal("0.06")

    prepare = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)
    steps = crash_everywhere(monkeypatch, prepare, _ask, check)
    assert steps >= 1 + 2 * 3


def test_the_budget_is_kept(scene):
    """As many HITs are asked for again as the budget pays for; the others stay as they are, and it is said."""
    found = _found(scene, room=Decimal("0.30"))
    assert (len(found.due), len(found.unpaid)) == (2, 1)
    assert "1 HIT unsure, and left so: budget.max_usd holds no more" in lines("b", found)[0]
    assert _ask(scene, in_process(scene.market), limit="0.66") == 2
    assert scene.spending.committed() <= Decimal("0.66")
    assert _ask(scene, in_process(scene.market), limit="0.66") == 0


def test_only_what_is_over_and_offered_is_asked_for_again(scene):
    """A HIT that was asked for again waits for its answers; one that is not offered any more is left, and it is said."""
    first = next(iter(scene.batch.read().hits.values()))
    late = unsure(scene.batch.read(), TWO, moments.read(first.expiration), None)
    assert (len(late.due), len(late.over)) == (0, 3)
    assert "3 HITs unsure, and not offered any more" in lines("b", late)[0]
    assert _ask(scene, in_process(scene.market)) == 3
    assert _found(scene) == Unsure([], [], [])


def test_below_the_higher_fee():
    """A HIT that begins below ten assignments is never given ten, which the market would refuse."""
    assert Adaptive(0.9, start=3, limit=20).most == 9
    assert Adaptive(0.9, start=3, limit=5).most == 5
    assert Adaptive(0.9, start=10, limit=20).most == 20


CROWD = [SimulatedWorker(f"worker {number}", 0.8, 5.0) for number in range(MOST)]
ROWS = 200


class Labelling(Scene):
    """A batch of many rows with one right answer each, and a crowd of accuracy 0.8."""

    def __init__(self, folder, assignments) -> None:
        super().__init__(folder)
        self.right = {f"{content_key(n)}-1": "yes" if n % 2 else "no" for n in range(ROWS)}
        self.rendered = [
            {"key": key, "row": n, "input": n, "title": "t", "description": "d", "question": PAGE}
            for n, key in enumerate(self.right, 1)
        ]
        self.terms = Terms("faults", PROPERTIES | {"MaxAssignments": assignments}, "amazon")

    def launch(self, client) -> None:
        launch(
            client,
            self.batch,
            self.rendered,
            self.terms,
            Spending("local", None, self.folder),
            print,
        )

    def answer(self) -> None:
        hits = self.batch.read().hits
        tasks = [
            Task(hits[key].hit_id, correct={"label": each}) for key, each in self.right.items()
        ]
        work(self.market, tasks, CROWD, seed=5)

    def accuracy(self, settings) -> float:
        answers = BatchAnswers(self.batch.read(), settings)
        (question,) = answers.questions
        labels = answers.majority(question).labels
        return sum(labels[key] == each for key, each in self.right.items()) / ROWS


def test_a_crowd_of_accuracy_0_8(tmp_path):
    """On 200 rows the answers are within one point of always asking nine, with at most 70 % of the assignments."""
    settings = Settings(
        (Question("label", ("yes", "no")),), adaptive=Adaptive(CONFIDENCE, START, MOST)
    )
    accuracy, asked = {}, {}
    for name, first in (("always", MOST), ("adaptive", START)):
        (tmp_path / name).mkdir()
        scene = Labelling(tmp_path / name, first)
        client = in_process(scene.market)
        scene.launch(client)
        while True:
            scene.answer()
            scene.poll(client)
            if name == "always" or not _ask(scene, client, settings, limit=None):
                break
        accuracy[name] = scene.accuracy(settings)
        asked[name] = sum(hit.wanted for hit in scene.batch.read().hits.values())
    assert accuracy["adaptive"] >= accuracy["always"] - 0.01
    assert asked["adaptive"] <= 0.7 * asked["always"] == 0.7 * ROWS * MOST
    always = price(complete(PROPERTIES | {"MaxAssignments": MOST}), "amazon").total
    numbers = saved(scene.batch.read(), settings.adaptive, always)
    assert numbers["assignments_asked"] == asked["adaptive"]
    assert Decimal(numbers["saved_usd"]) == (asked["always"] - asked["adaptive"]) * Decimal("0.06")
