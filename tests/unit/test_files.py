"""Stage files: replaced whole or not at all, and tables that run nothing."""

import csv
import json
import re
import stat

import pytest
from crowdmake import files
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def table(path, rows, columns=("a",)):
    """Write a table and return it as a program reads it."""
    files.write_table(path, columns, rows)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_a_file_is_replaced_when_the_block_ends_well(tmp_path):
    """Readers see the old file until the block has ended, and then the new one."""
    path = tmp_path / "deep" / "folder" / "file.txt"
    with files.replacing(path) as file:
        file.write("old")
    with files.replacing(path) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [each.name for each in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("before", ["old", None])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, error, before):
    """An exception, Ctrl-C too, leaves what was there before and no temporary file."""
    path = tmp_path / "file.txt"
    if before:
        path.write_text(before)

    def work() -> None:
        with files.replacing(path) as file:
            file.write("half")
            raise error

    with pytest.raises(error):
        work()
    assert [each.read_text() for each in tmp_path.iterdir()] == ([before] if before else [])


def test_records_that_fail_half_way_leave_the_old_file(tmp_path):
    """A generator of records that fails leaves the earlier stage file in place."""
    path = tmp_path / "file.jsonl"
    files.write_records(path, [{"a": 1}])

    def broken():
        yield {"a": 2}
        raise LookupError

    with pytest.raises(LookupError):
        files.write_records(path, broken())
    assert files.read_records(path) == [{"a": 1}]


@pytest.mark.parametrize(("given_mode", "mode"), [({}, 0o644), ({"mode": 0o600}, 0o600)])
def test_a_file_has_the_mode_that_is_asked_for(tmp_path, given_mode, mode):
    """A stage file may be read by others; what is written with mode 600 may not."""
    path = tmp_path / "file.txt"
    with files.replacing(path, **given_mode):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == mode


@given(st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.none() | st.booleans())))
def test_records_come_back_as_they_were(tmp_path_factory, records):
    """Records of any text are a line each and come back equal."""
    path = tmp_path_factory.getbasetemp() / "records.jsonl"
    files.write_records(path, records)
    assert files.read_records(path) == records
    assert path.read_bytes().count(b"\n") == len(records)


def test_letters_stay_letters(tmp_path):
    """Letters of any language stand in stage files as they are."""
    assert files.one_line({"a": "ñ日"}) == '{"a": "ñ日"}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_not_written(value):
    """NaN and infinity are no JSON and are not written."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.one_line(value)


FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "--1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "-",
    "=",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_is_escaped(tmp_path, text):
    """What begins like a formula gets an apostrophe, in cells and in the header."""
    header, row = table(tmp_path / "t.csv", [{text: text}], columns=[text])
    assert (header, row) == ([f"'{text}"], [f"'{text}"])


@pytest.mark.parametrize("value", ["-1", "-0.5", "+3", "-1e5", -7, -0.25, "2", "a=b", "a-1", "é"])
def test_numbers_and_plain_text_are_left_alone(tmp_path, value):
    """Negative numbers, and signs within a text, are no formulas."""
    _, row = table(tmp_path / "t.csv", [{"a": value}])
    assert row == [str(value)]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (0, "0"),
        (["a", 1], '["a", 1]'),
        ({"a": "ñ"}, '{"a": "ñ"}'),
        ('say "hi", please', 'say "hi", please'),
        ("two\nlines", "two\nlines"),
        ("two\r\nlines", "two\r\nlines"),
        ("a\rb", "a\rb"),
        ("nul\x00esc\x1b[31m\x9b", "nul\\u0000esc\\u001b[31m\\u009b"),
        ("\u2028", "\u2028"),
    ],
)
def test_a_cell_holds_a_value_whole(tmp_path, value, cell):
    """Quotes, commas, line ends and nested values are one cell."""
    assert table(tmp_path / "t.csv", [{"a": value, "b": "x"}], columns=["a", "b"]) == [
        ["a", "b"],
        [cell, "x"],
    ]


def test_a_column_that_a_row_lacks_is_empty(tmp_path):
    """A row may lack columns, and further keys are left out."""
    assert table(tmp_path / "t.csv", [{"b": 1, "c": 2}], columns=["a", "b"])[1] == ["", "1"]


@given(st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_any_text_makes_a_sound_table(tmp_path_factory, pairs):
    """Any text stands in its own cell, at most an apostrophe before it."""
    path = tmp_path_factory.getbasetemp() / "table.csv"
    rows = [dict(zip("ab", pair, strict=True)) for pair in pairs]
    found = table(path, rows, columns=["a", "b"])[1:]
    for cells, pair in zip(found, pairs, strict=True):
        for cell, text in zip(cells, pair, strict=True):
            if text.isprintable():
                assert cell in (text, f"'{text}")
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", cell)
            assert not cell.startswith(("=", "@", "\t", "\r"))


def test_indented_files_are_not_records(tmp_path):
    """read_records reads what write_records wrote, a line at a time."""
    path = tmp_path / "file.jsonl"
    files.write_records(path, [{"a": "line\u2028separator\x85"}])
    assert json.loads(path.read_text(encoding="utf-8")) == files.read_records(path)[0]
