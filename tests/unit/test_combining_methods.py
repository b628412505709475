"""Methods by name, gold questions and what the configuration may say of them."""

import json
import sys

import pytest
from crowdmake.combining import results
from crowdmake.combining.gold import read_gold
from crowdmake.combining.questions import Question
from crowdmake.combining.settings import Settings
from crowdmake.configuration.config import Configuration, read_config
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, content_key
from crowdmake.ledgers.batches import Batch
from crowdmake.money.spending import Spending
from ledger_events import assignment, created
from tools import needed_module
from unit.test_views import xml

LABEL = Question("label", ("no", "yes"))
RIGHT = ["yes", "no"] * 5
ROWS = [Row(f"{content_key(n)}-1", n + 1, n + 1, n) for n in range(len(RIGHT))]


@pytest.fixture
def batch(tmp_path):
    """Return ten closed HITs; the workers Ga and Gb are right, and Ba says yes to all."""
    batch = Batch("main", "local", tmp_path)
    for row, right in zip(ROWS, RIGHT, strict=True):
        batch.money.append(created(row.key, wanted=3))
        for worker, label in (("Ga", right), ("Gb", right), ("Ba", "yes")):
            event = assignment(row.key, f"{row.key}{worker}", answer=xml(label=label))
            batch.answers.append(event | {"worker_id": worker})
        batch.money.append({"event": "closed", "hit_id": f"3{row.key}", "assignments": 3})
    return batch


def _combine(batch, tmp_path, **more):
    spending = Spending("local", None, tmp_path)
    found = results.combine(batch, ROWS, Settings((LABEL,), **more), spending, "0.18")
    return found.records, found.numbers


@pytest.mark.filterwarnings("ignore")  # crowd-kit's own
@pytest.mark.parametrize(
    "method",
    ["dawid_skene", "weighted", "GLAD", "MACE", "KOS", "OneCoinDawidSkene", "ZeroBasedSkill"],
)
def test_methods(batch, tmp_path, method):
    """Every method by its name finds the right answers, beside the plain majority."""
    needed_module("crowdkit")
    found, numbers = _combine(batch, tmp_path, method=method)
    assert [each["label"]["label"] for each in found] == RIGHT
    assert [each["majority_answer"]["label"] for each in found] == RIGHT
    assert numbers["method"] == method
    if method in {"dawid_skene", "weighted", "GLAD"}:
        assert all(0.5 <= each["confidence"]["label"] <= 1 for each in found)
        skills = {name: each["skill"]["label"] for name, each in numbers["workers"].items()}
        assert skills["Ba"] < skills["Ga"] == pytest.approx(skills["Gb"])


@pytest.mark.filterwarnings("ignore")
def test_unknown_methods(batch, tmp_path):
    """A method that crowd-kit does not have, or that needs more than votes, is refused with the nearest."""
    needed_module("crowdkit")
    with pytest.raises(UserError, match=r'combine.method: found "Wava"; did you mean Wawa\?'):
        _combine(batch, tmp_path, method="Wava")
    with pytest.raises(UserError, match=r'combine.method: found "HRRASA"'):
        _combine(batch, tmp_path, method="HRRASA")
    with pytest.raises(UserError, match=r"combine.gold: holds no answer that GoldMajorityVote"):
        _combine(batch, tmp_path, method="GoldMajorityVote")


@pytest.mark.filterwarnings("ignore")
def test_a_method_that_cannot_combine_the_answers(batch, tmp_path):
    """A method that fails on the answers ends in one line that names it and others."""
    needed_module("crowdkit")
    with pytest.raises(UserError, match="MMSR cannot combine the 30 answers to") as refused:
        _combine(batch, tmp_path, method="MMSR")
    assert len(refused.value.lines) == 1


def test_without_crowd_kit(batch, tmp_path, monkeypatch):
    """Where crowd-kit is not installed the message names the extra, and a majority needs none."""
    for name in [each for each in sys.modules if each.split(".")[0] == "crowdkit"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "crowdkit", None)
    with pytest.raises(UserError, match=r"pip install 'crowdmake\[combine\]'"):
        _combine(batch, tmp_path, method="dawid_skene")
    found, _ = _combine(batch, tmp_path)
    assert [each["label"]["label"] for each in found] == RIGHT


