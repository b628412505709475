"""Input rows: what a line may be, what is said of it, and which row is which."""

import json
from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Rows, content_key, read_rows, scan_rows
from hypothesis import given
from hypothesis import strategies as st
from json_values import same

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pilot.jsonl"


def read(path: Path, content: bytes | str) -> Rows:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_rows(path)


def faults(path: Path, content: bytes | str) -> list[str]:
    with pytest.raises(UserError) as caught:
        read(path, content)
    return list(caught.value.lines)


def keys_of(values: list, folder: Path) -> list[str]:
    path = folder / "generated.jsonl"
    return [row.key for row in read(path, "".join(json.dumps(v) + "\n" for v in values)).rows]


def shuffled(value: object, data: st.DataObject) -> object:
    """Return the value with every object's keys in another order, whole numbers as floats."""
    if isinstance(value, dict):
        items = data.draw(st.permutations(list(value.items())))
        return {name: shuffled(inner, data) for name, inner in items}
    if isinstance(value, list):
        return [shuffled(inner, data) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


DEEP = 100_000
FAULTS = [
    (b'{"a": 1', "not JSON (Expecting ',' delimiter at column 8); expected one JSON value"),
    (b"hello", "not JSON (Expecting value at column 1); expected one JSON value"),
    (b'{"a": 1} {"a": 2}', "not JSON (Extra data at column 10); expected one JSON value"),
    (b'{"a": 1}\r{"a": 2}', "not JSON (Extra data at column 10); expected one JSON value"),
    (b"{'a': 1}", "not JSON (Expecting property name enclosed in double quotes at column 2)"),
    (b'{"a": 1, "a": 2}', 'key "a" stands twice in one object; keep one'),
    (b'{"a": 1, "\\u0061": 2}', 'key "a" stands twice in one object; keep one'),
    (b'{"x": [{"a": 1, "b": 0, "a": 1}]}', 'key "a" stands twice in one object; keep one'),
    (b'{"a": NaN}', "NaN is not JSON; use null or a string"),
    (b"[Infinity]", "Infinity is not JSON; use null or a string"),
    (b"-Infinity", "-Infinity is not JSON; use null or a string"),
    (b'{"a": "caf\xe9"}', "byte 0xE9 at column 11 is not UTF-8; save the file as UTF-8"),
    (b"\xff\xfe1\x00", "byte 0xFF at column 1 is not UTF-8; save the file as UTF-8"),
    (b"9007199254740992", "holds an integer past 2^53, which a page would change"),
    (b'{"id": -9007199254740993}', "holds an integer past 2^53, which a page would change"),
    (b"7" * 5000, "holds an integer past 2^53, which a page would change"),
    (b"1e400", "holds a number past the range of a double; write it as a string"),
    (b"[-1e400]", "holds a number past the range of a double; write it as a string"),
    (b'"\\ud800"', "holds half of a surrogate pair, which is not a character"),
    (b'{"\\udc00": 1}', "holds half of a surrogate pair, which is not a character"),
    (b"[" * DEEP + b"]" * DEEP, "is nested too deeply; expected at most 100 levels"),
    (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "is nested too deeply; expected at most 100 levels"),
    (b"[" * 101 + b"]" * 101, "is nested too deeply; expected at most 100 levels"),
]


@pytest.mark.parametrize(("line", "said"), FAULTS, ids=[said[:30] for _, said in FAULTS])
def test_a_faulty_line_is_one_short_line_with_file_and_number(path, line, said):
    """A line that is no sound JSON value is one short line naming file, line and remedy."""
    (fault,) = faults(path, b'{"sound": 1}\n' + line + b"\n")
    assert fault.startswith(f"{path}:2: {said}")
    assert len(fault) < len(str(path)) + 150


def test_every_faulty_line_of_a_file_is_said_at_once(path):
    """Every faulty line of a file is named in one error, sound lines in between or not."""
    found = faults(path, b'{"a": 1\n{"b": 1}\nNaN\n\n"\xe9"\n')
    assert [line.removeprefix(f"{path}:").split(":")[0] for line in found] == ["1", "3", "5"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\t\r\n"])
def test_a_file_without_rows_is_an_error(path, content):
    """A file that is empty, or blank throughout, is one error that says what was expected."""
    assert faults(path, content) == [f"{path}: has no rows; expected one JSON value a line"]


def test_a_missing_file_is_an_error(path):
    """A file that does not exist is one line naming it."""
    with pytest.raises(UserError, match=r"pilot\.jsonl: does not exist; expected one JSON value"):
        read_rows(path)


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path):
    """A folder in the place of an input file is one line and no traceback."""
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\)"):
        read_rows(tmp_path)


