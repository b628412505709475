"""Stage files as pure functions of what the ledgers say and of the input as it is now."""

import csv
import json
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from crowdmake import files
from crowdmake.configuration.config import STATUSES
from crowdmake.harvesting import views
from crowdmake.harvesting.progress import differences, dump_progress, progress, progress_line
from crowdmake.inputs.rows import Row
from crowdmake.ledgers.batches import Batch
from ledger_events import assignment, created, decided

NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/"
    "QuestionFormAnswers.xsd"
)
ROWS = [Row("A", 1, 1, {"text": "a"}), Row("B", 2, 3, {"text": "b"}), Row("C", 3, 4, ["c"])]


def xml(**fields):
    answers = "".join(
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>"
        f"<FreeText>{escape(value)}</FreeText></Answer>"
        for name, value in fields.items()
    )
    return f'<QuestionFormAnswers xmlns="{NAMESPACE}">{answers}</QuestionFormAnswers>'


@pytest.fixture
def batch(tmp_path):
    """Return a batch of which B and A, in this order, were launched."""
    batch = Batch("pilot", "local", tmp_path)
    batch.money.append(created("B"), created("A"))
    batch.answers.append(
        *({"event": "row", "key": row.key, "row": row.number, "input": row.value} for row in ROWS)
    )
    return batch


def results(batch, rows=ROWS):
    return list(views.assignments("pilot", batch.read(), rows))


# The manifest


def test_the_manifest_stands_in_input_order(batch):
    """The manifest has a line per HIT, in input order, with the columns of the contract."""
    first, second = views.manifest(batch.read(), ROWS)
    assert list(first) == [
        "key",
        "row",
        "hit_id",
        "hit_type_id",
        "hit_group_id",
        "max_assignments",
        "reward",
        "creation_time",
        "expiration",
    ]
    assert [(each["key"], each["row"]) for each in (first, second)] == [("A", 1), ("B", 2)]


def test_rows_that_left_the_input_stand_last_and_are_marked(batch):
    """A HIT whose row is no longer in the input keeps its line, last, with row null."""
    found = list(views.manifest(batch.read(), [Row("A", 1, 1, {}), Row("D", 2, 2, {})]))
    assert [(each["key"], each["row"]) for each in found] == [("A", 1), ("B", None)]


# Results


def test_a_result_holds_input_answers_and_output(batch):
    """A result has the row's input, every submitted field, and the page's own JSON parsed."""
    answer = xml(output='{"labels": [1]}', comment="¿Sí? <b>\n")
    batch.answers.append(assignment("A", "3X", answer=answer))
    (found,) = results(batch)
    assert list(found) == [
        "batch",
        "key",
        "row",
        "input",
        "hit_id",
        "assignment_id",
        "worker_id",
        "status",
        "accept_time",
        "submit_time",
        "seconds",
        "answers",
        "output",
    ]
    assert (found["batch"], found["row"], found["input"]) == ("pilot", 1, {"text": "a"})
    assert found["answers"] == {"output": '{"labels": [1]}', "comment": "¿Sí? <b>\n"}
    assert found["output"] == {"labels": [1]}
    assert found["seconds"] == 60


def test_only_the_chosen_statuses_are_shown(batch):
    """Results show the configured statuses; the ledgers keep what they do not show."""
    batch.answers.append(
        *(assignment("A", f"3{status}", status=status) for status in STATUSES),
    )
    chosen = ["Submitted", "Approved"]
    found = list(views.assignments("pilot", batch.read(), ROWS, chosen))
    assert [each["status"] for each in found] == ["Approved", "Submitted"]
    assert len(results(batch)) == len(batch.read().assignments()) == 3


@pytest.mark.parametrize("text", ["not JSON", "", "[" * 100_000, "7" * 5000])
def test_an_output_that_is_no_json_is_null_and_kept_as_answer(batch, text):
    """A field `output` that cannot be parsed gives null, and the field stays as submitted."""
    batch.answers.append(assignment("A", "3X", answer=xml(output=text)))
    (found,) = results(batch)
    assert (found["answers"], found["output"]) == ({"output": text}, None)


@pytest.mark.parametrize("answer", ["<QuestionForm", "nonsense", "<!DOCTYPE x><x/>", "<a/>"])
def test_an_answer_that_cannot_be_read_is_kept_raw_and_said(batch, answer):
    """An answer that is no readable XML stands raw in the results and is reported."""
    batch.answers.append(assignment("A", "3X", answer=answer), assignment("A", "3Y", answer=xml()))
    first, second = results(batch)
    assert (first["answers"], first["output"], first["raw"]) == (None, None, answer)
    assert "raw" not in second
    assert views.unreadable_lines("pilot", batch.read()) == [
        "pilot: 1 answer cannot be read and stand raw: 3X"
    ]