def _gold(tmp_path, *lines):
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_gold(batch, tmp_path):
    """Rows are named by key, number or content; each worker's accuracy is that on the rows with known answers."""
    path = _gold(
        tmp_path,
        {"key": ROWS[0].key, "answers": {"label": "yes"}},
        {"batch": "main", "row": 2, "answers": {"label": ["no"]}},
        {"batch": "pilot", "row": 400, "answers": {"label": "no"}},
        {"input": 3, "answers": {"label": "no"}},
        {"input": "of another batch", "answers": {"label": "no"}},
    )
    _, numbers = _combine(batch, tmp_path, gold=str(path))
    assert numbers["gold_rows"] == 3
    assert numbers["workers"]["Ga"]["gold_accuracy"] == 1.0
    assert numbers["workers"]["Ba"] == {
        "assignments": 10,
        "skill": {},
        "gold_asked": 3,
        "gold_right": 1,
        "gold_accuracy": 1 / 3,
    }


def test_bad_gold(tmp_path):
    """Every faulty line of the gold file is named with what is wrong."""
    path = _gold(
        tmp_path,
        {"row": 1, "answers": {"label": "yes"}},
        {"batch": "main", "row": 11, "answers": {"label": "yes"}},
        {"input": 1, "answers": {"lable": "yes"}},
        {"input": 1, "answers": {"label": "maybe"}},
        {"input": 1, "answers": {"label": 1}},
        ["x"],
    )
    with pytest.raises(UserError) as refused:
        read_gold(path, "main", ROWS, [LABEL])
    assert [line.split(": ")[0].rpartition(":")[2] for line in refused.value.lines] == list(
        "123456"
    )
    assert "expected a number from 1 to 10" in refused.value.lines[1]
    assert "did you mean label?" in refused.value.lines[2]
    assert 'answers.label: found "maybe"' in refused.value.lines[3]


@pytest.mark.parametrize(
    ("combine", "mode", "expected"),
    [
        ({"method": 7}, None, "combine.method: found 7; expected majority, dawid_skene"),
        ({"gold": "gold.jsonl"}, None, "combine.gold: gold.jsonl does not exist"),
        ({"start": 4}, None, "combine.start: stands without combine.until"),
        ({"until": "confidence"}, None, "combine.fields: missing; expected with combine.until"),
        ({"method": "weighted"}, None, "combine.fields: missing; expected with combine.method"),
        ({"until": "confidence", "fields": ["a"], "start": 9}, None, "expected at most 1"),
        (
            {"until": "confidence", "confidence": 1},
            None,
            "combine.confidence: found 1; expected a prob",
        ),
        ({"method": "weighted"}, "poll", "combine: stands beside combination_mode: poll"),
    ],
)
def test_bad_configuration(experiment, combine, mode, expected):
    """What `combine` says is checked before anything is done, each fault with its key."""
    values = read_config() | {"combine": combine}
    if mode:
        poll = {"title": "t", "instructions": "i", "assignments": 2, "row_template": "r"}
        values |= {"combination_mode": mode, "poll_options": poll}
    with pytest.raises(UserError) as refused:
        Configuration(values, experiment)
    assert any(expected in line for line in refused.value.lines), refused.value.lines


def test_an_adaptive_batch_begins_with_few(experiment):
    """With combine.until a HIT is launched with combine.start assignments, and MaxAssignments is its limit."""
    values = read_config() | {"combine": {"until": "confidence", "fields": ["a"], "start": 2}}
    values["hit"]["properties"]["MaxAssignments"] = 7
    configuration = Configuration(values, experiment)
    assert configuration.hit("main").properties["MaxAssignments"] == 2
    assert configuration.combining("main").adaptive.most == 7


def test_no_votes_without_a_mode(experiment):
    """Answers to hit.questions are only put together, unless a mode or a `combine` section asks for votes."""
    values = read_config()
    del values["hit"]["template"]
    choices = [{"key": "1", "text": "one"}, {"key": "2", "text": "two"}]
    asked = {"type": "selection", "key": "q", "name": "Q", "required": True, "question": "Which?"}
    values["hit"]["questions"] = [asked | {"selections": choices}]
    assert not Configuration(values, experiment).combining("main").votes
    more = values | {"combination_mode": "take_majority"}
    settings = Configuration(more, experiment).combining("main")
    assert settings.votes
    assert settings.questions == (Question("q", ("1", "2")),)
