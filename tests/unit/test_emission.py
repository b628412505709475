"""Finished results as events: each once, told to a webhook until it is taken."""

import base64
import shutil
import socket
from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch
from crowdmake.ticking import delivery, emission, webhook
from ledger_events import created
from receiver import KEY, SECRET, receiving

ME = "experiment-1"


@pytest.fixture
def batch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webhook, "_TRIES", webhook._TRIES.new(backoff_factor=0))
    found = Batch("b", "local")
    for key in "abcd":
        closed = {"event": "closed", "hit_id": f"3{key}", "assignments": 2}
        found.money.append(created(key), closed)
    return found


def record(key, **more):
    answers = {"answers": [{"q": "1"}, {"q": "é"}], "worker_ids": ["A", "B"]}
    return {"batch": "b", "key": key, "hit_id": f"3{key}", "status": "complete"} | answers | more


def answer(key, name):
    return {
        "batch": "b",
        "key": key,
        "hit_id": f"3{key}",
        "assignment_id": name,
        "answer": {"q": "1"},
    }


def emit(batch, *records, hook=True):
    return emission.emit(batch, records, ME, webhook=hook)


def ids(batch):
    return [event["event_id"] for event in emission.events(batch)]


def test_each_result_once(batch):
    """A result is emitted once, whatever is combined again; new ones follow in their order."""
    assert emit(batch, record("a")) == 1
    assert emit(batch, record("a", status="partial"), record("b")) == 1
    assert emit(batch, record("b"), record("a")) == 0
    told = list(emission.events(batch))
    assert [(event["hit_id"], event["kind"], event["status"]) for event in told] == [
        ("3a", "result", "complete"),
        ("3b", "result", "complete"),
    ]
    assert all(event["time"] for event in told)


def test_the_events_outlive_everything_but_the_ledgers(batch):
    """The events' file holds the same after results/ is gone, and nothing is emitted again."""
    emit(batch, record("a"), record("b"))
    before = list(emission.events(batch))
    shutil.rmtree("results", ignore_errors=True)
    again = Batch("b", "local")
    assert emit(again, record("a"), record("b")) == 0
    assert list(emission.events(again)) == before


def test_ids_say_whose_result_it_is(batch):
    """An id is the same in every run, and another for another experiment, market, batch, HIT, answer."""
    name = emission.event_id(ME, batch, record("a"))
    assert name == emission.event_id(ME, Batch("b", "local"), record("a", answers=[]))
    others = [
        emission.event_id("experiment-2", batch, record("a")),
        emission.event_id(ME, Batch("c", "local"), record("a")),
        emission.event_id(ME, Batch("b", "sandbox"), record("a")),
        emission.event_id(ME, batch, record("b")),
        emission.event_id(ME, batch, answer("a", "x")),
        emission.event_id(ME, batch, answer("a", "y")),
    ]
    assert len({name, *others}) == 7


def test_separate_answers(batch):
    """With separate answers each assignment is an event, with `answer` and without `answers`."""
    assert emit(batch, answer("a", "x"), answer("a", "y")) == 2
    assert [(e["kind"], e["answer"], "answers" in e) for e in emission.events(batch)] == [
        ("answer", {"q": "1"}, False),
        ("answer", {"q": "1"}, False),
    ]


def test_another_way_to_tell_tells_nothing_twice(batch):
    """A HIT that was emitted as a whole is not emitted again answer by answer, nor the reverse."""
    emit(batch, record("a"))
    emit(batch, answer("b", "x"))
    assert emit(batch, answer("a", "x"), record("b"), answer("c", "x")) == 1
    assert [event["hit_id"] for event in emission.events(batch)] == ["3a", "3b", "3c"]


def test_only_what_is_over_and_ours(batch):
    """A HIT that was opened again, and what was imported, is not emitted."""
    batch.money.append(
        {"event": "extended", "hit_id": "3a", "key": "a", "max_assignments": 3, "replaced": 0}
    )
    imported = record("z", hit_id=None)
    found = emission.finished(batch, [record("a"), record("b"), imported, record("another's")])
    assert [each["hit_id"] for each in found] == ["3b"]


