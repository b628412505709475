"""The rehearsal: a robot fills in pages in a browser and says what would arrive, or what is in its way."""

import json
import re
import shutil
from pathlib import Path

import pytest
from crowdmake.checking.check import Report, Subject
from crowdmake.checking.rehearsal import rehearse
from crowdmake.inputs.rows import Row
from tools import needed

PROPERTIES = {"Title": "T", "Description": "D", "FrameHeight": 0, "Reward": "0.05"}
FORM = """<!DOCTYPE html><html lang="en"><head><title>t</title>HEAD</head><body>
<form method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId">FIELDS<button type="submit">Go</button></form>
<script>document.forms[0].assignmentId.value = new URLSearchParams(location.search).get("assignmentId");
SCRIPT</script></body></html>"""


@pytest.fixture
def rehearsed(tmp_path, monkeypatch):
    needed("chromium")
    monkeypatch.chdir(tmp_path)
    Path("hit_templates").mkdir()

    def run(fields: str = '<input name="x">', script: str = "", head: str = "") -> Report:
        page = FORM.replace("FIELDS", fields).replace("SCRIPT", script).replace("HEAD", head)
        Path("hit_templates/page.html").write_text(page, encoding="utf-8")
        subject = Subject("b", Path("i"), "hit_templates/page.html", None, [], PROPERTIES, None)
        report = Report()
        rehearse(Path("check"), [(subject, [Row("k-1", 1, 1, {"a": 1})])], report)
        return report

    return run


def test_every_kind_of_field_is_filled(rehearsed):
    """The robot fills in whatever a worker could, within the fields' limits, and leaves a screenshot."""
    report = rehearsed(
        """<input name="text" required minlength="8"><textarea name="area" maxlength="3"></textarea>
        <input name="number" type="number" min="5" max="9"><input name="mail" type="email" required>
        <input name="day" type="date"><input type="radio" name="r" value="a" required>
        <input type="radio" name="r" value="b"><input type="checkbox" name="c" value="1">
        <select name="s" required><option value="">…</option><option value="z">Z</option></select>
        <input name="kept" value="k"><input name="off" disabled>"""
    )
    assert report.errors == report.warnings == []
    (note,) = report.notes
    fields = json.loads(re.search(r"would arrive: (.*)", note)[1])
    assert fields == {
        "text": "robotxxx", "area": "rob", "number": "5", "mail": "worker@example.com",
        "day": "2026-01-31", "r": "a", "c": "1", "s": "z", "kept": "k",
    }  # fmt: skip
    assert Path("check/b/row-1.png").read_bytes().startswith(b"\x89PNG")


def test_exceptions_are_errors_and_messages_warnings(rehearsed):
    """A script that fails is an error, said once; console errors and dialogs are warnings."""
    report = rehearsed(script="console.error('odd'); alert('Hello'); nothing.here;")
    assert report.errors == ['rehearsal: i:1: the page\'s script fails: "nothing is not defined"']
    assert report.warnings == [
        'rehearsal: i:1: the page\'s console says "odd"',
        'rehearsal: i:1: the page asks "Hello"',
    ]


def test_what_cannot_be_loaded_is_a_warning(rehearsed):
    """A load that fails is a warning with its address, as is what the page's script throws for want of it."""
    report = rehearsed(
        script="$('x');", head='<script src="https://cdn.invalid/jquery.js"></script>'
    )
    assert report.errors == []
    assert report.warnings == [
        'rehearsal: i:1: could not load "https://cdn.invalid/jquery.js"',
        'rehearsal: i:1: the page\'s script fails: "$ is not defined"',
    ]


@pytest.mark.parametrize(
    ("fields", "script", "hindrance"),
    [
        ('<input name="x" pattern="[0-9]{9}" required>', "", ': the browser objects to "x"'),
        ("", "document.querySelector('button').disabled = true;", ": its button is disabled"),
        ("", "document.querySelector('button').remove();", ": it found no button that submits"),
        ("<input name=x>", "document.forms[0].onsubmit = () => false;", ""),
    ],
)
def test_what_keeps_the_robot_from_submitting_is_a_warning(
    rehearsed, monkeypatch, fields, script, hindrance
):
    """Where the robot does not get through, a warning says what was in its way."""
    monkeypatch.setattr("crowdmake.checking.rehearsal.SECONDS", 1)
    report = rehearsed(fields, script)
    assert report.errors == []
    assert report.warnings == [f"rehearsal: i:1: the robot could not submit the page{hindrance}"]


