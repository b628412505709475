"""Projects of the Requester site become experiments."""

import csv
import io
import json
import re
import tempfile
from pathlib import Path

import pytest
from crowdmake.configuration.config import read_config
from crowdmake.exceptions import UserError
from crowdmake.projects.placeholders import jinja_page, protected
from crowdmake.projects.tables import read_table
from crowdmake.projects.times import utc
from crowdmake.rendering.escaping import bad_character
from crowdmake.rendering.renderer import Renderer
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from unit.projects_kit import Imported, project

PAGE = """<!DOCTYPE html><html><head><title>Label it</title></head><body>
<p id="text">${text}</p><img src="${image}" alt=${text}>
<script>var t = "${text}"; var s = 'a ' + 'it: ${text}!'; var n = ${number};</script>
<input name="label"></body></html>
"""
ROWS = [
    {"text": "one", "image": "https://example.org/1.png", "number": "1"},
    {"text": 'two "quoted",\nlines <b>', "image": "https://example.org/2.png", "number": "2"},
    {"text": "three", "image": "https://example.org/3.png", "number": "3"},
]


def table(rows, **options):
    """Return rows as CSV."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys(), **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def batch(*assignments):
    """Return a Batch CSV; an assignment is the HIT's id, its own, the row and the answers."""
    return table(
        [
            {
                "HITId": hit, "HITTypeId": "3T", "Title": "Label a text", "Description": "Do it.",
                "Keywords": "label", "Reward": "$0.12", "MaxAssignments": "3",
                "AssignmentDurationInSeconds": "900", "AutoApprovalDelayInSeconds": "3600",
                "AssignmentId": name, "WorkerId": f"W{name}", "AssignmentStatus": "Approved",
                "AcceptTime": "Tue Nov 03 09:10:00 PST 2020",
                "SubmitTime": "Tue Nov 03 09:12:45 PST 2020",
            }
            | {f"Input.{key}": value for key, value in row.items()}
            | {f"Answer.{key}": value for key, value in answers.items()}
            | {"Approve": "", "Reject": ""}
            for hit, name, row, answers in assignments
        ],
        quoting=csv.QUOTE_ALL,
    )  # fmt: skip


def site(tmp_path, **files):
    """Return a small project."""
    return project(tmp_path / "site", {"page.html": PAGE, "input.csv": table(ROWS)} | files)


def test_a_project(tmp_path):
    """Page and table become template and rows that render; the page gets the form it had."""
    made = Imported(site(tmp_path))
    assert made.report.to_mend == []
    assert made.rows("input") == ROWS
    text = made.text("hit_templates/page.html")
    assert '<p id="text">{{ text }}</p><img src="{{ image }}" alt="{{ text }}">' in text
    assert "var t = ({{ text|tojson }}); var s = 'a ' + ('it: ' + {{ text|tojson }} + '!');" in text
    assert "var n = JSON.parse({{ number|tojson }});" in text
    assert text.count("<form") == 1
    assert 'name="assignmentId"' in text
    assert "page.html: has no form; one was put around it, as the site did" in made.report.changed
    assert any("text hold markup" in line for line in made.report.changed)


def test_earlier_batches(tmp_path):
    """Rows of a Batch CSV are closed with their answers; the properties come from it."""
    done = batch(
        ("3B", "A1", ROWS[1], {"label": "x", "other": ""}),
        ("3B", "A2", ROWS[1], {"label": "multi\nline", "other": "1|2"}),
    )
    made = Imported(site(tmp_path, **{"Batch_1_batch_results.csv": done}))
    assert made.closed("input") == [2]
    first, second = made.hits("input")["3B"]
    assert first["fields"] == {"label": "x", "other": ""}
    assert second["fields"]["label"] == "multi\nline"
    assert (first["status"], first["submit_time"]) == ("Approved", "2020-11-03T17:12:45Z")
    assert first["source"] == "Batch_1_batch_results.csv:2"
    properties = read_config(made.folder / "config/config.yaml")["hit"]["properties"]
    assert {"Title": "Label a text", "Reward": "0.12", "MaxAssignments": 3}.items() <= (
        properties.items()
    )


