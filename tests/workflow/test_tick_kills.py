"""A round that is killed again and again ends as one that nobody disturbed."""

import os
import signal
import subprocess
import time

from crowdmake.market.models import HIT
from crowdmake.money.spending import Spending
from receiver import SECRET, receiving
from workflow.conftest import Experiment

EACH = 4
"""After how many new lines in the ledgers a round is killed."""
CHANGES = {
    "trigger_on": "event",
    "expected_receive_period_in_days": 2,
    "tick__delete": True,
    "review__approve": "finished",
    "combination_mode": "poll",
    "poll_options": {
        "title": "Best of {{ text }}",
        "instructions": "Rate them.",
        "assignments": 1,
        "row_template": "{{ label }}",
    },
}


def lines(e):
    """Return how many lines the ledgers have."""
    return sum(path.read_bytes().count(b"\n") for path in (e.folder / "state").rglob("*.jsonl"))


def answer(e, hit_id):
    for worker in ("ana", "ben"):
        e.submit(hit_id, worker, {"label": f"of {worker}"})


def prepared(e):
    """Leave a round everything to do: a launch, a harvest, a poll, a result and a deletion."""
    e.rows({"text": "one"}, {"text": "two"})
    e.run("tick")
    first, second = e.hit_ids()
    answer(e, first)
    e.run("tick")
    assert e.records("results/events/main.jsonl") == []
    (poll,) = e.hit_ids("main.poll")
    e.submit(poll, "eve", {"1": "2", "2": "5"})
    answer(e, second)
    e.rows({"text": "one"}, {"text": "two"}, {"text": "three"})


def copied(e):
    """Return a copy, made by another process: SQLite's locks are lost where their own opens the file."""
    folder = e.folder.with_name("undisturbed")
    subprocess.run(["cp", "-a", str(e.folder), str(folder)], check=True)
    copy = Experiment(folder)
    copy.environment = e.environment
    return copy


def killed(e):
    """Start a round, kill it once the ledgers have grown enough, and return whether it was."""
    before = lines(e)
    round_ = e.start("tick")
    while round_.poll() is None:
        if lines(e) - before >= EACH:
            os.killpg(round_.pid, signal.SIGKILL)
            break
        time.sleep(0.002)
    said, _ = round_.communicate(timeout=120)
    assert round_.returncode in {0, -signal.SIGKILL}, said
    return round_.returncode != 0


def outcome(e):
    """Return what rounds have led to, without the ids and moments by which two runs differ."""
    events = e.records("results/events/main.jsonl")
    market = e.market()
    with market.reading():
        hits = sorted(
            (hit.hit_type.title, hit.max_assignments, hit.status) for hit in HIT.objects.all()
        )
    return {
        "events": [each | {"time": None, "assignment_ids": None} for each in events],
        "hits": hits,
        "approvals": [
            sorted(each["assignment_id"] for each in e.records(f"results/approvals/{name}.jsonl"))
            for name in ("main", "main.poll")
        ],
        "deletions": [
            sorted(each["hit_id"] for each in e.records(f"results/deletions/{name}.jsonl"))
            for name in ("main", "main.poll")
        ],
        "spent": Spending("local", None, e.folder / "state").committed(),
    }


def test_kills_at_many_points(experiment):
    """Wherever a round is killed: no result twice or lost, no second HIT or poll, nothing paid twice."""
    with receiving() as receiver:
        e = experiment(**CHANGES, emit__webhook={"url": receiver.url})
        e.environment["CROWDMAKE_WEBHOOK_SECRET"] = SECRET
        prepared(e)
        copy = copied(e)
        copy.run("tick")
        told = receiver.events.copy()
        receiver.events.clear()
        kills = 0
        while killed(e):
            kills += 1
        assert kills >= 3
        assert outcome(e) == outcome(copy)
        (event,) = outcome(copy)["events"]
        assert event["answers"] == [{"label": "of ana"}, {"label": "of ben"}]
        assert event["poll"] == [{"1": "2", "2": "5"}]
        assert event["best_answer"] == {"label": "of ben"}
        ids = [event["event_id"] for event in receiver.events]
        assert list(dict.fromkeys(ids)) == [event["event_id"] for event in told]