def test_an_answer_that_a_market_refuses_is_an_error(rehearsed):
    """A submit without an assignment id is an error, in the words of the preview."""
    report = rehearsed(script="document.forms[0].assignmentId.value = '';")
    assert report.errors == [
        "rehearsal: i:1: The form sends no assignmentId, or another one than the page was opened with."
    ]


def test_a_page_that_never_ends_to_open_is_a_warning(rehearsed, monkeypatch):
    """A page whose script hangs keeps the robot for its seconds only."""
    monkeypatch.setattr("crowdmake.checking.rehearsal.SECONDS", 1)
    report = rehearsed(script="const end = Date.now() + 2500; while (Date.now() < end);")
    assert report.errors == []
    assert [line.split(": ")[2] for line in report.warnings] == [
        "the page cannot be used when preview",
        "the page cannot be used when accepted",
    ]


def test_a_browser_that_does_not_start_is_a_warning(monkeypatch):
    """A Chromium that is broken leaves the rehearsal out, and the rest of the check stands."""
    monkeypatch.setattr(shutil, "which", lambda _name: "/bin/false")
    report = Report()
    rehearse(Path("check"), [], report)
    (said,) = report.warnings
    assert said.startswith("rehearsal: left out, /bin/false does not start: ")


def test_without_a_browser_it_says_so(monkeypatch):
    """Without Chromium the rehearsal is left out, and a line says so."""
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    report = Report()
    rehearse(Path("check"), [], report)
    assert report.notes == ["rehearsal: left out, Chromium is not installed"]


def test_the_robot_says_yes(rehearsed):
    """A page that asks whether to submit, or whether to leave it, is answered as a worker would."""
    report = rehearsed(
        '<input name="x">',
        "document.forms[0].onsubmit = () => confirm('Submit?');"
        "addEventListener('beforeunload', (event) => event.preventDefault());",
    )
    assert report.errors == []
    assert report.warnings == ['rehearsal: i:1: the page asks "Submit?"']
    assert json.loads(re.search(r"would arrive: (.*)", report.notes[0])[1]) == {"x": "robot"}


def test_what_a_script_loads_over_http_is_an_error(rehearsed):
    """What the row or a script makes the page load over http is found, though it is in no attribute."""
    report = rehearsed(script="new Image().src = 'http://example.invalid/cat.png';")
    assert report.errors == [
        'rehearsal: i:1: loads "http://example.invalid/cat.png"; browsers do not load http on a page'
        " that is served over https; use https"
    ]
    assert report.warnings == []


def test_a_template_that_needs_a_row_is_rehearsed(rehearsed):
    """A page that cannot be shown without a row is no less tried with one."""
    report = rehearsed('{% for key, value in input|dictsort %}<input name="{{ key }}">{% endfor %}')
    assert report.errors == report.warnings == []
    assert '{"a": "robot"}' in report.notes[0]


def test_a_form_of_questions(tmp_path, monkeypatch):
    """The robot fills in a form of questions as well, each kind within its limits."""
    needed("chromium")
    monkeypatch.chdir(tmp_path)
    choices = [{"key": "r", "text": "Red"}, {"key": "g", "text": "{{ a }}"}]
    every = {"name": "N", "required": True, "question": "{{ a }}?"}
    selection, text = (
        every | {"type": "selection", "selections": choices},
        every | {"type": "free_text"},
    )
    questions = [
        selection | {"key": "one"},
        selection | {"key": "some", "style": "checkbox"},
        selection | {"key": "drop", "style": "dropdown"},
        text | {"key": "age", "numeric": {"min": 18, "max": 99}},
        text | {"key": "text", "lines": 3, "min_length": 8},
    ]
    asked = {"title": "T", "description": "D", "questions": questions, "interpolation": "jinja"}
    subject = Subject("b", Path("i"), "", None, [], PROPERTIES, None, asked)
    report = Report()
    rehearse(Path("check"), [(subject, [Row("k-1", 1, 1, {"a": "x y"})])], report)
    assert report.errors == report.warnings == []
    (note,) = report.notes
    fields = json.loads(re.search(r"would arrive: (.*)", note)[1])
    assert (fields["one"], fields["drop"], fields["age"]) == ("r", "r", "18")
    assert fields["some"] in {"r", "r|g"}
    assert fields["text"] == "robotxxx"