def test_batches_without_their_input(tmp_path):
    """HITs of rows that no input has become a batch of their own, and equal rows one each."""
    done = batch(("3B", "A1", ROWS[0], {"a": "1"}), ("3C", "A2", ROWS[0], {"a": "2"}))
    made = Imported(site(tmp_path, **{"Batch_1_batch_results.csv": done}))
    assert made.closed("input") == [1]
    assert made.rows("Batch_1_batch_results") == [ROWS[0]]
    assert made.closed("Batch_1_batch_results") == [1]


@pytest.mark.parametrize(
    "options", [{"delimiter": ";"}, {"delimiter": "\t"}, {"lineterminator": "\n"}]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_dialects_of_tables(tmp_path, options, mark):
    """Other separators and line ends and a byte order mark change no cell."""
    made = Imported(site(tmp_path, **{"input.csv": mark + table(ROWS, **options)}))
    assert made.rows("input") == ROWS


def test_what_spreadsheets_add(tmp_path):
    """A line `sep=;`, columns without a name, lines without a cell and UTF-16 change no row."""
    text = "sep=;\r\ntext;image;number;;\r\n1;2;3;;\r\n;;;;\r\n"
    made = Imported(site(tmp_path, **{"input.csv": text.encode("utf-16")}))
    assert made.rows("input") == [{"text": "1", "image": "2", "number": "3"}]
    assert "input.csv: lines of empty cells were passed over: 4" in made.report.changed


def test_tables_separated_by_tabs(tmp_path):
    """A table may be called .tsv."""
    files = {"page.html": PAGE, "input.tsv": table(ROWS, delimiter="\t")}
    made = Imported(project(tmp_path / "site", files))
    assert made.rows("input") == ROWS


def test_the_same_batch_twice(tmp_path):
    """An assignment that two exports tell of stands once, as it was decided; no row is closed twice."""
    late = batch(("3B", "A1", ROWS[1], {"label": "x"}), ("3B", "A2", ROWS[1], {"label": "y"}))
    early = late.replace("Approved", "Submitted")
    made = Imported(site(tmp_path, **{"B (1).csv": late, "B.csv": early}))
    assert made.closed("input") == [2]
    assert sorted(made.hits("input")) == ["3B"]
    assert [done["status"] for done in made.hits("input")["3B"]] == ["Approved", "Approved"]


def test_chosen_tables(tmp_path):
    """`--input` chooses among inputs only: earlier results are still taken, and the reverse."""
    done = batch(("3B", "A1", ROWS[1], {"label": "x"}))
    root = site(tmp_path, **{"more.csv": table(ROWS[:1]), "B.csv": done})
    made = Imported(root, inputs=(root / "input.csv",))
    assert (made.closed("input"), "more.csv" in made.report.left) == ([2], True)
    other = Imported(
        site(tmp_path / "x", **{"B.csv": done, "C.csv": done}), results=(Path("C.csv"),)
    )
    assert (other.closed("input"), other.report.left) == ([2], ["B.csv"])
    with pytest.raises(
        UserError, match=r"more\.csv: found no columns AssignmentId, HITId, WorkerId"
    ):
        Imported(site(tmp_path / "y"), results=(root / "more.csv",))


def test_rows_that_were_edited(tmp_path):
    """Results of a row that no input has as it was are said to leave the input's rows open."""
    done = batch(("3B", "A1", ROWS[1] | {"number": "2.0"}, {"label": "x"}))
    made = Imported(site(tmp_path, **{"B.csv": done}))
    assert made.closed("input") == []
    assert any("would be launched again" in line for line in made.report.not_understood)


def test_names_that_differ_in_case(tmp_path):
    """A placeholder that is a column but for its case is named with that column."""
    made = Imported(site(tmp_path, **{"page.html": "<form>${Text}<input name=a></form>"}))
    assert any(
        line.startswith("page.html:1: ${Text} is no column") and "did you mean text?" in line
        for line in made.report.not_understood
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('a,b\n"x\ny",2\n3\n', "input.csv:4: found 1 cell; expected 2"),
        ("a,a\n1,2\n", 'input.csv:1: column "a": stands twice'),
        ('a,b\n1,"2\n', "input.csv:2: not CSV"),
        ("a,b\n", "input.csv: has no rows"),
        ("", "input.csv: is empty"),
        (b"a,b\n1,\xe9\n", "input.csv:2: not UTF-8"),
    ],
)
def test_tables_that_are_refused(tmp_path, content, said):
    """A table that cannot be read without guessing is refused by its line."""
    with pytest.raises(UserError, match=re.escape(said)):
        Imported(site(tmp_path, **{"input.csv": content}))
    assert not (tmp_path / "site-made").exists()