def test_the_webhook_takes_each_event_once(batch):
    """Each event is posted once, signed, in its order, exactly as its line stands in the file."""
    emit(batch, record("a"), record("b"))
    with receiving() as receiver:
        assert delivery.deliver(batch, receiver.url, KEY, print) == 2
        assert delivery.deliver(batch, receiver.url, KEY, print) == 0
    assert receiver.events == list(emission.events(batch))
    assert receiver.ids == ids(batch)
    assert "é".encode() in receiver.bodies[0]
    assert not batch.outline().undelivered


def test_a_false_key_is_known(batch):
    """A receiver that checks the signature refuses an event that is signed with another key."""
    emit(batch, record("a"))
    with receiving() as receiver:
        assert delivery.deliver(batch, receiver.url, b"x" * 32, print) == 0
        assert receiver.events == []


def test_a_receiver_that_is_down_loses_nothing(batch, capsys):
    """Where nobody listens the events wait, and a later round posts all of them."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        emit(batch, record("a"), record("b"))
        url = f"http://127.0.0.1:{port}/hook"
        assert delivery.deliver(batch, url, KEY, print) == 0
    said = capsys.readouterr().out
    assert "b: 2 events not taken by the webhook (NewConnectionError): the next round" in said
    emit(batch, record("c"))
    with receiving(port) as receiver:
        assert delivery.deliver(batch, url, KEY, print) == 3
        assert receiver.ids == ids(batch)


def test_a_fault_of_a_moment_is_tried_again(batch):
    """A 503 is tried again in the same round, under the same id."""
    emit(batch, record("a"))
    with receiving() as receiver:
        receiver.statuses = [503, 500]
        assert delivery.deliver(batch, receiver.url, KEY, print) == 1
        assert receiver.ids == ids(batch) * 3
        assert len(receiver.events) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_in_trouble_is_left_alone(batch, status):
    """A receiver that has no time gets no further event in the round."""
    emit(batch, *map(record, "abc"))
    with receiving() as receiver:
        receiver.status_of = lambda _event: status
        assert delivery.deliver(batch, receiver.url, KEY, print) == 0
        assert set(receiver.ids) == {ids(batch)[0]}


@pytest.mark.parametrize("status", [400, 302, 410])
def test_one_that_is_refused_keeps_nobody(batch, capsys, status):
    """An event that alone is refused lets the others by, and is posted again in the next round."""
    emit(batch, *map(record, "abc"))
    with receiving() as receiver:
        receiver.status_of = lambda event: status if event["key"] == "b" else 200
        assert delivery.deliver(batch, receiver.url, KEY, print) == 2
        assert f"b: 1 event not taken by the webhook (HTTP {status})" in capsys.readouterr().out
        receiver.status_of = lambda _event: 200
        assert delivery.deliver(batch, receiver.url, KEY, print) == 1
        assert [event["key"] for event in receiver.events] == ["a", "c", "b"]


def test_a_webhook_hears_what_comes_after_it(batch):
    """What was emitted before there was a webhook is not posted to it."""
    emit(batch, record("a"), hook=False)
    emit(batch, record("b"))
    with receiving() as receiver:
        assert delivery.deliver(batch, receiver.url, KEY, print) == 1
        assert [event["key"] for event in receiver.events] == ["b"]


def test_headers_are_the_conventions():
    """The signature is that of the convention's own example (github.com/standard-webhooks)."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    sent = webhook.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', key, 1614265330)
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_where_the_secret_stands(tmp_path):
    """The secret is read from the file that is named, otherwise from the environment."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert webhook.read_secret(str(file), {}) == KEY
    assert webhook.read_secret(None, {webhook.VARIABLE: SECRET}) == KEY


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("", "no secret to sign events with"),
        ("open sesame", "holds no secret of a webhook"),
        ("whsec_c2hvcnQ=", "holds no secret of a webhook"),
        ("whsec_%%%", "holds no secret of a webhook"),
        (KEY.decode(), "holds no secret of a webhook"),
    ],
)
def test_a_bad_secret_is_named_not_shown(tmp_path, content, line):
    """A secret that is missing or of another form is one line that does not show it."""
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError) as caught:
        webhook.read_secret(str(file), {webhook.VARIABLE: SECRET})
    (said,) = caught.value.lines
    assert line in said
    assert str(Path(file)) in said
    assert not content or content not in said