def test_nothing_is_said_where_every_answer_can_be_read(batch):
    """Sound answers, an empty one too, are no matter for a message."""
    batch.answers.append(assignment("A", "3X", answer=xml(a="b")), assignment("A", "3Y"))
    assert views.unreadable_lines("pilot", batch.read()) == []
    assert [each["answers"] for each in results(batch)] == [{"a": "b"}, {}]


def test_results_stand_in_input_order_then_in_that_of_submission(batch):
    """Results follow the input, whatever the order of launching and of fetching."""
    batch.answers.append(
        assignment("B", "3P"),
        assignment("A", "3R", submitted="2026-11-22T11:00:00Z"),
        assignment("A", "3Q", submitted="2026-11-22T12:00:00Z"),
    )
    assert [each["assignment_id"] for each in results(batch)] == ["3R", "3Q", "3P"]
    swapped = [Row("B", 1, 1, {}), Row("A", 2, 2, {})]
    assert [each["assignment_id"] for each in results(batch, swapped)] == ["3P", "3R", "3Q"]


def test_answers_to_a_row_that_was_removed_keep_its_input(batch):
    """The answers to a removed row stand last, marked, with the input as it was launched."""
    batch.answers.append(assignment("A", "3X"), assignment("B", "3Y"))
    found = results(batch, ROWS[1:])
    assert [(each["key"], each["row"], each["input"]) for each in found] == [
        ("B", 2, {"text": "b"}),
        ("A", None, {"text": "a"}),
    ]


# Decisions, deletions, review


def test_receipts_of_decisions_are_told_apart(batch):
    """Approvals and rejections are a line each with worker, reward, fee and time."""
    batch.answers.append(assignment("A", "3X"), assignment("B", "3Y"))
    batch.money.append(decided("B", "3Y"), decided("A", "3X", "Rejected"), decided("A", "3Z"))
    first, second = views.decided(batch.read(), "Approved")
    assert list(first) == [
        "assignment_id",
        "hit_id",
        "worker_id",
        "decision",
        "feedback",
        "reward",
        "fee",
        "time",
    ]
    assert [(each["assignment_id"], each["worker_id"]) for each in (first, second)] == [
        ("3Y", "AW"),
        ("3Z", None),
    ]
    (rejected,) = views.decided(batch.read(), "Rejected")
    assert (rejected["assignment_id"], rejected["decision"]) == ("3X", "Rejected")


def test_deletion_receipts_name_the_deleted_only(batch):
    """A deletion receipt holds the answers' fingerprint; what is left has none."""
    receipt = {"event": "deleted", "key": "A", "hit_id": "3A", "assignments": 2}
    batch.money.append(receipt | {"assignments_sha256": "f00"})
    (found,) = views.deletions(batch.read())
    assert list(found) == ["key", "hit_id", "assignments", "assignments_sha256", "time"]
    assert (found["hit_id"], found["assignments"]) == ("3A", 2)


def test_the_review_table_lists_what_is_left_with_its_reason(batch):
    """The review table has a row per undecided assignment with reason and answer."""
    batch.answers.append(
        assignment("B", "3Y", answer="broken"), assignment("A", "3X", answer=xml(a="b"))
    )
    left = {"3X": "no label", "3Y": "cannot be read"}
    first, second = views.review_table(batch.read(), left, ROWS[1:])
    assert first == {
        "assignment_id": "3Y",
        "reason": "cannot be read",
        "row": 2,
        "worker_id": "AW",
        "answer": "broken",
    }
    assert (second["row"], second["answer"]) == (None, {"a": "b"})
    assert first.keys() <= set(views.REVIEW_COLUMNS)
    assert list(views.review_table(batch.read(), {}, ROWS)) == []


# Progress and differences


def test_progress_counts_rows_hits_and_assignments(batch, tmp_path):
    """Progress counts everything once and says it in one line."""
    batch.answers.append(
        assignment("A", "3X"), assignment("A", "3Y", "Approved"), assignment("B", "3Z", "Rejected")
    )
    batch.money.append({"event": "closed", "hit_id": "3A"})
    numbers = progress("pilot", batch.read(), ROWS, "2026-11-22T12:00:00Z")
    assert numbers == {
        "batch": "pilot",
        "time": "2026-11-22T12:00:00Z",
        "complete": False,
        "hits": 2,
        "hits_open": 1,
        "hits_unsure": 0,
        "hits_full": 1,
        "hits_deleted": 0,
        "assignments_wanted": 4,
        "submitted": 1,
        "approved": 1,
        "rejected": 1,
        "archived": 0,
        "rows_not_launched": 1,
    }
    assert progress_line(numbers) == (
        "pilot: 3 of 4 assignments of 2 HITs, 1 HIT open; 1 undecided, 1 approved, 1 rejected;"
        " 0 HITs deleted; 1 row not launched"
    )
    path = tmp_path / "results" / "progress.json"
    dump_progress(path, numbers)
    assert json.loads(path.read_text()) == numbers


