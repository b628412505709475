"""The decisions file: what a person may write into it, and one line for each fault."""

import csv
import json
from decimal import Decimal

import pytest
from crowdmake import files
from crowdmake.exceptions import UserError
from crowdmake.harvesting.views import REVIEW_COLUMNS
from crowdmake.reviewing.bonus_lines import Bonus, read_bonuses
from crowdmake.reviewing.decisions import Decision, path_of, read_decisions
from hypothesis import given
from hypothesis import strategies as st

KNOWN = {"3A": {}, "3B": {}, "3C": {}}
HEAD = "assignment_id,decision,feedback\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pilot.csv"


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_decisions(path, KNOWN)


def faults(path, content):
    with pytest.raises(UserError) as caught:
        read(path, content)
    return [line.removeprefix(f"{path}:") for line in caught.value.lines]


def test_there_need_not_be_a_file(tmp_path):
    """Without a file nothing is decided."""
    assert read_decisions(tmp_path / "none.csv", KNOWN) == {}
    assert str(path_of("pilot")) == "decisions/pilot.csv"


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_decisions_are_read_by_assignment(path, start, end):
    """Decisions are read with a byte order mark and any line end, in any case."""
    lines = [b"assignment_id,decision,feedback", b"3A,approve,", b' 3B , REJECTED ,"No, ""no"""']
    assert read(path, start + end.join(lines) + end) == {
        "3A": Decision("Approved", ""),
        "3B": Decision("Rejected", 'No, "no"'),
    }


def test_columns_may_stand_in_any_order_beside_others(path):
    """Further columns are left alone, wherever they stand, and feedback may be missing."""
    content = "row,decision,worker_id,assignment_id\n1,approve,W,3A\n2,,W,3B\n"
    assert read(path, content) == {"3A": Decision("Approved", "")}


def test_the_review_table_can_be_filled_in(path):
    """results/review's table, with decisions filled in, is read as a decisions file."""
    rows = [
        {
            "assignment_id": name,
            "decision": decision,
            "feedback": "Too short" if decision == "reject" else None,
            "reason": "label: 'c' is not one of ['a']",
            "row": 1,
            "worker_id": "=W",
            "answer": {"text": 'two\nlines, "quoted"' + "x" * size},
        }
        for name, decision, size in (("3A", "approve", 9), ("3B", "reject", 300_000), ("3C", "", 0))
    ]
    files.write_table(path, REVIEW_COLUMNS, rows)
    assert read_decisions(path, KNOWN) == {
        "3A": Decision("Approved", ""),
        "3B": Decision("Rejected", "Too short"),
    }


def test_what_is_not_decided_yet_is_passed_over(path):
    """A line without a decision is none, whatever else it holds."""
    assert read(path, HEAD + "3A,,maybe\n3Z, ,\n,,\n\n") == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("3A,aprove,", 'decision: found "aprove"; expected approve or reject'),
        ("3A,yes", 'decision: found "yes"; expected approve or reject'),
        ("3Z,approve,", 'assignment_id: found "3Z"; expected one of this batch\'s results'),
        (",approve,", 'assignment_id: found ""; expected one of this batch\'s results'),
        ("3a,approve,", 'assignment_id: found "3a"; expected one of this batch\'s results'),
        ("3A,reject,", "feedback: missing; expected a reason that the worker is told"),
        ("3A,reject", "feedback: missing; expected a reason that the worker is told"),
        ("3A,reject, \t ", "feedback: missing; expected a reason that the worker is told"),
        ("3A,approve,a\x07b", 'feedback: found "a\\u0007b"; expected at most 1024 characters, no'),
        ("3A,reject,a\x00b", 'feedback: found "a\\u0000b"; expected at most 1024 characters, no'),
        (f"3A,reject,{'x' * 1025}", 'feedback: found "xxx'),
        ("\x1b[31m,approve", 'assignment_id: found "\\u001b[31m"; expected one of this batch'),
    ],
)
def test_a_faulty_line_is_one_line(path, line, said):
    """A faulty line is one short printable line with its number, what was found and expected."""
    (fault,) = faults(path, HEAD + "3B,approve,\n" + line + "\n")
    assert fault.startswith(f"3: {said}")
    assert len(fault) < 160
    assert fault.isprintable()


