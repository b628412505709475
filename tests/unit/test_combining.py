"""Several answers become one: votes as the old agent counted them, and what it did not see."""

from collections import Counter
from fractions import Fraction
from random import Random
from statistics import mean

import pytest
from crowdmake.combining import records
from crowdmake.combining.agreement import alpha
from crowdmake.combining.certainty import Certainty, estimated
from crowdmake.combining.questions import Question, resolved
from crowdmake.combining.settings import CONFIDENCE, START, Settings, settings_of
from crowdmake.combining.tallies import tally
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.batches import Batch
from hypothesis import given
from hypothesis import strategies as st
from ledger_events import assignment, created, decided
from tools import needed_module
from unit.test_views import xml

SENTIMENT = Question("sentiment", ("happy", "sad", "neutral"))
AGE_RANGE = Question("age_range", ("<50", ">50"))
FUN = Question("fun", ("yes", "no"))


def _batch(tmp_path, *answers, wanted=None, closed=True, statuses=()):
    """Return a batch of one HIT with these answers, each a mapping of fields or raw text."""
    batch = Batch("main", "local", tmp_path)
    batch.money.append(created("A", wanted=len(answers) if wanted is None else wanted))
    for number, fields in enumerate(answers):
        answer = fields if isinstance(fields, str) else xml(**fields)
        event = assignment("A", f"3X{number}", answer=answer)
        batch.answers.append(event | {"worker_id": f"AW{number}"})
    for name, decision in statuses:
        batch.money.append(decided("A", name, decision))
    if closed:
        batch.money.append({"event": "closed", "hit_id": "3A", "assignments": len(answers)})
    return batch


def _records(batch, settings):
    rows = [Row("A", 1, 1, {"text": "a"})]
    return records.combined("main", batch.read(), rows, settings)


def _settings(*questions, **more):
    return Settings(questions=questions or None, **more)


# What the agent's own specs state (human_task_agent_spec.rb, by line)


def test_answers_alone(tmp_path):
    """l.370: without a combination mode a finished HIT gives its answers, and counts nothing."""
    given_ = [
        {"sentiment": "neutral", "feedback": ""},
        {"sentiment": "happy", "feedback": "Take 2"},
    ]
    (record,) = _records(_batch(tmp_path, *given_), _settings(SENTIMENT, votes=False))
    assert record["answers"] == given_
    assert record["assignment_ids"] == ["3X0", "3X1"]
    assert record["worker_ids"] == ["AW0", "AW1"]
    assert (record["hit_id"], record["row"], record["status"]) == ("3A", 1, "complete")
    assert not record.keys() & {"counts", "majority_answer", "average_answer"}


def test_separate_answers(tmp_path):
    """l.386: with separate_answers each answer has a line of its own, and none says `answers`."""
    given_ = [
        {"sentiment": "neutral", "feedback": ""},
        {"sentiment": "happy", "feedback": "Take 2"},
    ]
    found = _records(_batch(tmp_path, *given_), _settings(SENTIMENT, votes=False, separate=True))
    assert [each["answer"] for each in found] == given_
    assert [each["assignment_id"] for each in found] == ["3X0", "3X1"]
    assert not any("answers" in each for each in found)


def test_majority(tmp_path):
    """l.415: counts hold every selection, the majority is named, and keys that are no numbers have no average."""
    given_ = [
        {"sentiment": "sad", "age_range": "<50"},
        {"sentiment": "neutral", "age_range": ">50"},
        {"sentiment": "happy", "age_range": ">50"},
        {"sentiment": "happy", "age_range": ">50"},
    ]
    (record,) = _records(_batch(tmp_path, *given_), _settings(SENTIMENT, AGE_RANGE))
    assert record["answers"] == given_
    assert record["counts"] == {
        "sentiment": {"happy": 2, "sad": 1, "neutral": 1},
        "age_range": {">50": 3, "<50": 1},
    }
    assert record["majority_answer"] == {"sentiment": "happy", "age_range": ">50"}
    assert "average_answer" not in record


def test_average(tmp_path):
    """l.461: where every selection is a number, '5.1' too, the average is given beside the counts."""
    rating = Question("rating", ("1", "2", "3", "4", "5.1"))
    given_ = [{"rating": each} for each in ("1", "3", "5.1", "2", "2")]
    (record,) = _records(_batch(tmp_path, *given_), _settings(rating))
    assert record["answers"] == given_
    assert record["average_answer"] == {"rating": (1 + 2 + 2 + 3 + 5.1) / 5}
    assert record["counts"] == {"rating": {"1": 1, "2": 2, "3": 1, "4": 0, "5.1": 1}}
    assert record["majority_answer"] == {"rating": "2"}


