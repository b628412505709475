"""Polls through the targets: from answers to a best answer."""

import json
import shutil
from datetime import timedelta

from crowdmake.configuration.config import read_config
from crowdmake.market.models import HIT
from crowdmake.projects.importing import import_project
from crowdmake.projects.sources import Choices
from market.kit import People
from workflow.conftest import NOTHING, ROOT

EXAMPLE = ROOT / "examples/jokes"
QUESTIONS = [
    {
        "type": "selection",
        "key": "sentiment",
        "name": "Sentiment",
        "required": True,
        "question": "How is it?",
        "selections": [{"key": mood, "text": mood} for mood in ("happy", "sad", "neutral")],
    },
    {
        "type": "free_text",
        "key": "feedback",
        "name": "Feedback",
        "required": False,
        "question": "Feedback",
    },
]
# The agent's specs at l.532 and l.596.
ANSWERS = [
    {"sentiment": mood, "feedback": f"This is my feedback {number}"}
    for number, mood in enumerate(["sad", "neutral", "happy", "happy"], start=1)
]
BALLOTS = [{"1": "2", "2": "5", "3": "3", "4": "2"}, {"1": "3", "2": "4", "3": "1", "4": "4"}]
POLLS = {
    "hit": {
        "interpolation": "agent",
        "questions": QUESTIONS,
        "properties": {
            "Title": "About {{ message }}",
            "Description": "Read it.",
            "Reward": "0.10",
            "MaxAssignments": 4,
        },
    },
    "combination_mode": "poll",
    "poll_options": {
        "title": "Hi!",
        "instructions": "hello!",
        "assignments": 2,
        "row_template": "This is {{sentiment}}",
    },
}


def answer(people, hit_id):
    """Let four people give the answers of the agent's spec."""
    each(people, "author", hit_id, ANSWERS)


def each(people, kind, hit_id, answers):
    """Let people of a kind answer one after the other; the order tells whose answer is which."""
    for number, fields in enumerate(answers):
        people.market.clock.advance(timedelta(seconds=2))
        people.do(f"{kind} {number}", hit_id, *fields.items())


def test_answers_become_a_poll_and_a_best_answer(experiment):
    """As in the agent's specs: a complete HIT gets a poll, once; it ends in answers, poll and best_answer; work is approved and deleted."""
    e = experiment(**POLLS)
    e.rows({"message": "one"}, {"message": "two"})
    e.run("launch")
    first, _ = e.hit_ids()
    people = People(e.market())
    assert "launched 0 HITs" in e.run("poll")
    answer(people, first)
    e.calls()
    e.run("poll")
    assert e.calls()["CreateHIT"] == 1
    (poll,) = e.hit_ids("main.poll")
    (line,) = e.records("results/rendered/main.poll.jsonl")
    assert (line["title"], line["description"]) == ("Hi!", "hello!")
    for mood in ("happy", "neutral", "sad"):
        assert f"<Text>This is {mood}</Text>" in line["question"]
    (manifest,) = e.records("results/hits/main.poll.jsonl")
    assert (manifest["max_assignments"], manifest["reward"]) == (2, "0.05")

    e.run("approve")
    assert e.calls()["ApproveAssignment"] == 4
    e.run("combine")
    assert e.records("results/combined/main.jsonl") == []
    e.run("poll")
    assert e.calls()["CreateHIT"] == 0

    each(people, "voter", poll, BALLOTS)
    e.run("poll")
    assert "main: combined by poll: 1 complete HIT, 0 partial; 1 HIT not over yet" in e.run(
        "combine"
    )
    (combined,) = e.records("results/combined/main.jsonl")
    assert combined["hit_id"] == first
    assert combined["answers"] == ANSWERS
    assert combined["poll"] == BALLOTS
    assert combined["best_answer"] == ANSWERS[1]
    voters = [people.worker(f"voter {number}").worker_id for number in range(2)]
    assert [ballot["worker_id"] for ballot in combined["ballots"]] == voters


def test_polls_to_their_receipts(experiment):
    """Polls are results like any others; once all is over nothing is to be done, and `rm -rf results` puts up nothing again."""
    e = experiment(**POLLS)
    e.rows({"message": "one"})
    e.run("launch")
    (hit_id,) = e.hit_ids()
    people = People(e.market())
    answer(people, hit_id)
    e.run("poll")
    (poll,) = e.hit_ids("main.poll")
    each(people, "voter", poll, BALLOTS)
    e.run("results")
    assert len(e.records("results/results.jsonl")) == 6
    assert NOTHING in e.run("results", "poll")
    shutil.rmtree(e.folder / "results")
    shutil.rmtree(e.folder / ".snakemake")
    e.calls()
    e.run("poll", "approve")
    assert not e.calls()["CreateHIT"]
    assert e.hit_ids("main.poll") == [poll]
    e.run("delete")
    deleted = [e.records(f"results/deletions/{name}.jsonl") for name in ("main", "main.poll")]
    assert [[line["hit_id"] for line in lines] for lines in deleted] == [[hit_id], [poll]]
    e.run("combine")
    assert e.records("results/combined/main.jsonl")[0]["best_answer"] == ANSWERS[1]


