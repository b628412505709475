"""What workers submit in the field that simple-amt's pages post."""

import json

import pytest
from crowdmake import files
from crowdmake.inputs.rows import LEVELS
from crowdmake.rendering.answers import output_of
from hypothesis import given
from hypothesis import strategies as st

DEEP = "[" * (LEVELS + 2) + "]" * (LEVELS + 2)


@pytest.mark.parametrize(
    "text",
    ["", "yes", "NaN", '{"a": [-Infinity]}', "1e999", "[" * 100_000, DEEP, "1" * 5000],
)
def test_output_that_no_record_can_hold(text):
    """What is no JSON, or no value that a record can hold, gives no output."""
    assert output_of({"output": text}) is None
    assert output_of({}) is None


@given(st.text() | st.floats().map(str) | st.recursive(st.floats(), st.lists).map(json.dumps))
def test_any_output_can_be_written(text):
    """Whatever a worker submits, the output can be written as a record, or there is none."""
    assert isinstance(files.one_line(output_of({"output": text})), str)
