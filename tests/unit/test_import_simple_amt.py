"""simple-amt's checkouts become experiments."""

import json
import re

import pytest
from crowdmake.exceptions import UserError
from crowdmake.projects import simple_amt_pages
from crowdmake.rendering.renderer import Renderer
from hypothesis import event, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from unit.projects_kit import Imported, project

PAGE = """{% include "simpleamt.html" %}
<p id="text"></p><form id="f"><button id="submit-btn">Submit</button></form>
<script>const input = simpleamt.getInput({text: "none"}); simpleamt.setupSubmit();</script>
"""
PROPERTIES = {
    "Title": "Label", "Description": "Label a text.", "Keywords": "a, b", "Reward": 0.05,
    "FrameHeight": 600, "MaxAssignments": 2, "LifetimeInSeconds": 3600,
    "AssignmentDurationInSeconds": 600, "AutoApprovalDelayInSeconds": 600,
}  # fmt: skip
HELPER = "<script id='input'>{{ input }}</script><script>var simpleamt = {};</script>"
ROWS = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
IDS = [f"3{'A' * 28}{n}" for n in range(4)]


def result(hit_id, name, output, **more):
    return {
        "assignment_id": name,
        "hit_id": hit_id,
        "worker_id": f"W{name}",
        "output": output,
    } | more


def checkout(tmp_path, **files):
    """Return a small checkout, with ``files`` in place of or beside its own."""
    return project(
        tmp_path / "checkout",
        {
            "simpleamt.py": "import boto3\n",
            "hit_templates/simpleamt.html": HELPER,
            "hit_templates/label.html": PAGE,
            "hit_properties/label.json": PROPERTIES,
            "run/rows.txt": ROWS,
        }
        | files,
    )


@pytest.fixture(autouse=True)
def _original(monkeypatch):
    """Take the small helper of these tests for simple-amt's own."""
    monkeypatch.setattr(simple_amt_pages, "ORIGINALS", {simple_amt_pages.digest(HELPER)})


def test_a_plain_checkout(tmp_path):
    """Template, properties and input are taken as they are, and render without a fault."""
    made = Imported(checkout(tmp_path))
    assert made.report.to_mend == []
    assert made.text("hit_templates/label.html") == PAGE
    assert json.loads(made.text("hit_properties/label.json")) == PROPERTIES
    assert made.rows("rows") == ROWS
    assert made.closed("rows") == []
    assert not (made.folder / "hit_templates/simpleamt.html").exists()
    assert "hit_templates/label.html:1: simpleamt.html is Crowdmake's own" in made.text("IMPORT.md")


@pytest.mark.parametrize(
    "properties",
    [
        {"title": "Label", "description": "D", "reward": 0.05, "duration": 600, "country": "US"},
        {"Title": "Label", "description": "D", "Reward": "0.05", "max_assignments": 3},
        PROPERTIES | {"Country": ["US", "US-CA"]},
    ],
)
def test_dialects_of_properties(tmp_path, properties):
    """Both dialects of the properties, mixed in one file too, and places of both kinds are taken."""
    made = Imported(checkout(tmp_path, **{"hit_properties/label.json": properties}))
    assert made.report.to_mend == []


def test_duplicate_keys(tmp_path):
    """Properties with a key that stands twice are taken, and named as to be mended."""
    text = '{"Title": "a",\n "Title": "b", "Description": "D", "Reward": "0.05"}'
    made = Imported(checkout(tmp_path, **{"hit_properties/label.json": text}))
    assert "hit_properties/label.json" in made.report.to_mend[0]
    assert "Title" in made.report.to_mend[0]


def test_at_least(tmp_path):
    """What HitsApproved and PercentApproved mean now is said."""
    properties = PROPERTIES | {"HitsApproved": 100, "PercentApproved": 95}
    made = Imported(checkout(tmp_path, **{"hit_properties/label.json": properties}))
    assert [line for line in made.report.changed if "means at least" in line] == [
        "hit_properties/label.json: HitsApproved 100 means at least; simple-amt asked for more than"
        " that",
        "hit_properties/label.json: PercentApproved 95 means at least; simple-amt asked for more"
        " than that",
    ]


