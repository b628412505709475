"""Any JSON value travels from its row over the page and a real browser into the answer, or is refused."""

import json
from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import scan_rows
from crowdmake.rendering.previews import PARAMETERS, with_market
from crowdmake.rendering.rendered import renderer
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from json_values import HARD, TEXT, VALUES, is_sound, same

ECHO = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title></head><body>
{% include "simpleamt.html" %}
PLAIN<script>
  const text = document.getElementById("text");
  const field = document.getElementById("field");
  simpleamt.setupSubmit();
  simpleamt.setOutput({
    input: simpleamt.getInput("none"), text: text && text.textContent, field: field && field.value,
    title: text && text.title, direct: {{ input }},
  });
  document.getElementById("results-form").requestSubmit();
</script></body></html>"""
PLAIN = """<pre id="text" title="{{ value }}">{{ value }}</pre><textarea id="field">{{ value }}</textarea>"""
WAYS = st.fixed_dictionaries(
    {
        "ascii": st.booleans(),
        "array": st.booleans(),
        "end": st.sampled_from(["\n", "\r\n", " \n\n\t\n"]),
    }
)
EACH_WAY = {"ascii": False, "array": False, "end": "\n"}
EFFORT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Echo:
    """A page that answers with its input."""

    def __init__(self, trial, plain: str = "") -> None:
        self.trial = trial
        path = trial.folder / "hit_templates" / f"echo{len(plain)}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(ECHO.replace("PLAIN", plain), encoding="utf-8")
        self.renderer = renderer(path, [])

    def answer(self, row: object) -> dict:
        """Return what the page that shows ``row`` submits; raises where it is refused."""
        question = fromstring(self.renderer.question(row, 0))
        html = question.findtext("{*}HTMLContent")
        file = self.trial.folder / "page.html"
        file.write_text(with_market(html), encoding="utf-8")
        self.trial.page.goto(f"{file.as_uri()}?{PARAMETERS['accepted']}")
        self.trial.page.wait_for_url("**/answer.html*")
        assert self.trial.problems() == []
        output = self.trial.output()
        assert isinstance(output, dict)
        return output


@pytest.fixture
def echo(trial):
    return Echo(trial)


@pytest.fixture
def plain_echo(trial):
    return Echo(trial, PLAIN)


def read(folder: Path, value: object, ways: dict):
    """Scan a file with the value as its second row, written in one of the ways that JSON has."""
    path = folder / f"row{'.json' if ways['array'] else '.jsonl'}"
    text = json.dumps(value, ensure_ascii=ways["ascii"])
    lines = f"0{ways['end']}{text}{ways['end']}"
    text = f"[0,\n{text}]" if ways["array"] else lines
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return scan_rows(path)


@EFFORT
@given(VALUES, WAYS)
@example(HARD, EACH_WAY)
@example([-0.0, 1e22, 5e-324, 1.5, 2**53 - 1, 1e300, 1.7976931348623157e308], EACH_WAY)
@example([2**53], EACH_WAY)
@example(["\ud800"], EACH_WAY)
@example({"__proto__": {"a": 1}, "constructor": None, "": [], "10": 1, "9": 2}, EACH_WAY)
def test_any_row_comes_back_as_output(echo, value, ways):
    """Whatever a row holds comes out of getInput, setOutput and the answer equal, or its line is refused."""
    rows = read(echo.trial.folder, value, ways)
    assert bool(rows.errors) == (not is_sound(value))
    if rows.errors:
        (said,) = rows.errors
        line = 1 + ways["array"] + ways["end"].count("\n") * (not ways["array"])
        assert said.startswith(
            f"{echo.trial.folder}/row.json{'' if ways['array'] else 'l'}:{line}: "
        )
        return
    output = echo.answer(rows.rows[1].value)
    assert same(output["input"], value), output
    assert same(output["direct"], value), output


@EFFORT
@given(TEXT, WAYS)
@example("".join(text for text in HARD if "\x00" not in text), EACH_WAY)
@example("\n\r\n\rfirst\n", EACH_WAY)
def test_any_text_comes_back_as_plain_text(plain_echo, text, ways):
    """{{ key }} in text, an attribute and a field holds the row's text, or the row is refused with the reason."""
    rows = read(plain_echo.trial.folder, {"value": text}, ways)
    if rows.errors:
        assert not is_sound(text)
        return
    if any((c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" for c in text):
        with pytest.raises(UserError, match="which a page cannot hold"):
            plain_echo.answer(rows.rows[1].value)
        return
    output = plain_echo.answer(rows.rows[1].value)
    assert output["text"] == output["title"] == text
    # A field's value has one kind of line break, whoever wrote it.
    assert output["field"] == text.replace("\r\n", "\n").replace("\r", "\n")


@EFFORT
@given(VALUES, WAYS)
@example([-0.0, 1e22, 5e-324, {"__proto__": "\r\n"}], EACH_WAY)
def test_any_value_as_plain_text_is_its_json(plain_echo, value, ways):
    """{{ key }} that is no text shows the value's JSON, which reads back as the value."""
    rows = read(plain_echo.trial.folder, {"value": value}, ways)
    if rows.errors or isinstance(value, str):
        return
    output = plain_echo.answer(rows.rows[1].value)
    assert same(json.loads(output["text"]), value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (json.dumps({"value": "x" * 70_000}), "bytes long"),
        ("[" * 101 + "]" * 101, "nested"),
        ("9007199254740993", "2^53"),
        ("1e400", "double"),
        ("-9007199254740992", "2^53"),
        ("1" * 5000, "2^53"),
        ('"\\ud800"', "surrogate"),
        ('{"a": 1, "\\u0061": 2}', "stands twice"),
        ('{"a": {"\\udfff": 2}}', "surrogate"),
        ("NaN", "not JSON"),
    ],
)
def test_what_cannot_travel_is_refused_by_line_and_reason(echo, line, reason):
    """Rows past the market's size, too deep or not of JavaScript are refused before anything is spent."""
    from crowdmake.rendering.rendered import render_rows

    path = echo.trial.folder / "row.jsonl"
    path.write_text(f"1\n{line}\n", encoding="utf-8")
    shown = {"Title": "T", "Description": "D", "FrameHeight": 0}
    with pytest.raises(UserError) as refused:
        render_rows(path, scan_rows(path), echo.renderer, shown, print)
    (said,) = refused.value.lines
    assert said.startswith(f"{path}:2: ")
    assert reason in said