def test_a_byte_order_mark_is_skipped_and_said_once(path):
    """A byte order mark is skipped, said once, and changes no key."""
    marked = read(path, b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n')
    plain = read(path, b'{"a": 1}\n{"a": 2}\n')
    assert marked.rows == plain.rows
    assert marked.notes == (f"{path}: begins with a byte order mark, which is skipped",)
    assert plain.notes == ()


def test_crlf_line_ends_change_nothing(path):
    """CRLF line ends are read as line ends, without a word and without changing a key."""
    assert read(path, b'{"a": 1}\r\n{"a": 2}\r\n') == read(path, b'{"a": 1}\n{"a": 2}\n')


def test_blank_lines_are_skipped_and_said_once(path):
    """Blank lines are skipped, said in one note, and rows keep their own lines' numbers."""
    found = read(path, b'\n{"a": 1}\n \t\r\n{"a": 2}\n\n')
    assert found.notes == (f"{path}: blank lines are skipped: 1, 3, 5",)
    assert [(row.number, row.line) for row in found.rows] == [(1, 2), (2, 4)]


def test_many_blank_lines_are_still_one_short_note(path):
    """A thousand blank lines are one note that counts instead of listing."""
    (note,) = read(path, b"1\n" + b"\n" * 1000).notes
    assert note.endswith("blank lines are skipped: 2, 3, 4, 5, 6, 7, 8, 9 and 992 more")


@pytest.mark.parametrize("content", [b'{"a": 1}\n', b'{"a": 1}'])
def test_the_last_newline_is_no_blank_line(path, content):
    """A file with or without its last newline holds the same rows and earns no note."""
    found = read(path, content)
    assert [row.value for row in found.rows] == [{"a": 1}]
    assert found.notes == ()


def test_equal_rows_are_numbered_by_occurrence_and_said(path):
    """Equal rows share a hash, are told apart by occurrence, and are said in one note."""
    found = read(path, b'{"a": 1, "b": 2}\n"x"\n{"b": 2, "a": 1.0}\n{"a":1,"b":2}\n')
    first, other, second, third = (row.key for row in found.rows)
    content = first.removesuffix("-1")
    assert (second, third) == (f"{content}-2", f"{content}-3")
    assert content not in other
    assert found.notes == (
        f"{path}: lines that repeat an earlier row get a HIT of their own: 3, 4",
    )


def test_the_eleventh_copy_is_a_copy(path):
    """A copy's number that ends in 1 does not pass for a first occurrence."""
    (note,) = read(path, b"1\n" * 11).notes
    assert note.endswith("2, 3, 4, 5, 6, 7, 8, 9 and 2 more")


@pytest.mark.parametrize("line", ["null", "false", "0", '""', "[]", "{}", '"\\u0000"', '"\u2028"'])
def test_any_json_value_is_a_row(path, line):
    """A row may be any JSON value, empty ones and odd characters included."""
    (row,) = read(path, line).rows
    assert row.value == json.loads(line)


def test_the_largest_safe_integers_are_rows(path):
    """The integers that JavaScript holds exactly are read as they are written."""
    found = read(path, f"{SAFE}\n{-SAFE}\n")
    assert [row.value for row in found.rows] == [SAFE, -SAFE]


def test_a_hundred_levels_are_a_row(path):
    """A row may be nested 100 levels deep."""
    (row,) = read(path, '{"a":' * 100 + "1" + "}" * 100).rows
    assert json.dumps(row.value).count("{") == 100


def test_a_key_is_short_and_fit_for_a_file_name(path):
    """A key is 20 hexadecimal digits and an occurrence, whatever the row holds."""
    (row,) = read(path, json.dumps({"../x": "y" * 10_000})).rows
    content, _, occurrence = row.key.partition("-")
    assert (len(content), set(content) <= set("0123456789abcdef"), occurrence) == (20, True, "1")


@given(VALUES, st.data())
def test_a_key_does_not_depend_on_the_way_of_writing(value, data):
    """Key order, whitespace, escapes and 1 for 1.0 leave a row's key as it is."""
    other = shuffled(value, data)
    assert content_key(other) == content_key(value)
    spaced = json.dumps(other, indent=1, ensure_ascii=data.draw(st.booleans()))
    assert content_key(json.loads(spaced)) == content_key(value)


@given(VALUES, VALUES)
def test_two_rows_share_a_key_only_when_they_are_equal(one, other):
    """Different values never share a key, and equal ones always do."""
    assert (content_key(one) == content_key(other)) == same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), (None, False), ("1", 1), ([], {}), ("", None), ([1, 2], [2, 1])],
)
def test_values_that_python_confuses_have_keys_of_their_own(one, other):
    """Values that are alike to Python or to a careless eye are different rows."""
    assert content_key(one) != content_key(other)


