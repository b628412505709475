"""simple-amt's checkouts as labs leave them: several runs, changed helpers, broken files."""

import json
import os

import pytest
from crowdmake.cli import main
from crowdmake.exceptions import UserError
from unit.projects_kit import Imported
from unit.test_import_simple_amt import HELPER, IDS, PAGE, PROPERTIES, ROWS, checkout, result
from unit.test_import_simple_amt import _original as _original

LINES = "\n".join
KEY = "AKIA" + "Q" * 16


def test_ids_that_stand_twice(tmp_path):
    """An id that stands twice is one HIT, and closes one row."""
    files = {"run/hit_ids.txt": f"{IDS[0]}\n\n{IDS[1]}\r\n{IDS[0]}\n"}
    made = Imported(checkout(tmp_path, **files))
    assert made.closed("rows") == [1, 2]
    said = f"run/hit_ids.txt:4: {IDS[0]} stands in run/hit_ids.txt:1 already; left out"
    assert said in made.report.changed


@pytest.mark.parametrize(
    ("text", "closed"),
    [(f"# pilot\n{IDS[0]}\n", [1]), (f"{IDS[0]}\noops\n", [1, 2, 3]), ("abc\nabc\n", [1, 2, 3])],
)
def test_ids_that_are_none(tmp_path, text, closed):
    """A line of a file of ids that is none is named; unless it is a comment, no row is launched."""
    made = Imported(checkout(tmp_path, **{"run/hit_ids.txt": text}))
    assert made.closed("rows") == closed
    assert any("no HIT id" in line for line in made.report.not_understood)


def test_runs_on_two_markets(tmp_path):
    """Ids of a run in the sandbox beside those in production are not mixed: an option chooses."""
    files = {
        "run/hit_ids.prod.txt": LINES(IDS[:1]),
        "run/hit_ids.sandbox.txt": LINES(IDS[2:]),
        "run/prod.txt": [result(IDS[0], "A1", 1)],
        "run/sandbox.txt": [result(IDS[2], "B1", 1)],
    }
    root = checkout(tmp_path, **files)
    with pytest.raises(UserError, match=r"run/rows.txt: found several of hit-ids: .*--hit-ids"):
        Imported(root)
    chosen = {"hit_ids": (root / "run/hit_ids.prod.txt",), "results": (root / "run/prod.txt",)}
    made = Imported(root, **chosen)
    assert made.closed("rows") == [1]
    assert [len(done) for done in made.hits("rows").values()] == [1]


def test_ids_of_several_inputs(tmp_path):
    """Ids belong to the input beside them or of their name; where nobody knows, an option says."""
    files = {
        "other/rows2.txt": ROWS,
        "other/hit_ids.txt": IDS[0],
        "run/extra.txt": ROWS[:1],
        "run/rows_hit_ids.txt": LINES(IDS[1:3]),
    }
    root = checkout(tmp_path, **files)
    made = Imported(root, inputs=(root / "run/rows.txt", root / "other/rows2.txt"))
    assert (made.closed("rows"), made.closed("rows2")) == ([1, 2], [1])
    (root / "run/rows_hit_ids.txt").rename(root / "run/hit_ids.txt")
    with pytest.raises(UserError, match=r"run/hit_ids\.txt: nothing tells which input's HITs"):
        Imported(root, inputs=(root / "run/rows.txt",))
    inputs = (root / "run/rows.txt", root / "run/extra.txt")
    with pytest.raises(UserError, match="--hit-ids: found 1 for 2 inputs"):
        Imported(root, inputs=inputs, hit_ids=(root / "run/hit_ids.txt",))


def test_lost_ids_of_several_inputs(tmp_path):
    """Results of a HIT that no input is known to have close what is open in all of them."""
    files = {"run/more.txt": ROWS[:2], "results.txt": [result(IDS[3], "A1", 1)]}
    root = checkout(tmp_path, **files)
    made = Imported(root, inputs=(root / "run/rows.txt", root / "run/more.txt"))
    assert (made.closed("rows"), made.closed("more")) == ([1, 2, 3], [1, 2])


def test_results_in_part(tmp_path):
    """What is a result is taken, wherever in the file; each other line is named."""
    good = json.dumps(result(IDS[0], "A1", 1))
    deep = good.replace("1}", "[" * 5000 + "]" * 5000 + "}")
    lines = ["Bad hit_id 3X", good, '{"assignment_id": "A2", "hit_id":', good, "[]", deep]
    files = {"run/hit_ids.txt": IDS[0], "run/results.txt": LINES(lines)}
    made = Imported(checkout(tmp_path, **files))
    assert [done["source"] for done in made.hits("rows")[IDS[0]]] == ["run/results.txt:2"]
    said = [line.partition(": ")[0] for line in made.report.not_understood]
    assert said == [f"run/results.txt:{number}" for number in (1, 3, 5, 6)]
    assert "run/results.txt:4: tells of A1 once more; left out" in made.report.changed


def test_results_that_nobody_can_read(tmp_path):
    """Where results cannot be read and there are no ids, no row is launched."""
    made = Imported(checkout(tmp_path, **{"run/results.txt": "Traceback (most recent call last)"}))
    assert made.closed("rows") == [1, 2, 3]