@pytest.mark.parametrize(
    ("reader", "columns", "cell"),
    [
        (read_decisions, HEAD, "reject"),
        (read_bonuses, "assignment_id,bonus,bonus_reason\n", "0.10"),
    ],
)
def test_a_comma_without_quotes_is_a_fault(path, reader, columns, cell):
    """A text that a comma cuts off is told to nobody; empty cells behind the last are fine."""
    lines = f"3A,{cell},Sorry, but no\n3B,,,,\n3C,,, , x\n"
    path.write_text(columns + lines, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        reader(path, {name: {"status": "Approved"} for name in KNOWN})
    expected = "behind the last of 3 columns; expected quotes around a text that holds a comma"
    assert caught.value.lines == (
        f'{path}:2: found "but no" {expected}',
        f'{path}:4: found "x" {expected}',
    )


def test_all_faults_are_said_at_once(path):
    """Every fault of the file is said, two of one line too."""
    content = HEAD + "3Z,reject,\n3A,aprove,\n3B,approve,\n"
    assert [fault.split(": found")[0].split(": missing")[0] for fault in faults(path, content)] == [
        "2: assignment_id",
        "2: feedback",
        "3: decision",
    ]


def test_feedback_may_be_as_long_as_the_api_takes(path):
    """1,024 characters of feedback with line ends and letters of any language are fine."""
    feedback = "ñ\t\n" + "x" * 1021
    found = read(path, f'{HEAD}3A,reject,"{feedback}"\n')
    assert found == {"3A": Decision("Rejected", feedback)}


def test_the_same_decision_twice_is_one(path):
    """An assignment may stand twice with the same decision, not with different ones."""
    assert read(path, HEAD + "3A,approve,\n3A,Approved,\n") == {"3A": Decision("Approved", "")}
    assert faults(path, HEAD + "3A,approve,\n3B,approve,\n3A,reject,x\n") == [
        '4: assignment_id: "3A" stands twice with different decisions'
    ]
    assert len(faults(path, HEAD + "3A,reject,x\n3A,reject,y\n")) == 1


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("", ["assignment_id", "decision"]),
        ("\n\n", ["assignment_id", "decision"]),
        ("3A,approve,\n", ["assignment_id", "decision"]),
        ("assignment_id,feedback\n3A,\n", ["decision"]),
        ("assignment id,decision\n3A,approve\n", ["assignment_id"]),
    ],
)
def test_a_missing_column_is_one_line(path, content, missing):
    """A file without its columns, an empty one too, is a line per column."""
    assert faults(path, content) == [
        f"1: column {name}: missing, found {json.dumps(content.partition(chr(10))[0])};"
        " expected assignment_id, decision, feedback"
        for name in missing
    ]


@pytest.mark.parametrize(
    "content",
    [
        "assignment_id;decision;feedback\n3A;approve;Good, thanks\n",
        "assignment_id\tdecision\tfeedback\n3A\tapprove\tGood, thanks\n",
        'Assignment_ID , Decision,FEEDBACK\n3A,approve,"Good, thanks"\n',
    ],
)
def test_spreadsheets_habits_are_read(path, content):
    """Semicolons, tabs and capitals in the header, as spreadsheets write them, are read."""
    assert read(path, content) == {"3A": Decision("Approved", "Good, thanks")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD.encode() + b"3A,reject,caf\xe9\n", "2: not UTF-8; save the file as CSV in UTF-8"),
        (b"\xef\xbb\xbf" + HEAD.encode() + b"3A,approve,\n" * 3000 + b"\xff", "3002: not UTF-8; "),
        (b"\xff\xfea\x00", "1: not UTF-8; "),
        (HEAD.encode() + b'3A,reject,"open\n', "2: not CSV (unexpected end of data)"),
        (HEAD.encode() + b'3A,"reject"x,\n', "2: not CSV ("),
    ],
)
def test_a_file_that_is_no_csv_is_one_line(path, content, said):
    """A file in another encoding, or with an open quote, is one line with the line's number."""
    (fault,) = faults(path, content)
    assert fault.startswith(said)


