"""The shipped schemas, and what is said of values and schemas that do not fit."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crowdmake import workflow_root
from crowdmake.configuration import schemas
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("config", "hit_properties")
SHIPPED = {name: schemas.shipped(name).schema for name in NAMES}


def parts(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every subschema with its place."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword in ("properties", "$defs"):
        for name, inner in schema.get(keyword, {}).items():
            yield from parts(inner, f"{place}.{name}")
    for keyword in ("items", "additionalProperties", "propertyNames"):
        yield from parts(schema.get(keyword), f"{place}[]")
    for keyword in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(keyword, []):
            yield from parts(inner, place)


ALL = [part for name in NAMES for part in parts(SHIPPED[name], name)]
OBJECTS = [(place, part) for place, part in ALL if part.get("type") == "object"]
KEYS = sorted(
    (place, name, inner)
    for place, part in ALL
    for name, inner in part.get("properties", {}).items()
)


def test_there_are_keys_to_check():
    """The walk over the schemas finds keys at every depth."""
    names = {name for _, name, _ in KEYS}
    assert {"experiment", "endpoint", "accuracy", "Reward", "Subdivision"} <= names


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_schema_is_a_schema(name):
    """Each shipped schema is a sound JSON Schema of the dialect it names."""
    assert SHIPPED[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schemas.schema_problem(SHIPPED[name]) is None


@pytest.mark.parametrize(("place", "part"), OBJECTS, ids=[place for place, _ in OBJECTS])
def test_no_object_takes_just_any_key(place, part):
    """Every object either lists its keys or says what the others may be."""
    own = part.get("additionalProperties")
    free = place in {"config.hit.properties", "config.$defs.hit.properties"}
    assert own is False or isinstance(own, dict) or free


@pytest.mark.parametrize(
    ("place", "name", "part"), KEYS, ids=[f"{place}.{name}" for place, name, _ in KEYS]
)
def test_every_key_is_described(place, name, part):
    """Every key has a description of one sentence or more."""
    assert re.fullmatch(r"[A-Za-z].{10,}", part.get("description", ""), re.DOTALL)


@pytest.mark.parametrize("name", sorted({name for _, name, _ in KEYS}))
def test_every_key_stands_in_the_documentation(name):
    """config/README.md names every key of the configuration and of HIT properties as code."""
    text = (workflow_root / "config" / "README.md").read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", text)
    named = {step for span in spans for step in re.split(r"[.:\s{}\[\]\",=]+", span)}
    assert name in named


def test_every_pattern_ends_at_the_end():
    """No anchored pattern lets a newline through behind its last character."""
    patterns = [part["pattern"] for _, part in ALL if "pattern" in part]
    anchored = [pattern for pattern in patterns if pattern.startswith("^")]
    assert len(anchored) >= 8
    assert all(pattern.endswith(("$(?!\n)", r"$(?!\n)")) for pattern in anchored)


# What is said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3.0, "MaxAssignments: found 3.0; expected integer"),
        (True, "MaxAssignments: found true; expected integer"),
        (0, "MaxAssignments: found 0; expected 1 to 1000000000"),
        ("3", 'MaxAssignments: found "3"; expected integer'),
    ],
)
def test_an_integer_is_written_as_one(value, said):
    """What the API takes for an integer is an integer, no float, truth or text."""
    sound = {"Title": "T", "Description": "D", "Reward": "1"}
    found = schemas.problems(schemas.shipped("hit_properties"), sound | {"MaxAssignments": value})
    assert found == [said]


def test_several_unknown_keys_are_said_in_order():
    """Unknown keys of one object are a line each, in the order of the alphabet."""
    sound = {"Title": "T", "Description": "D", "Reward": "1"}
    found = schemas.problems(
        schemas.shipped("hit_properties"), sound | {"b1": 1, "c1": 1, "a1": 1, 5: 1}
    )
    assert [line.split(":")[0] for line in found] == ["[5]", "a1", "b1", "c1"]


def test_a_fault_within_lists_has_its_whole_place():
    """A fault deep in a value is named by the whole way to it."""
    given = {
        "Title": "T",
        "Description": "D",
        "Reward": "1",
        "QualificationRequirements": [
            {"QualificationTypeId": "A", "Comparator": "Exists"},
            {"QualificationTypeId": "B", "Comparator": "Near", "LocaleValues": [{"Country": "u"}]},
        ],
    }
    assert sorted(schemas.problems(schemas.shipped("hit_properties"), given)) == [
        'QualificationRequirements[1].Comparator: found "Near"; expected one of LessThan,'
        " LessThanOrEqualTo, GreaterThan, GreaterThanOrEqualTo, EqualTo, NotEqualTo, Exists,"
        " DoesNotExist, In, NotIn, <, <=, >, >=, =, ==, !=, exists, does not exist, in, not in",
        'QualificationRequirements[1].LocaleValues[0].Country: found "u"; expected a code of two'
        " capital letters, such as US",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
NAMED = st.dictionaries(st.sampled_from([name for _, name, _ in KEYS]) | st.text(max_size=5), JSON)


@pytest.mark.parametrize("name", NAMES)
@given(value=NAMED | JSON)
def test_any_value_is_told_in_lines(name, value):
    """Whatever stands in a file, its faults are single printable lines, never a crash."""
    validator = schemas.shipped(name)
    found = schemas.problems(validator, value)
    assert bool(found) == (not validator.is_valid(value))
    assert all(line and line.isprintable() for line in found)


def test_the_first_problem_of_an_answer_is_told_with_its_place():
    """An answer that fails its schema is told in words with the field's place."""
    schema = {"properties": {"label": {"enum": ["a", "b"]}}, "required": ["label"]}
    assert schemas.first_problem(schema, {"label": "a"}) is None
    assert schemas.first_problem(schema, {"label": "c"}) == "label: 'c' is not one of ['a', 'b']"
    assert schemas.first_problem(schema, {}) == "'label' is a required property"


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@given(content=st.binary(max_size=40))
def test_any_file_is_a_document_or_one_line(tmp_path_factory, suffix, content):
    """Whatever bytes a document's file holds, it is read or told in a line that names it."""
    path = Path(tmp_path_factory.getbasetemp() / f"any.{suffix}")
    path.write_bytes(content)
    said = f"{path}:"
    try:
        schemas.read_document(path)
    except ValueError as problem:
        said = str(problem)
    assert said.startswith(f"{path}:")