def test_results_as_input(tmp_path):
    """Rows that are results of an earlier round are an input where an option says so."""
    root = checkout(tmp_path, **{"second/verify.txt": [result(IDS[0], "A1", 1)]})
    made = Imported(root, inputs=(root / "second/verify.txt",))
    assert made.closed("verify") == []
    assert made.hits("verify") == {}


@pytest.mark.parametrize("name", ["run/results.txt", "run/hit_ids.txt"])
def test_keys_beside_hits(tmp_path, name):
    """A file that tells of HITs and holds a key is not passed over: its rows would be launched."""
    text = f'{{"assignment_id": "A", "hit_id": "{IDS[0]}", "output": "{KEY}"}}\n'
    with pytest.raises(UserError, match=f"{name}: tells of HITs and holds AWS keys"):
        Imported(checkout(tmp_path, **{name: text}))


def test_a_key_at_the_end(tmp_path):
    """A key is found wherever in a file it stands."""
    text = '{"text": "%s"}\n' % ("x" * 3_000_000) + f'{{"text": "{KEY}"}}\n'
    with pytest.raises(UserError, match=r"run/rows\.txt"):
        Imported(checkout(tmp_path, **{"run/rows.txt": text}))


def test_a_changed_helper(tmp_path):
    """A simpleamt.html that the lab changed is taken, since pages call what was added to it."""
    changed = HELPER + "<script>simpleamt.now = Date.now;</script>"
    made = Imported(checkout(tmp_path, **{"hit_templates/simpleamt.html": changed}))
    assert made.text("hit_templates/simpleamt.html") == changed
    assert made.report.to_mend == []
    assert any("somebody changed it" in line for line in made.report.changed)


def test_a_helper_with_other_white_space(tmp_path):
    """Line ends and indentation do not make a helper the lab's own; nor does one nobody includes."""
    other = HELPER.replace(">", ">\r\n")
    made = Imported(checkout(tmp_path, **{"hit_templates/simpleamt.html": other}))
    assert not (made.folder / "hit_templates/simpleamt.html").exists()
    files = {"hit_templates/simpleamt.html": "changed", "hit_templates/label.html": "<p>x</p>"}
    unused = Imported(checkout(tmp_path / "unused", **files))
    assert not (unused.folder / "hit_templates/simpleamt.html").exists()


@pytest.mark.parametrize(
    "text", ['// ours\n{"Title": "x"}', '{"Title": "x",\n}', "{", "[" * 100_000, "[1]"]
)
def test_properties_that_are_no_json(tmp_path, text):
    """Properties with comments or commas too many are named as to be mended."""
    made = Imported(checkout(tmp_path, **{"hit_properties/label.json": text}))
    assert any("hit_properties/label.json" in line for line in made.report.to_mend)


@pytest.mark.parametrize("text", ["{'text': 'Python'}\n", "text\rother\r"])
def test_an_input_that_is_no_json(tmp_path, text):
    """Where no file is an input, those that might have been are named with the line."""
    with pytest.raises(UserError, match=r"run/rows\.txt:1: not JSON"):
        Imported(checkout(tmp_path, **{"run/rows.txt": text}))


def test_what_a_name_decided_is_said(tmp_path):
    """A file that is chosen among several for its name is reported, with the option."""
    files = {"hit_properties/other.json": PROPERTIES, "run/other.txt": ROWS}
    root = checkout(tmp_path, **files, **{"hit_templates/other.html": PAGE})
    made = Imported(root, template=root / "hit_templates/other.html")
    chosen = [line for line in made.report.changed if "taken of several" in line]
    assert [line.partition(":")[0] for line in chosen] == [
        "hit_properties/other.json",
        "run/other.txt",
    ]


def test_files_to_mend_are_named_from_within(tmp_path, monkeypatch):
    """What is to be mended has the names that files have in the experiment, wherever one stands."""
    monkeypatch.chdir(tmp_path)
    made = Imported(checkout(tmp_path, **{"hit_templates/label.html": "\n{{ nothing }}"}))
    assert made.report.to_mend[0].startswith("input/rows.txt:1: hit_templates/label.html:2: ")


def test_into_the_folder_at_hand(tmp_path, monkeypatch):
    """An empty folder that one stands in, or a link to one, can become the experiment."""
    root = checkout(tmp_path)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert main(["import", str(root), "."]) == 0
    assert (tmp_path / "empty/IMPORT.md").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_place_that_cannot_be_written(tmp_path, capsys):
    """Where no folder can be made, that is said in one line."""
    root = checkout(tmp_path)
    assert main(["import", str(root), str(root / "simpleamt.py/new")]) == 1
    assert "cannot be made" in capsys.readouterr().err


def test_names_that_are_no_text(tmp_path):
    """A file whose name is no UTF-8 is left, and said to be."""
    root = checkout(tmp_path)
    (root / os.fsdecode(b"hit_templates/\xff.html")).write_text("<p>", encoding="utf-8")
    made = Imported(root)
    assert any("has a name that is no text" in line for line in made.report.left)
