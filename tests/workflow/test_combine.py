"""The combined answers, as a user asks for them."""

import json
import shutil
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest
from crowdmake.market.crowd import SimulatedWorker, Task, work
from market.kit import People
from tools import needed_module
from workflow.conftest import NOTHING, texts
from workflow.test_real_inputs import DATA, FORM, PAGES

real = pytest.mark.skipif(not DATA.is_dir(), reason="the real inputs are not beside the repository")


def _replayed(experiment, name, **changes):
    """Return an experiment on real inputs and what people answered, row by row."""
    recorded = [
        json.loads(line)
        for line in (DATA / name / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    e = experiment(
        market__crowd={"answers": "crowd/answers.jsonl"},
        hit__properties__MaxAssignments=max(len(line["answers"]) for line in recorded),
        **changes,
    )
    e.write("hit_templates/page.html", f"<!DOCTYPE html><title>x</title>{PAGES[name]}{FORM}")
    for source, target in (("input", f"input/{name}"), ("answers", "crowd/answers")):
        (e.folder / target).parent.mkdir(exist_ok=True)
        shutil.copy(DATA / name / f"{source}.jsonl", e.folder / f"{target}.jsonl")
    e.run("results")
    e.run("expire")
    return e, [
        [answer for each in line["answers"] for answer in each.values()] for line in recorded
    ]


def _tied(counts):
    most = max(counts.values())
    leaders = [value for value, number in counts.items() if number == most]
    return sorted(leaders) if len(leaders) > 1 else []


@real
def test_senses(experiment):
    """Majority and average of each word equal those computed from the recorded answers; ties are named."""
    e, recorded = _replayed(experiment, "senses", combine={"fields": ["NumSenses"]})
    output = e.run("combine")
    lines = e.records("results/combined/senses.jsonl")
    assert [line["row"] for line in lines] == list(range(1, len(recorded) + 1))
    for line, answers in zip(lines, recorded, strict=True):
        counts = Counter(answers)
        most = max(counts.values())
        leaders = [value for value in counts if counts[value] == most]
        assert line["counts"] == {"NumSenses": counts}
        assert line["majority_answer"] == {"NumSenses": min(leaders, key=int)}
        assert line["ties"].get("NumSenses", []) == _tied(counts)
        mean = Fraction(sum(map(int, answers)), len(answers))
        assert line["average_answer"] == {"NumSenses": float(mean)}
        assert len(line["answers"]) == len(line["worker_ids"]) == len(answers)
    assert any(line["ties"] for line in lines)
    assert "senses: combined by majority" in output
    assert NOTHING in e.run("combine")


@real
@pytest.mark.filterwarnings("ignore")  # crowd-kit's own
def test_opiniones(experiment):
    """Majority equals the recorded one; alpha and Dawid-Skene equal crowd-kit called directly."""
    needed_module("crowdkit")
    e, recorded = _replayed(
        experiment, "opiniones", combine={"method": "dawid_skene", "fields": ["POLARITY"]}
    )
    e.run("combine")
    lines = e.records("results/combined/opiniones.jsonl")
    for line, answers in zip(lines, recorded, strict=True):
        counts = Counter(answers)
        best = min(counts, key=lambda value: (-counts[value], value))
        assert line["majority_answer"] == {"POLARITY": best}
        assert line["ties"].get("POLARITY", []) == _tied(counts)
    results = e.records("results/results.jsonl")
    votes = [(r["key"], r["worker_id"], r["answers"]["POLARITY"]) for r in results]
    alpha, labels, probabilities = _by_crowd_kit(votes)
    summary = json.loads((e.folder / "results/combined/opiniones.summary.json").read_text())
    assert summary["questions"]["POLARITY"]["alpha"] == pytest.approx(alpha)
    assert {line["key"]: line["label"]["POLARITY"] for line in lines} == labels
    for line in lines:
        expected = probabilities.loc[line["key"], line["label"]["POLARITY"]]
        assert line["confidence"]["POLARITY"] == pytest.approx(expected, abs=1e-6)
    assert summary["workers"].keys() == {worker for _, worker, _ in votes}
    assert all(0 <= each["skill"]["POLARITY"] <= 1 for each in summary["workers"].values())


def _by_crowd_kit(votes):
    import pandas
    from crowdkit.aggregation import DawidSkene
    from crowdkit.metrics.data import alpha_krippendorff

    data = pandas.DataFrame(votes, columns=["task", "worker", "label"])
    model = DawidSkene().fit(data)
    return alpha_krippendorff(data), dict(model.labels_), model.probas_


def test_open_rejected_and_partial(experiment):
    """Open HITs wait, rejected answers are left out and counted, an expired HIT is partial, and nothing is asked twice."""
    e = experiment()
    e.rows(*texts(3))
    e.run("launch")
    first, second, _ = e.hit_ids()
    for worker, label in (("ana", "a"), ("ben", "b")):
        e.submit(first, worker, {"label": label})
    e.submit(second, "ana", {"label": "a"})
    assert "main: combined by majority: 1 complete HIT, 0 partial; 2 HITs not over yet" in e.run(
        "combine"
    )
    saved = e.records("results/combined/main.jsonl")[0]
    e.write(
        "decisions/main.csv",
        f"assignment_id,decision,feedback\n{saved['assignment_ids'][1]},reject,no\n",
    )
    e.run("reject", "--config", "confirm=1")
    e.run("expire")
    assert "main: combined by majority: 1 complete HIT, 2 partial" in e.run("combine")
    lines = e.records("results/combined/main.jsonl")
    assert [line["status"] for line in lines] == ["complete", "partial", "partial"]
    assert [line["rejected"] for line in lines] == [1, 0, 0]
    assert lines[0]["answers"] == saved["answers"][:1]
    assert lines[0]["assignment_ids"] == saved["assignment_ids"][:1]
    assert [line["majority_answer"]["label"] for line in lines] == [
        saved["answers"][0]["label"],
        "a",
        None,
    ]
    shutil.rmtree(e.folder / "results")
    e.calls()
    e.run("combine")
    assert not e.calls()
    assert e.records("results/combined/main.jsonl") == lines


def test_adaptive(experiment):
    """HITs begin with few assignments, only unsure ones are given more, within the limit, and the savings are said."""
    e = experiment(
        combine={"until": "confidence", "confidence": 0.98, "fields": ["label"]},
        hit__properties__MaxAssignments=9,
        budget__max_usd=20,
    )
    e.rows(*texts(3))
    output = e.run("launch", "-n")
    assert "3 HITs x 3 assignments: rewards 0.45 USD, fees 0.09 USD, total 0.54 USD" in output
    assert "at most 1.62 USD with 9 assignments each" in output
    assert "all: total 0.54 USD, at most 1.62 USD" in e.run("estimate")
    e.run("launch")
    hits = e.hit_ids()
    for worker in ("ana", "ben", "eve"):
        for hit in hits[:2]:
            e.submit(hit, worker, {"label": "a"})
        e.submit(hits[2], worker, {"label": "b" if worker == "eve" else "a"})
    e.run("results")
    assert "1 HIT unsure, `snakemake launch` asks for more" in (output := e.run("progress"))
    assert "9 assignments of 3 HITs, 0 HITs open;" in output
    e.calls()
    assert "2 assignments more of 1 HIT, 0.12 USD where answers are unsure" in e.run("launch", "-n")
    assert not e.calls()
    output = e.run("combine")
    assert "main: combined by majority: 2 complete HITs, 0 partial; 1 HIT not over yet" in output
    assert "main: asked for 9 assignments instead of 27, saved 1.08 USD so far" in output
    added = "nothing new; 3 live; 2 assignments more of 1 HIT, 0.12 USD where answers are unsure"
    assert f"main: {added}\nall: total 0.12 USD\n" in e.run("estimate")
    e.calls()
    output = e.run("launch")
    assert "main: asked for more assignments of 1 unsure HIT" in output
    assert e.calls()["CreateAdditionalAssignmentsForHIT"] == 1
    assert not e.calls()
    for worker in ("ida", "jon"):
        e.submit(hits[2], worker, {"label": "a"})
    output = e.run("results", "combine")
    assert "main: combined by majority: 3 complete HITs" in output
    assert "main: asked for 11 assignments instead of 27, saved 0.96 USD\n" in output
    assert "11 assignments of 3 HITs, complete;" in e.run("progress")
    assert NOTHING in e.run("launch")
    summary = json.loads((e.folder / "results/combined/main.summary.json").read_text())
    assert summary["adaptive"]["assignments_asked"] == 11
    assert summary["adaptive"]["assignments_always"] == 27
    assert summary["adaptive"]["saved_usd"] == "0.96"


# The agent's specs from l.314 on.
SENTIMENTS = {
    "type": "selection",
    "key": "sentiment",
    "name": "Sentiment",
    "required": True,
    "question": "Please select the best sentiment value:",
    "selections": [{"key": mood, "text": mood} for mood in ("happy", "sad", "neutral")],
}
AGES = {
    "type": "selection",
    "key": "age_range",
    "name": "Age Range",
    "required": True,
    "question": "Please select your age range:",
    "selections": [
        {"key": "<50", "text": "50 years old or younger"},
        {"key": ">50", "text": "Over 50 years old"},
    ],
}
TOPICS = {
    "type": "selection",
    "style": "checkbox",
    "key": "topics",
    "name": "Topics",
    "required": False,
    "question": "What is it about?",
    "selections": [{"key": each, "text": each} for each in ("work", "home")],
}
STARS = {
    "type": "free_text",
    "key": "stars",
    "name": "Stars",
    "required": True,
    "question": "How many stars?",
    "numeric": {"min": 1, "max": 5},
}
PROPERTIES = {"Title": "t", "Description": "d", "Reward": "0.05", "MaxAssignments": 4}


def _each(people, hit_id, *answers):
    """Let one person after the other answer; the order of time tells whose answer is which."""
    for number, answer in enumerate(answers):
        people.market.clock.advance(timedelta(seconds=2))
        people.do(f"person {number}", hit_id, *answer.items())


def test_a_majority_of_questions(experiment):
    """As in the agent's specs: only a HIT with all answers is combined, with counts and majority; or answer by answer."""
    e = experiment(
        hit={"questions": [SENTIMENTS, AGES], "properties": PROPERTIES},
        combination_mode="take_majority",
    )
    e.rows(*({"message": str(number)} for number in range(3)))
    e.run("launch")
    done, unsubmitted, missing = e.hit_ids()
    people = People(e.market())
    moods, ages = ("sad", "neutral", "happy", "happy"), ("<50", ">50", ">50", ">50")
    answers = [{"sentiment": mood, "age_range": age} for mood, age in zip(moods, ages, strict=True)]
    for hit_id, number in ((done, 4), (unsubmitted, 3), (missing, 3)):
        _each(people, hit_id, *answers[:number])
    people.accept("person 3", unsubmitted)
    assert "main: combined by majority: 1 complete HIT, 0 partial; 2 HITs not over" in e.run(
        "combine"
    )
    (found,) = e.records("results/combined/main.jsonl")
    assert (found["hit_id"], found["answers"]) == (done, answers)
    assert found["counts"] == {
        "sentiment": {"happy": 2, "sad": 1, "neutral": 1},
        "age_range": {">50": 3, "<50": 1},
    }
    assert found["majority_answer"] == {"sentiment": "happy", "age_range": ">50"}
    assert "average_answer" not in found
    e.configure(
        hit={"questions": [SENTIMENTS, AGES], "properties": PROPERTIES}, separate_answers=True
    )
    assert "main: put together: 1 complete HIT" in e.run("combine")
    lines = e.records("results/combined/main.jsonl")
    assert [line["answer"] for line in lines] == answers
    assert not any("answers" in line or "counts" in line for line in lines)


def test_every_kind_of_question(experiment):
    """Checkboxes, choices and numbers of a form come together, with skills and gold questions from its answers."""
    e = experiment(
        hit={
            "questions": [SENTIMENTS, TOPICS, STARS],
            "properties": PROPERTIES | {"MaxAssignments": 3},
        },
        combine={"gold": "gold.jsonl"},
    )
    e.rows({"message": "one"})
    e.write(
        "gold.jsonl",
        json.dumps({"input": {"message": "one"}, "answers": {"sentiment": ["sad", "neutral"]}}),
    )
    e.run("launch")
    (hit_id,) = e.hit_ids()
    market = e.market()
    for worker, mood, topics, stars in (
        ("ana", "sad", ["home", "work"], "5"),
        ("ben", "happy", ["work"], "2"),
        ("cem", "happy", [], "2"),
    ):
        answer = {"sentiment": mood, "topics": topics, "stars": stars}
        person = SimulatedWorker(worker, 1.0, 1.0)
        work(market, [Task(hit_id, recorded=(answer,))], [person], seed=1)
    e.run("combine")
    (found,) = e.records("results/combined/main.jsonl")
    assert found["counts"]["topics"] == {"work": 2, "home": 1}
    assert found["majority_answer"] == {"sentiment": "happy", "topics": ["work"], "stars": "2"}
    assert found["average_answer"] == {"stars": 3.0}
    assert found["ties"] == {"topics": ["home"]}
    assert found["missing"] == {"topics": 1}
    summary = json.loads((e.folder / "results/combined/main.summary.json").read_text())
    assert sorted(each["gold_accuracy"] for each in summary["workers"].values()) == [0, 0, 1]