@given(values=st.lists(VALUES, min_size=1, max_size=6), more=st.lists(VALUES, max_size=4))
def test_appending_rows_changes_no_earlier_key(tmp_path_factory, values, more):
    """Rows put at the end, copies among them, leave the keys above as they are."""
    folder = tmp_path_factory.getbasetemp()
    before = keys_of(values, folder)
    after = keys_of([*values, *more], folder)
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)


@given(values=st.lists(VALUES, min_size=1, max_size=6), data=st.data())
def test_reordering_rows_changes_no_key(tmp_path_factory, values, data):
    """Rows in another order have the same keys between them."""
    folder = tmp_path_factory.getbasetemp()
    moved = data.draw(st.permutations(values))
    assert sorted(keys_of(moved, folder)) == sorted(keys_of(values, folder))


@given(st.binary(max_size=60))
def test_any_bytes_are_rows_or_lines_for_a_person(tmp_path_factory, content):
    """Whatever a file holds, it is rows or an error of lines that name it, never a crash."""
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    rows, lines = (), ()
    try:
        rows = read(path, content).rows
    except UserError as error:
        lines = error.lines
    assert bool(rows) != bool(lines)
    assert all(line.startswith(f"{path}:") for line in lines)


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [
        ("a.json", '[{"a": 1}, {"a": 2}]', [1, 1]),
        ("a.json", '[\n  {"a": 1},\n  {\n "a": 2}\n]\n', [2, 3]),
        ("a.jsonl", '[\n{"a": 1},\n\n{"a": 2}]', [2, 4]),
        ("a.txt", '[{"a": 1},\n {"a": 2}]\n', [1, 2]),
        ("a.json", '\ufeff [{"a": 1},{"a": 2} ] ', [1, 1]),
        ("a.json", '{"a": 1}\n{"a": 2}\n', [1, 2]),
    ],
)
def test_a_json_array_is_as_many_rows(tmp_path, name, content, lines):
    """One JSON array is a row an element, each with the line it begins on; it is said."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    found = read_rows(path)
    assert [row.value for row in found.rows] == [{"a": 1}, {"a": 2}]
    assert [row.line for row in found.rows] == lines
    says = any("each of its 2 elements is a row" in note for note in found.notes)
    assert says == (not content.startswith("{"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.txt"])
def test_lines_that_are_arrays_are_rows(tmp_path, name):
    """Several lines that are arrays, as simple-amt's example has them, are a row each."""
    path = tmp_path / name
    path.write_text('["a", "b"]\n["c"]\n\n', encoding="utf-8")
    found = read_rows(path)
    assert [row.value for row in found.rows] == [["a", "b"], ["c"]]
    assert found.notes == (f"{path}: blank lines are skipped: 3",)