def test_keys_are_never_copied(tmp_path):
    """A file with AWS keys is named, and nothing of it is anywhere in the experiment."""
    key = "AKIA" + "Q" * 16
    keys = {"aws_access_key": key, "aws_secret_key": "hush"}
    made = Imported(checkout(tmp_path, **{"config.json": keys}))
    assert any(line.startswith("config.json: holds AWS keys") for line in made.report.left)
    content = b"".join(path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    assert key.encode() not in content
    assert b"hush" not in content


@pytest.mark.parametrize("name", ["hit_templates/label.html", "run/rows.txt"])
def test_a_key_in_what_is_taken(tmp_path, name):
    """A key within the template or the input is refused, and nothing is written."""
    root = checkout(tmp_path)
    path = root / name
    path.write_text(path.read_text() + '{"a": "AKIA' + "Q" * 16 + '"}', encoding="utf-8")
    with pytest.raises(UserError, match=f"not looked into, for AWS keys: {name}"):
        Imported(root)
    assert not (tmp_path / "checkout-made").exists()


def test_results_are_final(tmp_path):
    """Rows with a HIT are closed, their answers kept with worker, time, output and their line."""
    files = {
        "run/hit_ids.txt": "\n".join(IDS[:2]) + "\n\n",
        "run/results.txt": [
            result(IDS[1], "B1", {"l": "ñ"}, submit_time="2020-01-02 03:04:05-08:00"),
            result(IDS[1], "B2", None),
        ],
    }
    made = Imported(checkout(tmp_path, **files))
    assert made.closed("rows") == [1, 2]
    assert made.hits("rows")[IDS[0]] == []
    first, second = made.hits("rows")[IDS[1]]
    assert first["worker_id"] == "WB1"
    assert first["submit_time"] == "2020-01-02T11:04:05Z"
    assert json.loads(first["fields"]["output"]) == {"l": "ñ"}
    assert (first["source"], second["source"]) == ("run/results.txt:1", "run/results.txt:2")
    assert first["status"] == "Archived"
    assert not (made.folder / "state/rows/ledger.jsonl").exists()


def test_results_as_an_array(tmp_path):
    """The older versions' results, one JSON array, are taken alike."""
    array = json.dumps([result(IDS[0], "B1", 1), result(IDS[0], "B2", 2)])
    files = {"run/hit_ids.txt": IDS[0], "run/results.json": array}
    made = Imported(checkout(tmp_path, **files))
    assert [each["source"] for each in made.hits("rows")[IDS[0]]] == [
        "run/results.json[1]",
        "run/results.json[2]",
    ]


def test_results_without_known_rows(tmp_path):
    """Where nobody knows which row had which HIT, no row is launched and every answer is kept."""
    made = Imported(checkout(tmp_path, **{"run/results.txt": [result(IDS[3], "B1", 1)]}))
    assert made.closed("rows") == [1, 2, 3]
    assert len(made.hits("rows")[IDS[3]]) == 1
    assert "which row has which HIT" in made.report.not_understood[0]


def test_more_ids_than_rows(tmp_path):
    """A file of ids that cannot be this input's closes all rows and keeps the ids."""
    made = Imported(checkout(tmp_path, **{"run/hit_ids.txt": "\n".join(IDS)}))
    assert made.closed("rows") == [1, 2, 3]
    assert set(IDS) < set(made.hits("rows"))


def test_an_id_that_was_lost(tmp_path):
    """Where results tell of a HIT that the ids lack, rows without an id are not launched either."""
    files = {
        "run/hit_ids.txt": "\n".join(IDS[:2]),
        "run/results.txt": [result(IDS[0], "B1", 1), result(IDS[2], "B2", 2)],
    }
    made = Imported(checkout(tmp_path, **files))
    assert made.closed("rows") == [1, 2, 3]
    assert any("rows 3 may be those of" in line for line in made.report.not_understood)


def test_several_of_a_kind(tmp_path):
    """Several templates are named until an option chooses; the others are reported as left."""
    root = checkout(
        tmp_path,
        **{
            "hit_templates/other.html": "<p>{{ input }}</p>",
            "hit_properties/other.json": PROPERTIES,
            "run/more.txt": ROWS[:1],
        },
    )
    with pytest.raises(UserError, match=r"found several of template: .*; name one with --template"):
        Imported(root)
    template = root / "hit_templates/other.html"
    with pytest.raises(UserError, match=r"found several of input: .*; name one with --input"):
        Imported(root, template=template)
    inputs = (root / "run/rows.txt", root / "run/more.txt")
    made = Imported(root, template=template, inputs=inputs)
    assert (len(made.rows("rows")), len(made.rows("more"))) == (3, 1)
    assert "hit_properties/other.json" in made.text("config/config.yaml")
    assert {"hit_templates/label.html", "hit_properties/label.json"} <= set(made.report.left)


HABITS = {
    "raw": "<p>{% raw %}{{ mustache }}{% endraw %} {{ input }}</p>",
    "safe": "<script>const row = {{ input|safe }};</script>",
    "quoted attribute": "<div data-row='{{ input }}'></div><div data-row=\"{{ input }}\"></div>",
    "data block": '<script type="application/json">{{ input }}</script>',
    "nested includes": '{% include "parts/head.html" %}<p>{{ input }}</p>',
    "the other path": '{% include "hit_templates/parts/head.html" %}<p>{{ input }}</p>',
}


@pytest.mark.parametrize("habit", HABITS)
def test_habits_of_templates(tmp_path, habit):
    """What templates in the wild do with the row is taken as it is and renders."""
    files = {
        "hit_templates/label.html": HABITS[habit],
        "hit_templates/parts/head.html": '{% include "parts/title.html" %}',
        "hit_templates/parts/title.html": "<h1>Title</h1>",
        "run/rows.txt": [*ROWS, {"text": "</script>'\"&"}],
    }
    made = Imported(checkout(tmp_path, **files))
    assert made.report.to_mend == []


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ('{"a": 1}\n{"a": 2}\n\n\n', 2),
        ('\ufeff{"a": 1}\r\n{"a": 2}', 2),
        ('[{"a": 1},\n {"a": 2}]', 2),
        ('{"a": 1}\n\n{"a": 2}\n', 2),
    ],
)
def test_habits_of_inputs(tmp_path, content, kept):
    """Blank lines, a byte order mark, other line ends and one JSON array are taken."""
    made = Imported(checkout(tmp_path, **{"run/rows.txt": content}))
    assert len(made.rows("rows")) == kept


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{"a": 1}\n{"a": 2\n', "rows.txt:2: not JSON"),
        ('{"a": 1}\n{"a": 9007199254740993}\n', "rows.txt:2: holds an integer past 2\\^53"),
        ('{"a": 1}\n{"a": "\\ud800"}\n', "rows.txt:2: holds half of a surrogate pair"),
        (b'{"a": 1}\n{"a": "\xe9"}\n', "rows.txt:2: not UTF-8"),
    ],
)
def test_inputs_that_are_refused(tmp_path, content, line):
    """An input that no page could show is refused by its line, and nothing is written."""
    with pytest.raises(UserError, match=line):
        Imported(checkout(tmp_path, **{"run/rows.txt": content}))
    assert [path.name for path in tmp_path.iterdir()] == ["checkout"]