@given(st.lists(st.lists(st.text(max_size=6), max_size=4), max_size=4), st.binary(max_size=20))
def test_any_file_is_decisions_or_lines(tmp_path_factory, rows, tail):
    """Whatever a decisions file holds, it is decisions or lines that name it, never a crash."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([["assignment_id", "decision", "feedback"], *rows])
    with path.open("ab") as file:
        file.write(tail)
    found, lines = {}, [f"{path}:"]
    try:
        found = read_decisions(path, KNOWN)
    except UserError as error:
        lines = list(error.lines)
    assert found.keys() <= KNOWN.keys()
    assert lines
    assert all(line.startswith(f"{path}:") for line in lines)


# Bonuses

APPROVED = {name: {"status": "Approved"} for name in KNOWN}
UNPAID = {"3S": {"status": "Submitted"}, "3R": {"status": "Rejected"}}
BONUS_HEAD = "assignment_id,bonus,bonus_reason,bonus_purpose\n"


def bonuses(path, content):
    path.write_text(content, encoding="utf-8")
    return read_bonuses(path, APPROVED | UNPAID)


def test_bonuses_are_read_beside_decisions(path):
    """A line may hold a decision, a bonus, or both; an empty bonus and one of nothing are none."""
    head = "assignment_id,decision,feedback,bonus,bonus_reason\n"
    lines = "3A,approve,,0.5,Careful\n3B,,,1, Fast \n3C,approve,,0.00,\n3C,,,,Nothing\n"
    assert bonuses(path, head + lines) == [
        Bonus("3A", "bonus", Decimal("0.5"), "Careful"),
        Bonus("3B", "bonus", Decimal(1), "Fast"),
    ]
    assert read(path, head + lines).keys() == {"3A", "3C"}


def test_a_file_of_bonuses_needs_no_decisions(path):
    """A file with bonuses alone decides nothing, and one with decisions alone pays nothing."""
    assert bonuses(path, BONUS_HEAD + "3A,1,Good,\n3A,1,Good,speed\n3A,1,Good,\n") == [
        Bonus("3A", "bonus", Decimal(1), "Good"),
        Bonus("3A", "speed", Decimal(1), "Good"),
    ]
    assert read(path, BONUS_HEAD + "3A,1,Good,\n") == {}
    assert bonuses(path, HEAD + "3A,approve,\n") == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("3A,$1,x,", 'bonus: found "$1"; expected US dollars with at most two decimals'),
        ("3A,-1,x,", 'bonus: found "-1"; expected US dollars'),
        ("3A,1.005,x,", 'bonus: found "1.005"; expected US dollars'),
        ("3A,nan,x,", 'bonus: found "nan"; expected US dollars'),
        ("3Z,1,x,", 'assignment_id: found "3Z"; expected one of this batch\'s results'),
        ("3S,1,x,", 'assignment_id: "3S" is submitted; expected an approved one: `snakemake'),
        ("3R,1,x,", 'assignment_id: "3R" is rejected; expected an approved one: `snakemake'),
        ("3A,1,,", "bonus_reason: missing; expected a reason that the worker is told"),
        (f"3A,1,{'x' * 4097},", 'bonus_reason: found "xxx'),
        (f"3A,1,x,{'x' * 65}", 'bonus_purpose: found "xxx'),
        ("3B,3,x,", 'assignment_id: "3B" stands twice with different bonuses for "bonus"'),
    ],
)
def test_a_faulty_bonus_is_one_line(path, line, said):
    """A faulty bonus is one short printable line with its number, what was found and expected."""
    with pytest.raises(UserError) as caught:
        bonuses(path, f"{BONUS_HEAD}3B,2,x,\n{line}\n")
    (fault,) = caught.value.lines
    assert fault.startswith(f"{path}:3: {said}")
    assert fault.isprintable()
