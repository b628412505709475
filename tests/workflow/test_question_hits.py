"""Questions as configuration, from the row to the answers."""

import json
import shutil
from datetime import datetime, timedelta

from crowdmake.configuration.config import read_config
from crowdmake.projects.importing import import_project
from crowdmake.projects.sources import Choices
from workflow.conftest import NOTHING, ROOT

EXAMPLE = ROOT / "examples/sentiment"

QUESTIONS = [
    {
        "type": "selection",
        "key": "sentiment",
        "name": "Sentiment",
        "required": True,
        "question": "How is '{{ message }}'?",
        "selections": [{"key": "happy", "text": "Happy"}, {"key": "sad", "text": "Sad"}],
    },
    {
        "type": "selection",
        "key": "topics",
        "name": "Topics",
        "required": False,
        "question": "What is it about?",
        "style": "checkbox",
        "selections": [{"key": "work", "text": "Work"}, {"key": "home", "text": "Home"}],
    },
    {
        "type": "free_text",
        "key": "feedback",
        "name": "Feedback",
        "required": False,
        "question": "Anything else?",
    },
]
HIT = {
    "questions": QUESTIONS,
    "properties": {
        "Title": "About {{ message }}",
        "Description": "Read it.",
        "Reward": "0.05",
        "MaxAssignments": 1,
    },
}


def test_from_a_row_to_its_answers(experiment):
    """Rows become forms that a market takes, and answers come back by question."""
    e = experiment(hit=HIT)
    e.rows({"message": "I <3 {{ this }} & that"}, {"message": "Oh no"})
    e.run("launch")
    first, second = e.hit_ids()
    e.submit(first, "one", {"sentiment": "happy", "topics": ["work", "home"], "feedback": "a\nb"})
    e.submit(second, "one", {"sentiment": "sad"})
    e.run("results")
    answers = [line["answers"] for line in e.records("results/results.jsonl")]
    assert answers == [
        {"sentiment": "happy", "topics": "work|home", "feedback": "a\nb"},
        {"sentiment": "sad", "topics": ""},
    ]
    rendered = e.records("results/rendered/main.jsonl")
    assert [line["title"] for line in rendered] == ["About I <3 {{ this }} & that", "About Oh no"]
    assert "How is 'I &lt;3 {{ this }} &amp; that'?" in rendered[0]["question"]
    assert NOTHING in e.run("results")


def test_looked_at_before_launch(experiment):
    """`preview` shows the questions as a form, and `check` names the row that does not fit."""
    e = experiment(hit=HIT)
    e.rows({"message": "one"})
    assert "results/preview/main/index.html" in e.run("preview")
    page = (e.folder / "results/preview/main/row-1.html").read_text(encoding="utf-8")
    assert "How is &#39;one&#39;?" in page
    assert 'type="checkbox" name="topics"' in page
    assert "no errors" in e.run("check")
    e.write("input/main.jsonl", json.dumps({"message": "one"}) + "\n" + json.dumps({"text": 1}))
    output = e.run("launch", fails=True)
    assert (
        "input/main.jsonl:2: config/config.yaml: hit.properties.Title: 'message' is undefined"
        in output
    )
    assert not (e.folder / "results/hits").exists()


def test_refused_before_anything(experiment):
    """What cannot be asked is refused while the workflow is planned, each fault in one line."""
    questions = [*QUESTIONS, QUESTIONS[0] | {"selections": []}]
    e = experiment(hit=HIT | {"questions": questions})
    e.rows({"message": "one"})
    output = e.run("launch", fails=True)
    assert "config/config.yaml: hit.questions[3].selections: found []; expected a list" in output
    assert "Traceback" not in output


def test_the_shipped_sentiments(experiment):
    """The agent's first example runs from events to its payload with a simulated crowd."""
    e = experiment("sentiment")
    for part in ("config", "input", "crowd"):
        shutil.rmtree(e.folder / part, ignore_errors=True)
        shutil.copytree(EXAMPLE / part, e.folder / part)
    e.run("combine")
    combined = e.records("results/combined/messages.jsonl")
    lines = (EXAMPLE / "crowd/answers.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = [json.loads(line) for line in lines]
    assert [each["input"] for each in combined] == [each["input"] for each in recorded]
    for found, given in zip(combined, recorded, strict=True):
        by_sentiment = sorted(found["answers"], key=json.dumps)
        assert by_sentiment == sorted(given["answers"], key=json.dumps)
    hit = e.records("results/rendered/messages.jsonl")[1]
    assert hit["description"] == (
        "Please rate the sentiment of this message: 'The train is late again.'"
    )
    assert "'The train is late again.'</Text></Overview>" in hit["question"]
    (put_up,) = (h for h in e.records("results/hits/messages.jsonl") if h["key"] == hit["key"])
    assert (put_up["max_assignments"], put_up["reward"]) == (3, "0.05")
    born, ends = (datetime.fromisoformat(put_up[name]) for name in ("creation_time", "expiration"))
    assert ends - born == timedelta(seconds=3600)
    assert NOTHING in e.run("combine")
    e.run("tick")
    told = e.records("results/events/messages.jsonl")
    assert [{name: each[name] for name in combined[0]} for each in told] == combined
    assert len(e.records("results/deletions/messages.jsonl")) == 3


def test_the_shipped_sentiments_are_what_import_makes(tmp_path):
    """The example's configuration is that of its agent.json, with a crowd."""
    report = import_project(EXAMPLE / "agent.json", tmp_path / "made", Choices())
    assert report.to_mend == []
    made = read_config(tmp_path / "made/config/config.yaml")
    shipped = read_config(EXAMPLE / "config/config.yaml")
    shipped["market"].pop("crowd")
    different = {
        name for name in made.keys() | shipped.keys() if made.get(name) != shipped.get(name)
    }
    assert different == {"experiment", "experiment_id"}