def test_a_broken_array_is_one_line(tmp_path):
    """An array that ends early or wrongly is one line with the line's number."""
    path = tmp_path / "a.json"
    for content, line, said in [
        ('[\n{"a": 1}\n{"a": 2}]', 3, "Expecting ',' delimiter"),
        ('[\n{"a": 1},\n', 3, "Expecting value"),
        ('[\n{"a": 1}]\nx', 3, "Extra data"),
    ]:
        assert faults(path, content) == [
            f"{path}:{line}: begins as a JSON array, but is not JSON ({said})"
        ]
    assert faults(path, "[]") == [f"{path}: has no rows; expected one JSON value a line"]


def test_faults_in_an_array_name_the_element_line(tmp_path):
    """What no row may hold is refused in an array too, each element by its line."""
    path = tmp_path / "a.json"
    content = '[\n{"a": 1, "a": 2},\nNaN,\n9007199254740993,\n"\\ud800",\n1\n]'
    assert [line.split(":")[1] for line in faults(path, content)] == ["2", "3", "4", "5"]


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_an_array_and_its_lines_are_the_same_rows(tmp_path_factory, values):
    """The rows of an array have the keys that they would have as lines."""
    folder = tmp_path_factory.mktemp("same")
    path = folder / "a.json"
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")
    assert [row.key for row in read_rows(path).rows] == keys_of(values, folder)


@pytest.mark.parametrize(
    "text", ['[\n"caf\u00e9",\n"na\u00efve"\n]', '["caf\u00e9", "na\u00efve"]']
)
def test_an_array_that_is_not_utf_8_is_refused_by_its_rows(tmp_path, text):
    """The bytes of an array's element are never changed: one that is not UTF-8 is an error."""
    path = tmp_path / "rows.json"
    path.write_bytes(text.encode("latin-1"))
    errors = scan_rows(path).errors
    assert len(errors) == 2
    assert "byte 0xE9 at column 5 is not UTF-8; save the file as UTF-8" in errors[0]
    assert errors[1].startswith(f"{path}:{2 * text.count(chr(10)) // 3 + 1}: byte 0xEF")


@pytest.mark.parametrize("text", ['{\n  "a": 1\n}\n', '\n{\n "a": [\n1]\n}\n{\n "a": 2\n}\n'])
def test_objects_over_several_lines_are_one_error(tmp_path, text):
    """Pretty-printed objects are told as what they are, once, with what to do."""
    path = tmp_path / "rows.json"
    path.write_text(text)
    (said,) = scan_rows(path).errors
    assert said == (
        f"{path}:{text.index('{') + 1}: begins an object that goes on over several lines; expected one"
        " JSON value a line, as jq -c writes it, or one JSON array"
    )


@pytest.mark.parametrize(
    ("name", "text", "is_said"),
    [
        ("rows.txt", '[{"a": 1}, {"a": 2}]\n', True),
        ("rows.json", '[{"a": 1}, {"a": 2}]\n', False),
        ("rows.txt", '["a"]\n["b"]\n', False),
    ],
)
def test_an_array_on_the_only_line_is_said_to_be_one_row(tmp_path, name, text, is_said):
    """Where an array is all that a file of lines has, a note says that it is one row, and what else it may be."""
    path = tmp_path / name
    path.write_text(text)
    found = read_rows(path)
    expected = (
        f"{path}: has one row, an array; to make a row of each element, name the file rows.json"
    )
    assert (expected in found.notes) == is_said
