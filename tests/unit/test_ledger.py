"""The ledger: nothing that was appended is lost, and damage is told apart from a torn line."""

import json
import os
import resource
import stat
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Ledger, events_of
from hypothesis import given
from hypothesis import strategies as st

LIBRARY = Path(__file__).parents[2] / "scripts"
THREE = [{"event": "created", "hit_id": f"3ÑU\u2028{number}"} for number in range(3)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "pilot" / "ledger.jsonl"


@pytest.fixture
def content(path):
    """Return the bytes of a ledger that holds three events."""
    Ledger(path, "local").append(*THREE)
    return path.read_bytes()


def ids(path: Path, endpoint: str = "local") -> list[str]:
    return [event["hit_id"] for event in Ledger(path, endpoint).read()]


def test_a_ledger_that_does_not_exist_is_empty_and_stays_away(path):
    """Reading a ledger that does not exist gives no events and creates nothing."""
    assert Ledger(path, "local").read() == []
    assert not path.parent.exists()


def test_appended_events_come_back_in_order_with_time_and_endpoint(path):
    """What is appended is read back as it was, in order, stamped with time and endpoint."""
    ledger = Ledger(path, "https://market.example.org")
    ledger.append({"event": "row", "input": {"text": 'a"\n\u2028é😀', "n": [1, None]}})
    ledger.append({"event": "closed"}, {"event": "closed"})
    first, second, third = ledger.read()
    assert first["input"] == {"text": 'a"\n\u2028é😀', "n": [1, None]}
    assert (second["event"], third["event"]) == ("closed", "closed")
    assert {event["endpoint"] for event in ledger.read()} == {"https://market.example.org"}
    assert first["time"].endswith("Z")
    assert len(path.read_bytes().splitlines()) == 3


def test_another_process_sees_what_append_returned_from(path):
    """Once append has returned, a reader in another process sees the event."""
    ledger = Ledger(path, "local")
    for number in range(3):
        ledger.append({"event": "created", "hit_id": str(number)})
        count = "import sys; print(len(open(sys.argv[1]).readlines()))"
        seen = subprocess.run(
            [sys.executable, "-c", count, path], capture_output=True, text=True, check=True
        )
        assert int(seen.stdout) == number + 1


def test_an_appended_event_is_synced_before_append_returns(path, monkeypatch):
    """The ledger's file is synced with every byte of the event in it."""
    synced = []

    def fsync(handle: int) -> None:
        synced.append(os.fstat(handle).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    Ledger(path, "local").append(*THREE)
    assert synced[0] == path.stat().st_size


def test_a_ledger_is_for_its_owner_only(path):
    """A ledger's file has mode 600 under any umask."""
    before = os.umask(0)
    try:
        Ledger(path, "local").append(*THREE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_events_of_other_endpoints_are_not_seen(path):
    """Events of one endpoint are invisible to another and survive its appending."""
    Ledger(path, "local").append({"event": "created", "hit_id": "A"})
    Ledger(path, "sandbox").append({"event": "created", "hit_id": "B"})
    Ledger(path, "local").append({"event": "created", "hit_id": "C"})
    assert ids(path) == ["A", "C"]
    assert ids(path, "sandbox") == ["B"]
    assert ids(path, "production") == []


def test_a_ledger_cut_anywhere_costs_at_most_its_last_event(path, content):
    """Cut at every byte, the ledger reads and goes on with all events but the cut one."""
    whole = [event["hit_id"] for event in THREE]
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        kept = whole[: sum(end - 1 <= cut for end in ends)]
        assert ids(path) == kept, cut
        Ledger(path, "local").append({"event": "created", "hit_id": "next"})
        assert ids(path) == [*kept, "next"], cut
        assert path.read_bytes().endswith(b"\n")


def test_reading_mends_nothing(path, content):
    """Reading leaves a torn line as it is: a dry run writes nothing."""
    path.write_bytes(content[:-5])
    Ledger(path, "local").read()
    assert path.read_bytes() == content[:-5]


def test_a_whole_last_line_without_newline_is_kept(path, content):
    """A last event of which only the newline is missing is kept."""
    path.write_bytes(content[:-1])
    Ledger(path, "local").append({"event": "created", "hit_id": "next"})
    assert path.read_bytes().startswith(content)
    assert ids(path)[-1] == "next"


@given(st.binary(max_size=40).filter(lambda tail: b"\n" not in tail))
def test_any_torn_tail_is_dropped(tmp_path_factory, tail):
    """Whatever bytes stand behind the last newline, they cost no event before them."""
    path = tmp_path_factory.getbasetemp() / "torn.jsonl"
    path.unlink(missing_ok=True)
    Ledger(path, "local").append(*THREE)
    with path.open("ab") as file:
        file.write(tail)
    assert len(ids(path)) == 3
    Ledger(path, "local").append({"event": "created", "hit_id": "next"})
    assert ids(path)[3:] == ["next"]


DAMAGED = [
    b'{"event": "created", "time"',
    b"",
    b"null",
    b"[]",
    b'"event"',
    b'{"event": "created", "time": "2026-01-01T00:00:00Z"}',
    b"\xff\xfe\x00",
    b'{"event": "\xe9", "time": "", "endpoint": ""}',
    b"[" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b"\x00" * 64,
    b"7" * 5000,
]


@pytest.mark.parametrize("line", DAMAGED, ids=range(len(DAMAGED)))
@pytest.mark.parametrize("number", [1, 2, 3])
def test_damage_anywhere_else_is_an_error_with_its_line(path, content, line, number):
    """A line that is no event is an error naming file and line, not a crash and not skipped."""
    lines = content.split(b"\n")
    lines.insert(number - 1, line)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(UserError) as caught:
        Ledger(path, "local").read()
    (said,) = caught.value.lines
    assert said.startswith(f"{path}:{number}: damaged; expected one event of the ledger")
    assert len(said) < len(str(path)) + 140


@pytest.mark.parametrize("tail", [b"[" * 100_000, b"\xff", b"\x00" * 64])
def test_a_torn_line_of_any_kind_is_mended(path, content, tail):
    """A last line that is deeply nested, no UTF-8 or zeros is torn, not a crash."""
    path.write_bytes(content + tail)
    assert len(ids(path)) == 3
    Ledger(path, "local").append({"event": "created", "hit_id": "next"})
    assert len(ids(path)) == 4


def test_eight_threads_lose_nothing(path):
    """Eight threads appending at once lose no event and mix no lines."""
    ledger = Ledger(path, "local")

    def work(thread: int) -> None:
        for number in range(25):
            ledger.append({"event": "created", "hit_id": f"{thread}-{number}", "x": "y" * 500})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    found = ids(path)
    assert sorted(found) == sorted(f"{t}-{n}" for t in range(8) for n in range(25))
    for thread in range(8):
        own = [int(name.split("-")[1]) for name in found if name.startswith(f"{thread}-")]
        assert own == sorted(own)


def test_events_that_cannot_be_written_leave_nothing(path):
    """An event that is no JSON raises before anything of its company is written."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        Ledger(path, "local").append({"event": "a"}, {"event": "b", "amount": float("nan")})
    assert not path.exists()


def test_a_full_disk_costs_only_the_event_that_did_not_fit(path, content):
    """After a write that failed half-way the same process can go on appending."""
    code = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from crowdmake.ledgers.ledger import Ledger
        path = Path(sys.argv[1])
        ledger = Ledger(path, "local")
        ledger.append({"event": "created", "hit_id": "before"})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, most))
        try:
            ledger.append({"event": "created", "hit_id": "lost"})
        except OSError as problem:
            print(problem.strerror)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        ledger.append({"event": "created", "hit_id": "after"})
        """
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        env={"PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "File too large\n"
    assert ids(path)[3:] == ["before", "after"]


def test_events_are_told_apart_by_kind():
    """events_of keeps the order and only the kind that is asked for."""
    events = [{"event": "a", "n": 1}, {"event": "b", "n": 2}, {"event": "a", "n": 3}]
    assert [event["n"] for event in events_of(events, "a")] == [1, 3]
    assert json.dumps(events_of(events, "c")) == "[]"
