"""Rounds, as cron or a user starts them: what is due is done, once, and told."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

from crowdmake import moments
from receiver import SECRET, receiving
from workflow.conftest import NOTHING, PAGE, texts

EVENT = {"trigger_on": "event", "expected_receive_period_in_days": 2}
SCHEDULE = {"trigger_on": "schedule", "submission_period": 2}


def answer(e, hits, *workers):
    for hit in hits:
        for worker in workers:
            e.submit(hit, worker, {"label": f"of {worker}"})


def events(e, batch="events"):
    return e.records(f"results/events/{batch}.jsonl")


def later(e, hours):
    """Let what the clock scheduled be so many hours longer ago."""
    path = e.folder / "state/scheduled/ledger.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for each in lines:
        if each["event"] == "scheduled":
            moment = moments.read(each["moment"]) - timedelta(hours=hours)
            each["moment"] = moments.written(moment)
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))


def test_rounds_by_events(experiment):
    """Rounds put up each event, harvest, approve, emit and delete, each once; then nothing is due."""
    with receiving() as receiver:
        e = experiment(**EVENT, tick__delete=True, emit__webhook={"url": receiver.url})
        e.environment["CROWDMAKE_WEBHOOK_SECRET"] = SECRET
        assert "no row has come yet" in e.run("tick")
        sent = subprocess.run(
            [sys.executable, "-m", "crowdmake.cli", "event"],
            cwd=e.folder, env=e.environment | {"PYTHONPATH": str(e.folder / "scripts")},
            input='{"text": "one"}\n{"text": "two"}\n', text=True, capture_output=True, check=True,
        )  # fmt: skip
        assert sent.stdout == "input/events.jsonl: appended 2 rows\n"
        assert "warning" not in e.run("tick")
        assert e.calls()["CreateHIT"] == 2
        first, second = e.hit_ids("events")
        answer(e, [first, second], "ana")
        answer(e, [second], "ben")
        e.rows({"text": "one"}, {"text": "two"}, {"text": "three"}, batch="events")
        assert "emitted 1 event" in e.run("tick")
        assert e.calls()["CreateHIT"] == 1
        assert [event["hit_id"] for event in receiver.events] == [second]
        third = e.hit_ids("events")[2]
        answer(e, [first, third], "eve")
        answer(e, [third], "ben")
        e.run("tick")
        told = events(e)
        assert [event["hit_id"] for event in told] == [second, first, third]
        assert told[0]["answers"] == [{"label": "of ana"}, {"label": "of ben"}]
        assert receiver.events == told
        assert len(e.records("results/approvals/events.jsonl")) == 6
        assert len(e.records("results/deletions/events.jsonl")) == 3
        e.calls()
        e.run("tick")  # the views learn what the last round has decided
        assert NOTHING in e.run("tick")
        (e.folder / "results").rename(e.folder / "moved")
        e.run("tick")
        assert events(e) == told
        assert receiver.events == told
        assert not e.calls()


def test_a_receiver_that_is_down(experiment):
    """Without its secret nothing is posted, and a webhook that is down fails no round: no event is lost."""
    with receiving() as receiver:
        e = experiment(emit__webhook={"url": receiver.url})
        e.rows(*texts(2))
        e.run("launch")
        answer(e, e.hit_ids(), "ana", "ben")
        assert "error: CROWDMAKE_WEBHOOK_SECRET: no secret" in e.run("tick", fails=True)
        assert not receiver.ids
        e.write("secret.key", SECRET)
        e.configure(emit__webhook={"url": receiver.url, "secret_file": "secret.key"})
        receiver.status_of = lambda _event: 503
        assert "2 events not taken by the webhook (HTTP 503)" in e.run("tick")
        assert len(events(e, "main")) == 2
        receiver.status_of = lambda _event: 200
        assert "the webhook took 2 events" in e.run("tick")
        assert receiver.events == events(e, "main")


def test_by_the_clock(experiment):
    """By the clock a HIT without an event is put up at once and then one a period, none by rows."""
    e = experiment(**SCHEDULE, hit__properties__MaxAssignments=1)
    e.write("hit_templates/page.html", PAGE.replace("{{ text }}", "Hi"))
    e.rows(*texts(3))
    assert "1 HIT x 1 assignment" in e.run("tick", "-n")
    assert not (e.folder / "state").exists()
    e.run("tick")
    assert e.calls()["CreateHIT"] == 1
    later(e, 1)
    e.run("tick")
    calls = e.calls()
    assert not calls["CreateHIT"]
    assert calls["ListAssignmentsForHIT"]  # l.163, l.189: each check looks at what was answered
    later(e, 1)
    e.run("tick")
    assert e.calls()["CreateHIT"] == 1
    hits = e.hit_ids("scheduled")
    answer(e, hits, "ana")
    (e.folder / "results/scheduled.jsonl").unlink()
    e.run("tick")
    assert [event["input"] for event in events(e, "scheduled")] == [{}, {}]
    assert not e.calls()["CreateHIT"]


def test_a_launch_that_fails_loses_no_period(experiment):
    """A scheduled HIT that could not be put up is put up by the next round, within the same period."""
    e = experiment(**SCHEDULE)
    e.write("hit_templates/page.html", PAGE.replace("{{ text }}", "{{ nonsense }}"))
    assert "nonsense" in e.run("tick", fails=True)
    e.write("hit_templates/page.html", PAGE.replace("{{ text }}", "Hi"))
    e.run("tick")
    assert e.calls()["CreateHIT"] == 1


def test_two_rounds_at_once(experiment):
    """A round that finds another at work ends at once, with one line and exit code 0."""
    release = threading.Event()
    with receiving() as receiver:
        e = experiment(emit__webhook={"url": receiver.url})
        e.environment["CROWDMAKE_WEBHOOK_SECRET"] = SECRET
        e.rows(*texts(1))
        e.run("launch")
        answer(e, e.hit_ids(), "ana", "ben")
        reached = threading.Event()

        def hold(_event):
            reached.set()
            release.wait(8)
            return 200

        receiver.status_of = hold
        first = e.start("tick")
        assert reached.wait(120)
        output = e.run("tick")
        release.set()
        said, _ = first.communicate(timeout=120)
        assert first.returncode == 0, said
        assert "this round is left to it" in output
        assert "Error" not in output
        assert [event["event_id"] for event in receiver.events] == [
            event["event_id"] for event in events(e, "main")
        ]


def test_a_kill_while_posting(experiment):
    """A round that is killed while an event is on its way posts it again, under the same id."""
    release, reached = threading.Event(), threading.Event()
    with receiving() as receiver:
        e = experiment(emit__webhook={"url": receiver.url})
        e.environment["CROWDMAKE_WEBHOOK_SECRET"] = SECRET
        e.rows(*texts(2))
        e.run("launch")
        answer(e, e.hit_ids(), "ana", "ben")

        def hold(event):
            if event["row"] == 2 and not release.is_set():
                reached.set()
                release.wait(60)
            return 200

        receiver.status_of = hold
        first = e.start("tick")
        assert reached.wait(120)
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate(timeout=60)
        release.set()
        e.run("tick")
        told = [event["event_id"] for event in events(e, "main")]
        assert len(told) == 2
        assert receiver.ids == [*told, told[1]]
        assert len(e.records("results/approvals/main.jsonl")) == 4


def test_nothing_yet(experiment):
    """Before anything is launched `emit` has nothing to tell, and launches nothing."""
    e = experiment()
    e.rows(*texts(1))
    e.run("emit")
    assert not e.calls()


def test_what_cannot_be_put_up(experiment):
    """A round whose launch would pass the budget, or has faulty rows, says so and does all else."""
    e = experiment(budget__max_usd="0.12")
    e.rows(*texts(1))
    e.run("tick")
    answer(e, e.hit_ids(), "ana", "ben")
    e.rows(*texts(2))
    e.write("input/faulty.jsonl", "{oops\n")
    output = e.run("tick", fails=True)
    assert "budget.max_usd" in output
    assert "input/faulty.jsonl:1" in output
    assert e.calls()["CreateHIT"] == 1
    assert len(events(e, "main")) == 1
    assert len(e.records("results/approvals/main.jsonl")) == 2