def test_a_complete_batch_says_so(batch):
    """A batch whose every HIT is closed is called complete."""
    batch.money.append(*({"event": "closed", "hit_id": f"3{key}"} for key in "AB"))
    numbers = progress("pilot", batch.read(), ROWS[:2], "t")
    assert numbers["complete"]
    assert "2 HITs, complete; " in progress_line(numbers)
    assert "not launched" not in progress_line(numbers)


def test_an_input_as_it_was_launched_differs_in_nothing(batch):
    """Nothing is said where every row has its HIT and every HIT its row."""
    assert differences("pilot", batch.read(), ROWS[:2]) == []


def test_rows_without_a_hit_are_said_with_the_command(batch):
    """Appended rows are counted, numbered, and the command that launches them named."""
    rows = [*ROWS, Row("D", 4, 9, {})]
    assert differences("pilot", batch.read(), rows) == [
        "pilot: 2 rows not launched (3, 4): `snakemake launch` puts them up"
    ]


def test_an_edited_row_is_said_with_the_command_that_expires_its_hit(batch):
    """A launched row that is gone is said with its old number and the command."""
    lines = differences("pilot", batch.read(), ROWS[1:2])
    assert lines == [
        "pilot: row 1 was edited or removed after launch, its HIT 3A is still open:"
        " `snakemake delete --config expire=true hit=3A` expires it"
    ]


def test_interrupted_calls_are_said(batch):
    """A call whose outcome is not known is said with what settles it, until it is."""
    batch.money.append({"event": "create_intent", "key": "Z", "token": "t"})
    (line,) = (x for x in differences("pilot", batch.read(), ROWS) if "interrupted" in x)
    assert line.startswith("pilot: interrupted before the market's answer: 1 call, which may have")
    batch.money.append(created("Z"))
    assert not any("interrupted" in x for x in differences("pilot", batch.read(), ROWS))


@pytest.mark.parametrize("event", ["closed", "deleted"])
def test_a_removed_row_whose_hit_is_over_is_not_said(batch, event):
    """A removed row is no matter once its HIT takes no more work."""
    batch.money.append({"event": event, "key": "A", "hit_id": "3A"})
    assert differences("pilot", batch.read(), ROWS[1:2]) == []


# The merged files


def merged(folder: Path, *batches):
    parts = []
    for name, records in batches:
        parts.append(folder / f"{name}.jsonl")
        files.write_records(parts[-1], records)
    lines, table = folder / "results.jsonl", folder / "results.csv"
    count = views.merge(parts, lines, table)
    with table.open(encoding="utf-8", newline="") as file:
        return count, files.read_records(lines), list(csv.DictReader(file, strict=True))


def record(answers, row=1, **more):
    return {
        "batch": "pilot",
        "key": "A",
        "row": row,
        "input": {"text": "a"},
        "hit_id": "3A",
        "assignment_id": "3X",
        "worker_id": "AW",
        "status": "Submitted",
        "accept_time": "t",
        "submit_time": "t",
        "answers": answers,
        "output": None,
    } | more


def test_batches_are_merged_with_a_column_per_field(tmp_path):
    """Merged results hold every batch's lines and a CSV column for each field of any."""
    count, lines, table = merged(
        tmp_path, ("a", [record({"x": "1"})]), ("b", [record({"y": "2"}, input="plain")])
    )
    assert count == len(lines) == len(table) == 2
    assert [(row["answers.x"], row["answers.y"]) for row in table] == [("1", ""), ("", "2")]
    assert [(row["input.text"], row["input"]) for row in table] == [("a", ""), ("", "plain")]
    assert list(table[0])[:3] == ["batch", "key", "row"]


def test_no_batch_makes_empty_files(tmp_path):
    """Without any result the merged files are there, the CSV with its header."""
    assert merged(tmp_path) == (0, [], [])
    assert (tmp_path / "results.csv").read_text().startswith("batch,key,row,hit_id")


def test_hostile_fields_and_values_reach_a_spreadsheet_as_text(tmp_path):
    """Formulas in answers, field names and raw answers are escaped in the merged table."""
    answers = {"=cmd()": "=1+1", "n": "-3"}
    _, lines, table = merged(tmp_path, ("a", [record(answers), record(None, raw="=2+2", row=None)]))
    assert lines[0]["answers"] == answers
    assert table[0]["answers.=cmd()"] == "'=1+1"
    assert table[0]["answers.n"] == "-3"
    assert (table[1]["raw"], table[1]["row"], table[1]["answers"]) == ("'=2+2", "", "")


def test_fields_with_similar_names_keep_their_own_columns(tmp_path):
    """Fields whose names end in dots, or are empty, hide no other field."""
    answers = {"x": "1", "x.": "2", "x..": "3", "": "4"}
    (row,) = merged(tmp_path, ("a", [record(answers)]))[2]
    assert {row[f"answers.{name}"] for name in answers} == {"1", "2", "3", "4"}
