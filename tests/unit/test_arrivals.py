"""Rows from standard input."""

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from crowdmake import cli
from crowdmake.exceptions import UserError
from crowdmake.inputs import arrivals
from crowdmake.inputs.rows import read_rows
from crowdmake.ledgers.batches import STATE
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def event(monkeypatch, content: str | bytes, *options: str) -> int:
    raw = content if isinstance(content, bytes) else content.encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    return cli.main(["event", *options])


def values(batch: str = "events") -> list[object]:
    return [row.value for row in read_rows(Path(f"input/{batch}.jsonl")).rows]


def test_each_event_is_a_row(experiment, monkeypatch, capsys):
    """One value on several lines is one row, several lines are several, in the batch that is named."""
    assert event(monkeypatch, '{"a":\n 1}') == 0
    assert event(monkeypatch, '{"a": 2}\n\n{"a": 3}\n') == 0
    assert event(monkeypatch, '["x"]', "--batch", "other") == 0
    assert values() == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert values("other") == [["x"]]
    assert "input/events.jsonl: appended 2 rows" in capsys.readouterr().out


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_what_is_sent_is_what_is_appended(sent):
    """Every JSON value that a row can hold stands in a line of its own, unchanged."""
    lines = arrivals.rows_in("\n".join(map(json.dumps, sent)).encode())
    assert [json.loads(line) for line in lines] == sent
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "standard input: found nothing; expected one JSON value, or one a line"),
        ('{"a": 1}\n{"a": \n', "standard input:2: not JSON (Expecting value at column 7)"),
        ('{"a": 1, "a": 2}', 'standard input: key "a" stands twice in one object; keep one'),
        ("[9007199254740993]", "standard input: holds an integer past 2^53"),
        (b'"\xff"', "standard input:1: byte 0xFF at column 2 is not UTF-8"),
        ("NaN", "standard input: NaN is not JSON"),
    ],
)
def test_what_is_no_row_is_refused_whole(experiment, monkeypatch, capsys, content, line):
    """A fault is one line on stderr, and no row of the same input is appended."""
    assert event(monkeypatch, content) == 1
    assert f"error: {line}" in capsys.readouterr().err
    assert list(Path("input").iterdir()) == []


def test_what_stood_there_stays(experiment, monkeypatch):
    """Rows are appended behind what a person wrote, with its line ends and without a last newline."""
    file = Path("input/events.txt")
    file.write_bytes(b'{"a": 1}\r\n{"b":  2}')
    file.chmod(0o640)
    assert event(monkeypatch, '{"c": 3}') == 0
    assert file.read_bytes() == b'{"a": 1}\r\n{"b":  2}\n{"c": 3}\n'
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in Path("input").iterdir()] == ["events.txt"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--batch", "../x"), '--batch: found "../x"; expected up to 64'),
        (("--batch", "run.lock"), '--batch: found "run.lock"; expected'),
        (("--batch", "array"), "input/array.json: is one JSON array"),
        (("--batch", "latin"), "input/latin.jsonl: is not UTF-8"),
    ],
)
def test_where_no_row_can_be(experiment, monkeypatch, capsys, options, line):
    """A name that no batch can have, and a file that is no JSON Lines file, are refused."""
    Path("input/array.json").write_text("[1, 2]")
    Path("input/latin.jsonl").write_bytes(b'"\xe4"\n')
    before = {path: path.read_bytes() for path in Path("input").iterdir()}
    assert event(monkeypatch, "1", *options) == 1
    assert f"error: {line}" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path("input").iterdir()} == before


def test_the_clock_takes_no_events(experiment, monkeypatch, capsys):
    """With trigger_on: schedule an event is refused, since nobody would put it up."""
    with Path("config/config.yaml").open("a") as config:
        config.write("trigger_on: schedule\nsubmission_period: 2\n")
    assert event(monkeypatch, "1") == 1
    assert "trigger_on: found schedule" in capsys.readouterr().err


def test_nowhere(tmp_path, monkeypatch, capsys):
    """Outside an experiment's directory nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert event(monkeypatch, "1") == 1
    assert "config/config.yaml: does not exist" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_many_at_once(experiment):
    """Programs that send at the same time lose nothing, of theirs or of each other's."""

    def send(number: int) -> None:
        subprocess.run(
            [sys.executable, "-m", "crowdmake.cli", "event"],
            input=json.dumps({"n": number}), text=True, check=True, capture_output=True,
        )  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(8)))
    assert sorted(row["n"] for row in values()) == list(range(8))


def test_another_program_appends_meanwhile(experiment, monkeypatch):
    """A line that another program appends while rows are being written is not lost."""
    file = Path("input/events.jsonl")
    file.write_text("1\n")
    check, times = arrivals._check_size, []

    def appended_to(path, size):
        if not times:
            times.append(size)
            with file.open("a") as other:
                other.write("2\n")
        check(path, size)

    monkeypatch.setattr(arrivals, "_check_size", appended_to)
    arrivals.append("events", ["3"], STATE, print)
    assert values() == [1, 2, 3]


def test_a_write_that_fails_leaves_the_file(experiment, monkeypatch):
    """Where the disk is full the file is as it was, and the sender hears of it."""
    file = Path("input/events.jsonl")
    file.write_text("1\n")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        arrivals.append("events", ["2"], STATE, print)
    assert file.read_text() == "1\n"
    assert [path.name for path in Path("input").iterdir()] == ["events.jsonl"]


def test_errors_name_every_line():
    """All lines that are no JSON are named at once."""
    with pytest.raises(UserError) as caught:
        arrivals.rows_in(b"1\nx\n2\ny\n")
    assert [line.partition(": ")[0] for line in caught.value.lines] == [
        "standard input:2",
        "standard input:4",
    ]
