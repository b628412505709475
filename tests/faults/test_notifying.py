"""Messages to workers: sent once to each, whatever is lost on the way."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from crowdmake.account import letters, notifying
from crowdmake.account.letters import Letter
from crowdmake.account.orders import worker_ledger
from crowdmake.client import Connection, in_process
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch

HELLO = Letter("Hello", "There is more to do.")
JSON = {"Content-Type": "application/x-amz-json-1.1"}


class Post:
    """A market that takes messages, fails some workers, and answers or not as it is told."""

    def __init__(self) -> None:
        self.letters = []
        self.unreachable = set()
        self.answers = []

    def respond(self, headers, body):
        request = json.loads(body)
        status, content = self.answers.pop(0) if self.answers else (200, None)
        if status in {200, 500}:
            self.letters += [(w, request["Subject"]) for w in request["WorkerIds"]]
        if content is None:
            failed = [w for w in request["WorkerIds"] if w in self.unreachable]
            reason = {
                "NotifyWorkersFailureCode": "HardFailure",
                "NotifyWorkersFailureMessage": "No\x1b[31m",
            }
            content = {"NotifyWorkersFailureStatuses": [{"WorkerId": w, **reason} for w in failed]}
        return status, JSON, json.dumps(content).encode()


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def ledger(tmp_path):
    return worker_ledger("local", tmp_path)


def notify(post, ledger, workers, letter=HELLO, **orders):
    todo = letters.unwritten(letter, workers, ledger, **orders)
    return notifying.send(in_process(post, tries=1), letter, todo, ledger, print)


def ids(count):
    return [f"A{number}" for number in range(count)]


def test_a_hundred_a_call_and_each_once(post, ledger):
    """Workers are written to a hundred at a time, each once for the same words, however often it is asked."""
    assert notify(post, ledger, ids(205)) == 205
    assert notify(post, ledger, ids(210)) == 5
    assert notify(post, ledger, ids(210)) == 0
    assert sorted(worker for worker, _ in post.letters) == sorted(ids(210))
    assert sum(e["event"] == "notify_intent" for e in ledger.read()) == 4
    assert notify(post, ledger, ids(2), Letter("Hello", "Something else.")) == 2


def test_failures_are_told_and_tried_again(post, ledger, capsys):
    """Whom the market cannot write to is named with the reason, and written to once it can."""
    post.unreachable = {"A1"}
    assert notify(post, ledger, ids(3)) == 2
    assert "not sent to 1 worker (A1): No" in capsys.readouterr().out
    statuses = {r["worker_id"]: r["status"] for r in letters.receipts(ledger)}
    assert statuses == {"A0": "sent", "A1": "failed", "A2": "sent"}
    post.unreachable = set()
    assert notify(post, ledger, ids(3)) == 1
    assert {r["worker_id"]: r["status"] for r in letters.receipts(ledger)}["A1"] == "sent"


def test_a_lost_answer_is_not_followed_by_a_second_message(post, ledger):
    """Where the answer was lost nobody is written to again until a person says so."""
    post.answers = [(500, {})]
    with pytest.raises(ClientError):
        notify(post, ledger, ids(2))
    assert [worker for worker, _ in post.letters] == ids(2)
    assert notify(post, ledger, ids(3)) == 1
    assert [worker for worker, _ in post.letters] == ids(3)
    assert {r["worker_id"]: r["status"] for r in letters.receipts(ledger)} == {
        "A0": "unknown",
        "A1": "unknown",
        "A2": "sent",
    }
    assert notify(post, ledger, ids(3), resend=True) == 2
    assert {r["status"] for r in letters.receipts(ledger)} == {"sent"}
    assert notify(post, ledger, ids(3), resend=True) == 0


@pytest.mark.parametrize("kind", ["ThrottlingException", "ParameterValidationError"])
def test_a_refused_call_is_made_again(post, ledger, monkeypatch, kind):
    """A call that the market refused has reached nobody, and the next run makes it again."""
    monkeypatch.setattr(notifying, "_PAUSE", 0)
    times = notifying.TRIES if kind == "ThrottlingException" else 1
    post.answers = [(400, {"__type": kind, "Message": "No"})] * times
    with pytest.raises(UserError, match=r"Hello: NotifyWorkers was refused: No .*\(A0, A1\)"):
        notify(post, ledger, ids(2))
    assert not post.letters
    assert notify(post, ledger, ids(2)) == 2


def test_a_call_that_never_left(post, ledger, monkeypatch):
    """Where no key is found, or nobody answers at the address, nobody may have had the message."""
    todo = letters.unwritten(HELLO, ids(2), ledger)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    market = {"endpoint": "http://127.0.0.1:9", "profile": None, "fees": "none"}
    with pytest.raises(NoCredentialsError):
        notifying.send(Connection(market, tries=1), HELLO, todo, ledger, print)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(EndpointConnectionError):
        notifying.send(Connection(market, tries=1), HELLO, todo, ledger, print)
    assert not list(letters.receipts(ledger))
    assert notify(post, ledger, ids(2)) == 2


def test_a_busy_market_is_waited_for(post, ledger, monkeypatch):
    """A call that the market put off for its rate limit is made again in the same run."""
    monkeypatch.setattr(notifying, "_PAUSE", 0)
    busy = (400, {"__type": "ThrottlingException", "Message": "Rate exceeded"})
    post.answers = [busy, busy]
    assert notify(post, ledger, ids(102)) == 102
    assert sorted(worker for worker, _ in post.letters) == sorted(ids(102))


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_append(post, ledger, monkeypatch, step, after):
    """Wherever a run crashes, nobody gets the message twice, and who may not have had it is known."""
    append, count = ledger.append, iter(range(1, 9))

    def crash(*events):
        number = next(count)
        if number < step or after:
            append(*events)
        if number == step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            notify(post, ledger, ids(2))
    notify(post, ledger, ids(2))
    assert len(post.letters) == len(set(post.letters))
    unknown = [r for r in letters.receipts(ledger) if r["status"] == "unknown"]
    assert len(unknown) + len(post.letters) >= 2
    assert notify(post, ledger, ids(2), resend=True) == len(unknown)


def test_what_is_written_and_to_whom(tmp_path, monkeypatch):
    """The first line of a message's file is its subject; what the API would refuse is a line each."""
    monkeypatch.chdir(tmp_path)
    Path("messages").mkdir()
    Path("messages/a.txt").write_bytes("\ufeffThank you\r\n\r\nFirst.\r\nSecond.\r\n".encode())
    assert letters.read_letter({"message": "a"}) == Letter("Thank you", "First.\nSecond.")
    assert letters.read_letter({"subject": "s", "text": "t"}) == Letter("s", "t")
    Path("messages/b.txt").write_text("s" * 201, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        letters.read_letter({"message": "b"})
    assert [line.partition(";")[0].partition(" (")[0][:24] for line in caught.value.lines] == [
        "messages/b.txt: subject:",
        "messages/b.txt: text: mi",
    ]
    Path("messages/mac.txt").write_bytes(b"Thank you\rFirst.\rSecond.\r")
    assert letters.read_letter({"message": "mac"}) == Letter("Thank you", "First.\nSecond.")
    with pytest.raises(UserError, match=r"--config: subject: .*, on one line, no control"):
        letters.read_letter({"subject": "Hello\nBcc: all", "text": "t"})
    with pytest.raises(UserError, match="expected a subject and below it the text"):
        letters.read_letter({"message": "c"})
    with pytest.raises(UserError, match="nobody to write to"):
        letters.read_recipients({}, None)
    assert letters.read_recipients({}, [Batch("b", "local", tmp_path)]) == []
