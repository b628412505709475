"""HITs by the clock, and rows that stay away."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crowdmake import moments
from crowdmake.configuration.config import Configuration, read_config
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.ledger import Ledger
from crowdmake.planning import pending, plan
from crowdmake.ticking import schedule
from crowdmake.ticking.freshness import stale_lines
from hypothesis import given
from hypothesis import strategies as st
from ledger_events import created

START = datetime(2026, 11, 22, 12, 0, 1, 800000, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHEDULE = {"trigger_on": "schedule", "submission_period": 2}
EVENT = {"trigger_on": "event", "expected_receive_period_in_days": 2}


def check(batch, now, period=2 * HOUR, path=Path("rows.jsonl")):
    """Check once, as a round does, and return how many rows there are."""
    schedule.schedule(batch, period, now, path, lambda _line: None)
    return len(path.read_text().splitlines())


@pytest.fixture
def batch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Batch(schedule.SCHEDULED, "local")


def test_two_checks_make_one_hit(batch):
    """Two checks within a period create once (the agent's spec, l.163)."""
    assert [check(batch, START), check(batch, START)] == [1, 1]


def test_a_hit_a_period(batch):
    """With a period of two hours, checks at 0, +1 h and +2 h create twice (l.170)."""
    assert [check(batch, START + n * HOUR) for n in range(3)] == [1, 1, 2]


def test_another_process_knows(batch):
    """What was scheduled is not scheduled again by a process that starts anew."""
    check(batch, START)
    assert check(Batch(schedule.SCHEDULED, "local"), START + HOUR) == 1
    assert check(Batch(schedule.SCHEDULED, "local"), START + 2 * HOUR) == 2


@given(
    st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes)),
    st.lists(st.integers(0, 3 * 24 * 3600), min_size=1, max_size=40).map(sorted),
)
def test_never_more_than_one_a_period(period, seconds):
    """However often is checked, the first check is due, and moments are a period apart."""
    found: list[datetime] = []
    for second in seconds:
        moment = schedule.next_moment(
            found[-1] if found else None, period, START + timedelta(seconds=second)
        )
        found += [moment] if moment else []
    assert found[0] <= START + timedelta(seconds=seconds[0])
    assert all(
        later - earlier >= period - timedelta(minutes=1)
        for earlier, later in itertools.pairwise(found)
    )
    checked = (seconds[-1] - seconds[0]) // period.total_seconds()
    assert len(found) <= checked + 2


def test_rounds_do_not_lengthen_the_period():
    """With a round every ten minutes, each some seconds off, a week of 2-hour periods has 84 HITs."""
    found: list[datetime] = []
    for number in range(7 * 24 * 6):
        now = START + timedelta(minutes=10 * number, seconds=-1.2 if number % 2 else 3.0)
        moment = schedule.next_moment(found[-1] if found else None, 2 * HOUR, now)
        found += [moment] if moment else []
    assert len(found) == 84


def test_after_a_pause():
    """After a pause of several periods one HIT is due at once, and the next a period later."""
    late = START + 11 * HOUR
    moment = schedule.next_moment(START, 2 * HOUR, late)
    assert moment is not None
    assert late - moment < timedelta(minutes=1)
    assert schedule.next_moment(moment, 2 * HOUR, late + HOUR) is None
    assert schedule.next_moment(moment, 2 * HOUR, late + 2 * HOUR) is not None


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_forgets_no_row(batch, monkeypatch, after):
    """A crash before or after the ledger's line leaves one row of the period, not two and not none."""
    append = Ledger.append

    def crash(self, *events):
        if after:
            append(self, *events)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            check(batch, START)
    assert check(batch, START) == 1


def test_the_keys_are_those_of_the_file(batch):
    """What the plan says of the rows is what reading their file says, the next one included."""
    for number in range(3):
        check(batch, START + number * 2 * HOUR)
    rows = read_rows(Path("rows.jsonl")).rows
    assert [row.key for row in rows] == schedule.keys(3)
    assert [row.value for row in rows] == [{}, {}, {}]


def planned(**values):
    pending._rows.cache_clear()
    return plan.Plan(read_config() | values, "1234")