def test_a_poll_that_could_not_be_put_up_is_put_up_by_the_next_run(experiment):
    """Where a run breaks off between the last answer and its poll the next one puts that poll up, once."""
    e = experiment(**POLLS)
    e.rows({"message": "one"})
    e.run("launch")
    answer(People(e.market()), e.hit_ids()[0])
    e.run("poll", fails=True, CROWDMAKE_BREAK="CreateHIT")
    e.calls()
    e.run("poll")
    assert e.calls()["CreateHIT"] == 1
    assert len(e.hit_ids("main.poll")) == 1
    market = e.market()
    with market.reading():
        assert HIT.objects.count() == 2


def test_a_dry_run_says_what_polls_cost(experiment):
    """A dry run calls nothing and says what the polls will cost: of a launch later, of `poll` now."""
    e = experiment(**POLLS)
    e.rows({"message": "one"}, {"message": "two"})
    assert "; polls later at most 0.24 USD" in e.run("-n", "launch")
    e.rows({"message": "one"})
    e.run("launch")
    assert "polls later" not in e.run("-n", "-F", "launch")
    assert "launch main.poll: nothing new; 0 live; more as answers come in" in e.run("-n", "poll")
    answer(People(e.market()), e.hit_ids()[0])
    e.run("results")
    e.calls()
    output = e.run("-n", "poll")
    assert "launch main.poll: 1 HIT x 2 assignments: rewards 0.10 USD" in output
    assert not e.calls()


def test_polls_are_looked_at_before_launch(experiment):
    """`preview` shows a poll, `check` tries one with made-up answers, and `estimate` adds them to the cost."""
    e = experiment(**POLLS)
    e.rows({"message": "one"})
    e.run("preview")
    page = (e.folder / "results/preview/main/poll.html").read_text(encoding="utf-8")
    assert "This is sad" in page
    assert "main.poll: later at most 1 HIT x 2 assignments" in e.run("estimate")
    assert "no errors" in e.run("check")
    options = POLLS["poll_options"] | {"row_template": "{{ sentiment | divided_by: 0 }}"}
    e.configure(**POLLS | {"poll_options": options})
    assert "main: poll_options: row_template fails on made-up answers" in e.run("check")
    hit = POLLS["hit"] | {"interpolation": "jinja"}
    options = POLLS["poll_options"] | {"title": "{{ topic }}"}
    e.configure(**POLLS | {"hit": hit, "poll_options": options})
    assert "poll_options: 'topic' is undefined" in e.run("check", fails=True)
    assert not e.calls()


def test_faults_are_refused_before_the_first_launch(experiment):
    """A row_template that names an unknown answer, or a row without what the title shows, launches nothing."""
    options = POLLS["poll_options"]
    hit = POLLS["hit"] | {"interpolation": "jinja"}
    e = experiment(**POLLS | {"poll_options": options | {"row_template": "{{ sentimint }}"}})
    e.rows({"message": "one"})
    assert 'names the answer "sentimint"' in e.run("launch", fails=True)
    e.configure(**POLLS | {"hit": hit, "poll_options": options | {"title": "{{ topic }}"}})
    assert "poll_options: 'topic' is undefined" in e.run("launch", fails=True)
    assert set(e.calls()) <= {"GetAccountBalance"}


def test_the_shipped_jokes(experiment):
    """The agent's second example runs from its schedule to the best joke with a simulated crowd; authors do not rate."""
    e = experiment("jokes")
    for part in ("config", "crowd"):
        shutil.rmtree(e.folder / part, ignore_errors=True)
        shutil.copytree(EXAMPLE / part, e.folder / part)
    assert "scheduled: combined by poll: 1 complete HIT, 0 partial" in e.run("combine")
    (found,) = e.records("results/combined/scheduled.jsonl")
    recorded = json.loads((EXAMPLE / "crowd/answers.jsonl").read_text(encoding="utf-8"))
    assert sorted(each["joke"] for each in found["answers"]) == sorted(
        each["joke"] for each in recorded["answers"]
    )
    assert found["best_answer"] == {"joke": "My cat is called Password. I never tell anybody!"}
    (poll,) = e.records("results/rendered/scheduled.poll.jsonl")
    assert poll["title"] == "Take a poll about some jokes"
    voters = {ballot["worker_id"] for ballot in found["ballots"]}
    assert (len(set(found["worker_ids"])), len(voters)) == (5, 3)
    assert not voters & set(found["worker_ids"])
    assert NOTHING in e.run("combine")
    e.run("tick")
    (told,) = e.records("results/events/scheduled.jsonl")
    assert {name: told[name] for name in found} == found


def test_the_shipped_jokes_are_what_import_makes(tmp_path):
    """The example's configuration is that of its agent.json, with a crowd and authors who do not rate."""
    report = import_project(EXAMPLE / "agent.json", tmp_path / "made", Choices())
    assert report.to_mend == []
    made = read_config(tmp_path / "made/config/config.yaml")
    shipped = read_config(EXAMPLE / "config/config.yaml")
    shipped["market"].pop("crowd")
    assert shipped.pop("poll") == {"exclude": "authors"}
    different = {
        name for name in made.keys() | shipped.keys() if made.get(name) != shipped.get(name)
    }
    assert different == {"experiment", "experiment_id"}