def test_what_is_not_taken(tmp_path):
    """Programs, lists of assignments and links out of the checkout are left where they are."""
    secret = tmp_path / "outside.txt"
    secret.write_text('{"text": "outside"}\n', encoding="utf-8")
    root = checkout(tmp_path, **{"run/assignment_ids.txt": IDS[0], "notes.md": "# notes"})
    (root / "run/link.txt").symlink_to(secret)
    made = Imported(root)
    assert made.rows("rows") == ROWS
    assert {"run/assignment_ids.txt", "notes.md", "simpleamt.py"} <= set(made.report.left)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60)
@given(rows=st.lists(VALUES, min_size=1, max_size=3))
def test_any_row_survives(tmp_path_factory, rows):
    """Any JSON value comes out of the page as it went in, or its line is refused."""
    tmp_path = tmp_path_factory.mktemp("any")
    page = '<script type="application/json">{{ input }}</script>'
    files = {"hit_templates/label.html": page, "run/rows.jsonl": rows}
    root = checkout(tmp_path, **files)
    (root / "run/rows.txt").unlink()
    try:
        made = Imported(root)
    except UserError as error:
        wrong = [line for line in error.lines if not re.search(r"rows.jsonl:[123]: ", line)]
        event(f"refused {wrong}")
        if wrong:
            raise
        return
    renderer = Renderer(made.folder / "hit_templates/label.html", [])
    for number, row in enumerate(made.rows("rows"), start=1):
        if not any(f":{number}: " in line for line in made.report.to_mend):
            shown = LexborHTMLParser(renderer.page(row)).css_first("script").text()
            as_written = json.loads(json.dumps(rows[number - 1]), parse_int=float)
            assert json.loads(shown, parse_int=float) == as_written