@pytest.mark.parametrize("waiting", [(), ("3A",)])
def test_open_hits_have_no_record(tmp_path, waiting):
    """l.314, l.335: a HIT at which more may arrive, or is about to be asked for, gives nothing."""
    batch = _batch(tmp_path, {"sentiment": "sad"}, closed=bool(waiting))
    assert not records.combined("main", batch.read(), [], _settings(SENTIMENT), waiting=waiting)


# What the agent did not see


def test_unknown_and_missing_answers(tmp_path):
    """An answer that is no selection, and none at all, are counted apart and stop nothing."""
    given_ = [{"sentiment": "sad"}, {"sentiment": "furious"}, {"sentiment": " "}, {}]
    (record,) = _records(_batch(tmp_path, *given_), _settings(SENTIMENT))
    assert record["counts"] == {"sentiment": {"happy": 0, "sad": 1, "neutral": 0}}
    assert (record["unknown"], record["missing"]) == ({"sentiment": 1}, {"sentiment": 2})
    assert record["majority_answer"] == {"sentiment": "sad"}
    assert record["answers"] == given_


def test_a_tie_is_named_and_the_first_selection_chosen(tmp_path):
    """Equal counts are reported as a tie, and the one that stands first among the selections is taken."""
    given_ = [{"sentiment": "neutral"}, {"sentiment": "sad"}]
    (record,) = _records(_batch(tmp_path, *given_), _settings(SENTIMENT))
    assert record["majority_answer"] == {"sentiment": "sad"}
    assert record["ties"] == {"sentiment": ["sad", "neutral"]}


def test_no_answer_has_no_majority(tmp_path):
    """A HIT that expired without an answer is partial, with null for every question."""
    (record,) = _records(_batch(tmp_path, wanted=2), _settings(SENTIMENT))
    assert (record["status"], record["answers"], record["ties"]) == ("partial", [], {})
    assert record["majority_answer"] == record["confidence"] == {"sentiment": None}


def test_rejected_and_unreadable_answers_are_left_out_and_counted(tmp_path):
    """Answers of rejected assignments and answers that cannot be read are counted, and no votes."""
    batch = _batch(
        tmp_path, {"fun": "no"}, {"fun": "yes"}, "<nonsense", statuses=[("3X0", "Rejected")]
    )
    (record,) = _records(batch, _settings(FUN))
    assert record["counts"] == {"fun": {"yes": 1, "no": 0}}
    assert (record["rejected"], record["unreadable"]) == (1, 1)
    assert (record["worker_ids"], record["status"]) == (["AW1"], "complete")


def test_several_choices(tmp_path):
    """Of checkboxes every choice is counted; more than half make the majority, exactly half a tie."""
    tags = Question("tags", ("a", "b", "c"), multiple=True)
    given_ = [{"tags": "a|b"}, {"tags": "a"}, {"tags": "a|x"}]
    (record,) = _records(_batch(tmp_path, *given_), _settings(tags))
    assert record["counts"] == {"tags": {"a": 2, "b": 1, "c": 0}}
    assert record["majority_answer"] == {"tags": ["a"]}
    assert record["ties"] == {"tags": ["b"]}
    assert record["unknown"] == {"tags": 1}


def test_every_field_of_a_page(tmp_path):
    """Without questions every field is combined, over the values that were given, numbers in their order."""
    given_ = [{"n": "10", "note": "x"}, {"n": "9", "note": ""}]
    (record,) = _records(_batch(tmp_path, *given_), _settings())
    assert record["counts"] == {"n": {"9": 1, "10": 1}, "note": {"x": 1}}
    assert record["majority_answer"] == {"n": "9", "note": "x"}
    assert record["average_answer"] == {"n": 9.5}
    assert record["missing"] == {"note": 1}


def test_choices_of_a_page_may_stand_in_the_answer_schema():
    """A field whose values `review.answer_schema` lists has them as its selections."""
    schema = {"properties": {"label": {"enum": ["good", "bad"]}, "n": {"type": "string"}}}
    found = settings_of({"combine": {"fields": ["label", "n"]}}, {}, schema, 3).questions
    assert found == (Question("label", ("good", "bad")), Question("n", seeded=False))


