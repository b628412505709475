"""What launching would cost, batch by batch."""

from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.batches import Batch
from crowdmake.money.estimate import estimates
from ledger_events import created

pytestmark = pytest.mark.usefixtures("experiment")

EACH = {"Reward": "0.05", "MaxAssignments": 3, "QualificationRequirements": []}


def estimated(contents, fees="amazon", more=None, **properties):
    inputs = {name: Path(f"input/{name}.jsonl") for name in contents}
    for name, content in contents.items():
        if content is not None:
            inputs[name].write_text(content, encoding="utf-8")
    each = {name: EACH | properties.get(name, {}) for name in contents}
    return estimates(inputs, each, fees, "local", more or {})


def test_every_batch_has_its_sentence_and_all_a_total():
    """Each batch is priced by its own properties, and the last line adds them up."""
    contents = {"a": "1\n2\n", "b": "1\n"}
    assert estimated(contents, b={"Reward": "1.00", "MaxAssignments": 10}) == [
        "a: 2 HITs x 3 assignments: rewards 0.30 USD, fees 0.06 USD, total 0.36 USD",
        "b: 1 HIT x 10 assignments: rewards 10.00 USD, fees 4.00 USD, total 14.00 USD",
        "all: total 14.36 USD",
    ]


def test_live_hits_cost_nothing_more():
    """Rows that have their HIT already are live and not in the total."""
    Path("input/a.jsonl").write_text("1\n", encoding="utf-8")
    (row,) = read_rows(Path("input/a.jsonl")).rows
    Batch("a", "local").money.append(created(row.key))
    assert estimated({"a": "1\n2\n3\n"}, fees="none") == [
        "a: 2 HITs x 3 assignments: rewards 0.30 USD, fees 0.00 USD, total 0.30 USD; 1 live",
        "all: total 0.30 USD",
    ]


def test_polls_are_in_the_total():
    """Where HITs are followed by polls those that are not up yet have a sentence, and count."""
    Path("input/a.jsonl").write_text("1\n2\n", encoding="utf-8")
    Batch("a.poll", "local").money.append(created("of the first"))
    own = {"a": EACH, "a.poll": EACH | {"MaxAssignments": 2}}
    assert estimates({"a": Path("input/a.jsonl")}, own, "amazon", "local", {}) == [
        "a: 2 HITs x 3 assignments: rewards 0.30 USD, fees 0.06 USD, total 0.36 USD",
        "a.poll: later at most 1 HIT x 2 assignments: rewards 0.10 USD, fees 0.02 USD,"
        " total 0.12 USD",
        "all: total 0.48 USD",
    ]


def test_hits_that_may_grow_say_what_they_may_come_to():
    """Where HITs begin with few assignments the most that they may cost is said, and in all."""
    assert estimated({"a": "1\n2\n", "b": "1\n"}, more={"a": {"most": 9}}) == [
        "a: 2 HITs x 3 assignments: rewards 0.30 USD, fees 0.06 USD, total 0.36 USD;"
        " at most 1.08 USD with 9 assignments each",
        "b: 1 HIT x 3 assignments: rewards 0.15 USD, fees 0.03 USD, total 0.18 USD",
        "all: total 0.54 USD, at most 1.26 USD",
    ]


def test_estimating_writes_nothing():
    """An estimate leaves no ledger behind."""
    estimated({"a": "1\n"})
    assert not Path("state").exists()


def test_faults_of_all_the_files_are_said_at_once():
    """Faulty and missing input of every batch is named in one error."""
    with pytest.raises(UserError) as caught:
        estimated({"a": "1\nNaN\n", "b": "1\n", "c": None})
    assert [line.split(": ")[0] for line in caught.value.lines] == [
        "input/a.jsonl:2",
        "input/c.jsonl",
    ]
