"""How fast a batch's answers come, as its ledgers tell."""

from datetime import UTC, datetime, timedelta

import pytest
from crowdmake import moments
from crowdmake.harvesting.pace import pace, pace_lines
from crowdmake.ledgers.batches import Batch
from hypothesis import given
from hypothesis import strategies as st
from ledger_events import assignment, created

LAUNCHED = moments.read("2026-11-22T08:00:00Z")


@pytest.fixture
def batch(tmp_path):
    """Return a batch of three HITs with three assignments each, launched at eight."""
    batch = Batch("pilot", "local", tmp_path)
    batch.money.append(*(created(key, wanted=3) for key in "ABC"))
    return batch


def answered(batch, *answers):
    """Let answers arrive: the HIT's key, and how many minutes after the launch."""
    batch.answers.append(
        *(
            assignment(
                key,
                f"3X{number}",
                submitted=moments.written(LAUNCHED + timedelta(minutes=minutes)),
            )
            for number, (key, minutes) in enumerate(answers)
        )
    )


def after(batch, **span):
    return pace(batch.read(), LAUNCHED + timedelta(**span))


def test_hits_by_their_assignments(batch):
    """The histogram counts HITs by how many of their assignments are there, and is printed so."""
    answered(batch, ("A", 1), ("A", 2), ("B", 3), ("B", 4), ("C", 5), ("C", 6), ("C", 7))
    lines = list(pace_lines(after(batch, minutes=10)))
    assert lines[:2] == ["  2 / 3: 2", "  3 / 3: 1"]


def test_the_expected_end_follows_the_pace(batch):
    """At three answers an hour the six that are missing are there two hours later."""
    answered(batch, ("A", 20), ("B", 40), ("C", 60))
    numbers = after(batch, hours=1)
    assert numbers["answers_per_hour"] == 3
    assert numbers["expected_end"] == "2026-11-22T11:00:00Z"
    assert list(pace_lines(numbers))[-1] == (
        "  launched 1 h 0 min ago, last answer 0 min ago, 3 answers an hour,"
        " expected end 2026-11-22T11:00:00Z"
    )


def test_rows_that_drips_have_yet_to_launch_are_expected_too(batch):
    """At three answers an hour two rows yet to be launched put the end off by two hours."""
    answered(batch, ("A", 20), ("B", 40), ("C", 60))
    now = LAUNCHED + timedelta(hours=1)
    assert pace(batch.read(), now, to_come=2)["expected_end"] == "2026-11-22T13:00:00Z"


def test_only_the_last_day_tells_the_pace(batch):
    """Answers of days ago raise no hope, and an end that is later than the HITs' own is marked."""
    answered(batch, ("A", 1), ("A", 2), ("A", 3), ("B", 3 * 1440 - 10))
    numbers = after(batch, days=3)
    assert numbers["answers_per_hour"] == round(1 / 24, 2)
    assert numbers["expected_end"] == "2026-11-30T08:00:00Z"
    assert "but HITs expire from 2026-11-29T08:00:00Z" in list(pace_lines(numbers))[-1]


@pytest.mark.parametrize(
    ("answers", "minutes", "stale"),
    [
        ([], 59, False),
        ([], 61, True),
        ([("A", 5), ("A", 10)], 69, False),
        ([("A", 5), ("A", 10)], 71, True),
        ([("A", 60), ("B", 120)], 180, False),
        ([("A", 60), ("B", 120)], 721, True),
    ],
)
def test_stale(batch, answers, minutes, stale):
    """A batch is stale after an hour without an answer and ten times its usual interval."""
    answered(batch, *answers)
    numbers = after(batch, minutes=minutes)
    assert numbers["stale"] == stale
    assert any("stale" in line for line in pace_lines(numbers)) == stale


def test_expired(batch):
    """HITs that ended short of answers are counted as expired; nothing more is expected of them."""
    answered(batch, ("A", 1), ("A", 2), ("A", 3), ("B", 4))
    batch.money.append({"event": "closed", "hit_id": "3B", "assignments": 1})
    assert after(batch, hours=1)["hits_expired"] == 1
    batch.money.append({"event": "expired", "hit_id": "3C"})
    assert after(batch, hours=1)["assignments_expired"] == 5
    numbers = after(batch, days=8)
    assert (numbers["hits_expired"], numbers["assignments_expired"]) == (2, 5)
    assert (numbers["expected_end"], numbers["stale"]) == (None, False)
    assert "  expired: 2 HITs, 5 assignments short" in list(pace_lines(numbers))[-1]


def test_deleted(batch):
    """A HIT that was deleted short of answers is not offered to be extended, nor awaited."""
    batch.money.append(*({"event": "closed", "hit_id": f"3{key}"} for key in "ABC"))
    deleted = {"event": "deleted", "assignments": 0, "assignments_sha256": ""}
    batch.money.append(*(deleted | {"key": key, "hit_id": f"3{key}"} for key in "AB"))
    assert after(batch, hours=1)["hits_expired"] == 1
    batch.money.append(deleted | {"key": "C", "hit_id": "3C"})
    assert list(pace_lines(after(batch, hours=1))) == [
        "  0 / 3: 3",
        "  launched 2026-11-22T08:00:00Z, no answer",
    ]


def test_what_is_over_is_told_without_the_time_of_asking(batch):
    """Of a batch for which nothing is awaited the line stays true, however late it is printed."""
    answered(batch, *(("ABC"[n % 3], 20 * n) for n in range(9)))
    numbers = after(batch, hours=30)
    assert list(pace_lines(numbers))[-1] == (
        "  launched 2026-11-22T08:00:00Z, last answer 2 h 40 min later"
    )
    batch.answers.append(assignment("D", "3Y", submitted="2026-11-22T12:00:00Z"))
    batch.money.append(created("D", wanted=2), {"event": "expired", "hit_id": "3D"})
    said = list(pace_lines(after(batch, hours=30)))
    assert said[-2] == "  launched 2026-11-22T08:00:00Z, last answer 4 h 0 min later"
    assert said[-1].startswith("  expired: 1 HIT, 1 assignment short")


def test_nothing_launched(tmp_path):
    """A batch without a HIT has no pace."""
    assert list(pace_lines(pace(Batch("b", "local", tmp_path).read(), LAUNCHED))) == []


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 10**6)), max_size=9),
    st.integers(-10, 10**7),
)
def test_any_times_have_a_pace(tmp_path_factory, answers, minutes):
    """Whenever answers came, and wherever the clock stands, the pace is told on printable lines."""
    batch = Batch("b", "local", tmp_path_factory.mktemp("state"))
    batch.money.append(*(created(key, wanted=9) for key in "ABC"))
    answered(batch, *answers)
    numbers = pace(batch.read(), datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(minutes=minutes))
    assert sum(each["hits"] for each in numbers["histogram"]) == 3
    assert all(line.isprintable() for line in pace_lines(numbers))