def test_settings_survive_a_rules_parameters():
    """Settings that were passed on as plain values are the same."""
    values = {"combine": {"until": "confidence", "fields": ["label"], "method": "weighted"}}
    settings = settings_of(values, {}, None, 12)
    assert Settings.read(settings.plain()) == settings
    assert settings.adaptive.most == 9


# Properties

ANSWERS = st.lists(
    st.dictionaries(st.sampled_from(["q", "r"]), st.text(max_size=6), max_size=2), max_size=8
)


@given(ANSWERS, st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=4))
def test_every_answer_is_counted_once(answers, choices):
    """Whatever is answered, answers, unknown and missing make up all; the average lies among the choices."""
    asked = [Question("q", tuple(choices), seeded=bool(choices))]
    (question,) = resolved(asked, answers)
    found = tally(question, answers)
    assert found.answered + found.unknown + found.missing == len(answers)
    assert sum(found.counts.values()) == found.answered
    assert (found.majority is None) == (found.answered == 0)
    if found.average is not None:
        numbers = [float(Fraction(each)) for each, n in found.counts.items() if n]
        assert min(numbers) <= found.average <= max(numbers)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=6))
@pytest.mark.filterwarnings("ignore")  # crowd-kit's own
def test_alpha_is_krippendorffs(units):
    """Alpha equals crowd-kit's wherever at least one HIT has two answers."""
    metrics = needed_module("crowdkit.metrics.data")
    pandas = needed_module("pandas")
    votes = [(n, w, label) for n, unit in enumerate(units) for w, label in enumerate(unit)]
    ours = alpha(units)
    if all(len(unit) < 2 for unit in units):
        assert ours is None
        return
    data = pandas.DataFrame(votes, columns=["task", "worker", "label"])
    assert ours == pytest.approx(metrics.alpha_krippendorff(data))


@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=4),
    st.integers(0, 9),
    st.floats(0.3, 0.98),
    st.floats(0.5, 0.999),
)
def test_what_is_asked_for_stays_within_its_room(votes, room, accuracy, confidence):
    """Never more is asked for than there is room for, and nothing where no more could change the answer."""
    model = Certainty(max(accuracy, 1 / len(votes) + 0.01), len(votes))
    counts = {str(number): n for number, n in enumerate(votes)}
    more = model.missing(counts, confidence, room)
    assert 0 <= more <= room
    first, second = sorted(votes, reverse=True)[:2]
    if first - second > room or model.of(counts) >= confidence:
        assert more == 0
    elif room:
        assert more > 0


def test_accuracy_is_estimated_from_agreement():
    """Unanimous answers make the crowd look good, contradictory ones poor."""
    good = estimated([{"a": 3, "b": 0}, {"a": 0, "b": 3}] * 50, 2)
    poor = estimated([{"a": 2, "b": 1}, {"a": 1, "b": 2}] * 50, 2)
    assert poor.accuracy < 0.8 < good.accuracy
    assert good.of({"a": 2, "b": 1}) > poor.of({"a": 2, "b": 1})


def _simulated(random, rows, most):
    """Return what a crowd of accuracy 0.8 says of each row, 0 being right."""
    return [[int(random.random() > 0.8) for _ in range(most)] for _ in range(rows)]


def _asked(streams, start, most):
    """Return for how many answers the stop rule asks of each stream."""
    asked = [start] * len(streams)
    while True:
        votes = [Counter(each[:n]) for each, n in zip(streams, asked, strict=True)]
        model = estimated(votes, 2)
        more = [
            model.missing(each, CONFIDENCE, most - n) for each, n in zip(votes, asked, strict=True)
        ]
        if not any(more):
            return asked
        asked = [n + m for n, m in zip(asked, more, strict=True)]


def test_the_stop_rule_on_many_crowds():
    """Over many crowds of accuracy 0.8 less than 70 % is asked for, and accuracy stays within a point."""
    shares, losses = [], []
    for seed in range(30):
        streams = _simulated(Random(seed), 200, 9)
        asked = _asked(streams, START, 9)
        right = [
            sum(2 * sum(each[:n]) < n for each, n in zip(streams, numbers, strict=True))
            + sum(2 * sum(each[:n]) == n for each, n in zip(streams, numbers, strict=True)) / 2
            for numbers in ([9] * 200, asked)
        ]
        shares.append(sum(asked) / (9 * 200))
        losses.append((right[0] - right[1]) / 200)
    assert mean(shares) < 0.7
    assert mean(losses) < 0.005
    assert sum(loss > 0.01 for loss in losses) <= 1