def test_the_plan_by_the_clock(experiment):
    """In schedule mode input/ is ignored (l.182), and the cost of the row that is due is known."""
    Path("input/main.jsonl").write_text("1\n")
    found = planned(**SCHEDULE)
    assert found.batches == ["scheduled"]
    assert found.rows_of("scheduled") == "results/scheduled.jsonl"
    assert found.cost("scheduled").startswith("1 HIT x 1 assignment")
    assert found.scheduled_token().endswith("/1234")
    batch = Batch("scheduled", "local")
    check(batch, moments.now())
    batch.remember_round("schedule", "1000")
    assert planned(**SCHEDULE).scheduled_token().endswith("/1000")
    assert not Path("results").exists()


def test_no_period_without_the_clock(experiment):
    """In event mode nothing is scheduled: checking never creates (l.189)."""
    found = planned(**EVENT, submission_period=2)
    assert found.batches == []
    assert not found.tick.due
    assert found.round() == ["results/results.jsonl", "results/results.csv"]


def test_each_event_is_a_hit(experiment):
    """In event mode each row that came in is one HIT (l.202)."""
    Path("input/events.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    assert planned(**EVENT).cost("events").startswith("2 HITs x 1 assignment")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"trigger_on": "moose"}, 'trigger_on: found "moose"'),
        ({"trigger_on": "event"}, "expected_receive_period_in_days: missing"),
        ({"trigger_on": "schedule"}, "submission_period: missing"),
        (SCHEDULE | {"submission_period": 0}, "submission_period: found 0"),
        (SCHEDULE | {"submission_period": -1}, "submission_period: found -1"),
        (SCHEDULE | {"submission_period": "moose"}, 'submission_period: found "moose"'),
        (EVENT | {"expected_receive_period_in_days": 0}, "expected_receive_period_in_days: found 0"),
        ({"emit": {"webhook": {"url": "http://example.org/x"}}}, "emit.webhook.url: found"),
        ({"emit": {"webhook": {"url": "https://u:p@example.org/x"}}}, "emit.webhook.url: holds a password"),
        ({"emit": {"webhook": {}}}, "emit.webhook.url: missing"),
        ({"tick": {"delete": "moose"}}, 'tick.delete: found "moose"'),
    ],
)  # fmt: skip
def test_faults_are_said_at_once(experiment, values, line):
    """A trigger without what it needs, a period that is not positive, and an open webhook are refused."""
    with pytest.raises(UserError) as caught:
        Configuration(read_config() | values, Path())
    assert any(line in said for said in caught.value.lines), caught.value.lines


@pytest.mark.parametrize("values", [SCHEDULE, EVENT, SCHEDULE | EVENT | {"trigger_on": "event"}])
def test_sound_triggers(experiment, values):
    """Each trigger is sound with what it needs, and may stand beside what the other needs."""
    assert Configuration(read_config() | values, Path())


@pytest.mark.parametrize(
    ("received", "line"),
    [
        (["2026-11-20T13:00:00Z", ""], None),
        (["2026-11-19T12:00:00Z", ""], "the last row was put up at 2026-11-19T12:00:00Z, 3 days ago"),
        ([], "no row has come yet"),
    ],
)  # fmt: skip
def test_stale(received, line):
    """Where the last row came longer ago than is expected, one line says so."""
    lines = stale_lines(received, timedelta(days=2), START)
    assert [line in each for each in lines] == ([] if line is None else [True])


def test_a_round_warns_once(experiment, capsys):
    """A round says once that no row came in; not where a row waits, nor where none is expected."""
    Batch("main", "local").money.append({"event": "create_intent", "key": "k"}, created("k"))
    ledger = Path("state/main/ledger.jsonl")
    old = [
        json.loads(line) | {"time": "2020-01-01T00:00:00Z"}
        for line in ledger.read_text().splitlines()
    ]
    ledger.write_text("".join(json.dumps(each) + "\n" for each in old))
    found = planned(**EVENT)
    found.round()
    found.round()
    assert capsys.readouterr().err.count("warning: the last row was put up at 2020-01-01") == 1
    assert found.tick.asked
    Path("input/main.jsonl").write_text("1\n")
    planned(**EVENT).round()
    planned().round()
    assert capsys.readouterr().err == ""