def test_what_is_not_understood(tmp_path):
    """Placeholders without a column and those in places for code are named by their line."""
    page = (
        "<html><head><title>t</title></head><body><form><input name=a></form>\n"
        "<p>${missing}</p>\n<a onclick=\"go('${text}')\">x</a>\n"
        "<script>let u = `${local} and more`;</script></body></html>"
    )
    made = Imported(site(tmp_path, **{"page.html": page}))
    said = "\n".join(made.report.not_understood)
    assert "page.html:2: ${missing} is no column of the input; it stays as it is" in said
    assert "page.html:3: ${text} stands in the code of the attribute onclick" in said
    assert "page.html:4: ${local} is no column of the input" in said
    assert any("hit_templates/page.html:3" in line for line in made.report.to_mend)


@pytest.mark.parametrize("name", ["if", "a b", "input", "ñ", 'x"y', "range", "1st", "self"])
def test_names_of_columns(name):
    """A column may be called anything: what is no name in Jinja2 is looked up in the row."""
    template = jinja_page(f"<p>${{{name}}}</p>", [name]).text
    page = _rendered(template, {name: "value"})
    assert LexborHTMLParser(page).css_first("p").text() == "value"


def _rendered(template, row):
    """Return the page of a template that need not stand in a project."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(template, encoding="utf-8", newline="")
        return Renderer(path, []).page(row)


@given(st.text(st.sampled_from("{}%# \n-+ab$rawend"), max_size=30))
def test_literal_text_stays(text):
    """Whatever of Jinja2's own marks a page holds as text, it is printed as it is."""
    page = _rendered(f"<pre>\n|{protected(text)}</pre>", {})
    assert page == f"<pre>\n|{text}</pre>"


@given(
    st.text(st.sampled_from("{}%#$a "), max_size=12),
    st.text(st.sampled_from("{}%#$a "), max_size=12),
)
def test_text_around_a_placeholder_stays(before, after):
    """Braces that touch a placeholder are still text, whatever they are."""
    page = f"<p>|{before}${{name}}{after}|</p>"
    if page.count("${") == 1 and "${name}" in page:
        shown = LexborHTMLParser(_rendered(jinja_page(page, ["name"]).text, {"name": "N"}))
        assert shown.css_first("p").text() == f"|{before}N{after}|"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=80)
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_any_cell_survives(tmp_path_factory, cells):
    """Any text in a cell comes out of the page's text and script as it went in, or is refused."""
    page = '<html><head><title>t</title></head><body><form><p>${text}</p></form><script>var t = "${text}";</script></body></html>'
    rows = [{"text": cell, "n": "1"} for cell in cells]
    files = {"page.html": page, "input.csv": table(rows)}
    made = Imported(site(tmp_path_factory.mktemp("any"), **files))
    assert [row["text"] for row in made.rows("input")] == cells
    renderer = Renderer(made.folder / "hit_templates/page.html", [])
    for row in made.rows("input"):
        if bad := bad_character(row["text"]):
            assert any(f"holds {bad}, which a page cannot hold" in x for x in made.report.to_mend)
        else:
            shown = LexborHTMLParser(renderer.page(row))
            assert shown.css_first("p").text() == row["text"]
            code = shown.css_first("script").text()
            assert json.loads(code.removeprefix("var t = (").removesuffix(");")) == row["text"]


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_tables_keep_every_character(rows):
    """A table that was written with quotes where it needs them is read back as it was."""
    written = table([{"a": a, "b": b} for a, b in rows], quoting=csv.QUOTE_ALL)
    assert [(row["a"], row["b"]) for _, row in read_table(written, "t").lines] == rows


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tue Nov 03 09:12:45 PST 2020", "2020-11-03T17:12:45Z"),
        ("Tue Jun 02 09:12:45 PDT 2020", "2020-06-02T16:12:45Z"),
        ("2020-01-02 03:04:05-08:00", "2020-01-02T11:04:05Z"),
        ("2015-11-20T22:41:05Z", "2015-11-20T22:41:05Z"),
        ("2015-11-20T22:41:05", None),
        ("Tue Jun 02 09:12:45 CEST 2020", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times(written, read):
    """Times of known zones become UTC; others are none."""
    assert utc(written) == read
