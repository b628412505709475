"""The page on which questions can be tried, in a browser."""

from pathlib import Path

import pytest
from crowdmake.inputs.rows import Row
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.previews import PARAMETERS, write_previews

HOSTILE = "</script><script>throw 1</script>\"'<img src=x onerror=throw(2)> {{ a }}"
_CHOICES = [{"key": "r", "text": "Red {{ a }}"}, {"key": "g", "text": "Green"}]
_ALL = {"name": "N", "required": True, "question": "{{ a }}"}
QUESTIONS = [
    _ALL | {"type": "selection", "key": "one", "selections": _CHOICES},
    _ALL
    | {"type": "selection", "key": "some", "style": "checkbox", "selections": _CHOICES}
    | {"min_selections": 2},
    _ALL | {"type": "selection", "key": "drop", "style": "dropdown", "selections": _CHOICES},
    _ALL | {"type": "free_text", "key": "age", "numeric": {"min": 18, "max": 99}},
    _ALL | {"type": "free_text", "key": "code", "regex": "^[a-z]{3}$", "error": "Three letters!"},
    _ALL | {"type": "free_text", "key": "text", "lines": 3, "min_length": 2, "default": "{{ a }}"},
]
ASKED = {
    "title": "T {{ a }}",
    "description": "D {{ a }}",
    "questions": QUESTIONS,
    "interpolation": "jinja",
}
PROPERTIES = {"Title": "T", "Description": "D", "FrameHeight": 0, "Reward": "0.05"}


@pytest.fixture
def shown(trial):
    """Return the questions about a hostile row, open in a browser."""
    row = Row("k-1", 1, 1, {"a": HOSTILE})
    page = QuestionPage(ASKED, "c")
    list(write_previews(trial.folder, Path("i"), [row], page, PROPERTIES))
    trial.page.goto(f"{(trial.folder / 'row-1.html').as_uri()}?{PARAMETERS['accepted']}")
    return trial


def _answer(page):
    page.check("[name=one][value=g]")
    for box in page.locator("[name=some]").all():
        box.check()
    page.select_option("[name=drop]", "r")
    page.fill("[name=age]", "20")
    page.fill("[name=code]", "abc")


def test_what_would_arrive(shown):
    """What is answered would arrive as a form's answers do: choices by their keys."""
    _answer(shown.page)
    shown.submit()
    assert shown.errors == shown.problems() == []
    xml = shown.page.text_content("#xml")
    assert "<SelectionIdentifier>r</SelectionIdentifier><SelectionIdentifier>g</Sel" in xml
    assert "<FreeText>abc</FreeText>" in xml
    assert shown.fields() == {
        "one": "g", "some": "r|g", "drop": "r", "age": "20", "code": "abc", "text": HOSTILE,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("age", "17"), ("age", "100"), ("age", ""), ("code", "abcd"), ("code", "")],
)
def test_what_does_not_fit(shown, name, wrong):
    """An answer that the form would not take is not sent."""
    _answer(shown.page)
    shown.page.fill(f"[name={name}]", wrong)
    assert shown.page.locator(":invalid:not(form, fieldset)").count() == 1
    shown.page.click("[type=submit]")
    assert "answer.html" not in shown.page.url


def test_too_few_choices(shown):
    """As many boxes have to be checked as the question says."""
    _answer(shown.page)
    shown.page.locator("[name=some]").last.uncheck()
    said = "node => node.validationMessage"
    assert shown.page.locator("[name=some]").first.evaluate(said) == "Choose 2 to 2."
