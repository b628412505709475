"""What Huginn's HumanTaskAgent got wrong when answers were combined, tried here.

The best answer that is off by one and ties of polls stand in test_polls, worker text that is
filled in twice there too; what a crash of a round does stands in faults.
"""

import pytest
from crowdmake.client import in_process
from crowdmake.combining import records
from crowdmake.combining.questions import Question
from crowdmake.combining.settings import Settings
from crowdmake.configuration.config import Configuration, read_config
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import content_key
from crowdmake.launching.launch import Terms, launch
from crowdmake.ledgers.batches import Batch
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.ticking import emission
from faults.scenes import PAGE, PROPERTIES, Scene
from ledger_events import assignment, created, decided
from unit.test_views import xml

MOOD = Question("mood", ("happy", "sad"))


def answered(batch, key, *moods, wanted=None):
    """Let the ledgers hold a HIT that is over, with these answers."""
    batch.money.append(created(key, wanted=len(moods) if wanted is None else wanted))
    for number, mood in enumerate(moods):
        event = assignment(key, f"{key}{number}", answer=xml(mood=mood))
        batch.answers.append(event | {"worker_id": f"A{number}"})
    batch.money.append({"event": "closed", "hit_id": f"3{key}", "assignments": len(moods)})


def emitted(batch, settings):
    """Return the results that are combined and told, by HIT."""
    combined = records.combined("b", batch.read(), [], settings)
    told = emission.finished(batch, combined)
    emission.emit(batch, told, "me", webhook=False)
    return {event["hit_id"]: event for event in emission.events(batch)}


@pytest.fixture
def batch(tmp_path):
    return Batch("b", "local", tmp_path)


@pytest.mark.parametrize("unknown", ["furious", "", "0", "happy|sad", "Happy"])
def test_an_unknown_answer_blocks_no_later_hit(batch, unknown):
    """It raised NoMethodError at an answer that is no selection, at every check, before all later HITs."""
    answered(batch, "A", "happy", unknown)
    answered(batch, "B", "sad", "sad")
    told = emitted(batch, Settings((MOOD,)))
    majorities = [event["majority_answer"]["mood"] for event in told.values()]
    assert (list(told), majorities) == (["3A", "3B"], ["happy", "sad"])


def test_equal_counts_have_one_answer_however_they_come(batch):
    """Its sort was unstable: of equal counts the first selection is taken in any order of answers."""
    answered(batch, "A", "sad", "happy")
    answered(batch, "B", "happy", "sad")
    told = emitted(batch, Settings((MOOD,))).values()
    assert [event["majority_answer"]["mood"] for event in told] == ["happy", "happy"]
    assert all(event["ties"] == {"mood": ["happy", "sad"]} for event in told)


def test_hits_that_ended_short_are_told(batch):
    """It never told of a HIT that expired with some of its assignments, or with none."""
    answered(batch, "A", "sad", wanted=3)
    answered(batch, "B", wanted=3)
    told = emitted(batch, Settings((MOOD,)))
    assert [event["status"] for event in told.values()] == ["partial", "partial"]
    assert told["3A"]["answers"] == [{"mood": "sad"}]


def test_what_is_decided_already_is_told(batch):
    """It never told of a HIT of which the market had approved one assignment by itself."""
    answered(batch, "A", "sad", "sad")
    batch.money.append(decided("A", "A0", "Approved"))
    assert emitted(batch, Settings((MOOD,)))["3A"]["status"] == "complete"


@pytest.mark.parametrize("value", ["false", "true", 1, ""])
def test_separate_answers_is_true_or_false(experiment, value):
    """It took the text "false" for true: a configuration takes no text there."""
    with pytest.raises(UserError, match="separate_answers: found"):
        Configuration(read_config() | {"separate_answers": value}, experiment)


class Many(Scene):
    """A batch of more HITs than one page of a list holds."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        about = {"title": "t", "description": "d", "question": PAGE}
        self.rendered = [
            {"key": f"{content_key(n)}-1", "row": n + 1, "input": n, **about} for n in range(103)
        ]


def test_more_hits_than_a_page(tmp_path):
    """It saw the first hundred reviewable HITs of its account only."""
    scene = Many(tmp_path)
    client = in_process(scene.market)
    terms = Terms("faults", PROPERTIES | {"MaxAssignments": 1}, "amazon")
    launch(client, scene.batch, scene.rendered, terms, scene.spending, print)
    tasks = [Task(hit_id, correct={"mood": "sad"}) for hit_id in scene.batch.read().by_hit_id()]
    work(scene.market, tasks, [SimulatedWorker("w", 1.0, 1.0)], seed=1)
    scene.poll(client)
    assert len(emitted(scene.batch, Settings((MOOD,)))) == len(scene.rendered)
