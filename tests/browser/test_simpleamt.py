"""simpleamt.html: the four functions that simple-amt's pages call, in a real browser."""

import pytest

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title></head><body>
<p id="category"></p><input id="text">
{% include "INCLUDED" %}
<script>
  document.getElementById("category").textContent = JSON.stringify(simpleamt.getInput({ fallback: 1 }));
  if (!simpleamt.isPreview()) {
    simpleamt.setupSubmit();
    document.getElementById("submit-btn").addEventListener("click", () => {
      SCRIPT
    });
  }
</script></body></html>"""
OUTPUT = "simpleamt.setOutput({ said: document.getElementById('text').value });"


def page(script: str = OUTPUT, included: str = "simpleamt.html") -> str:
    return PAGE.replace("SCRIPT", script).replace("INCLUDED", included)


@pytest.mark.parametrize("included", ["simpleamt.html", "hit_templates/simpleamt.html"])
def test_an_answer_arrives(trial, included):
    """By either path of its include, a page gets its input and its output arrives as JSON."""
    trial.show_row(page(included=included), {"category": "dog"})
    assert trial.page.text_content("#category") == '{"category":"dog"}'
    trial.page.fill("#text", 'a "beagle" </script> & \u2028 \ufffe\x7f')
    trial.submit("#submit-btn")
    assert trial.output() == {"said": 'a "beagle" </script> & \u2028 \ufffe\x7f'}
    assert list(trial.fields()) == ["output"]
    assert trial.problems() == trial.errors == []


def test_a_page_without_input_has_the_fallback(trial):
    """Without a row getInput returns what the page gives it, and opens without errors."""
    trial.show_row(page(), {"category": "dog"})
    trial.page.goto((trial.folder / "no-input.html").as_uri())
    assert trial.page.text_content("#category") == '{"fallback":1}'
    assert trial.errors == []


def test_a_preview_cannot_be_submitted(trial):
    """In the preview the button stays off, and a page that turns it on is told why nothing is sent."""
    trial.show_row(page(), {"category": "dog"}, state="preview")
    assert trial.page.is_disabled("#submit-btn")
    trial.page.evaluate("document.getElementById('submit-btn').disabled = false")
    trial.page.click("#submit-btn")
    assert "preview" in trial.page.text_content("#submit-message")
    assert "answer.html" not in trial.page.url


@pytest.mark.parametrize("host", ["javascript:alert(1)//", "", "null", "data:text/html,x"])
def test_nothing_is_sent_to_what_is_no_market(trial, host):
    """A turkSubmitTo that is no web address never becomes the form's target."""
    from urllib.parse import urlencode

    trial.show_row(page(), {"category": "dog"})
    query = urlencode({"assignmentId": "A", "turkSubmitTo": host})
    trial.page.goto(f"{(trial.folder / 'row-1.html').as_uri()}?{query}")
    assert trial.page.get_attribute("#results-form", "action") is None
    trial.page.evaluate("document.getElementById('submit-btn').disabled = false")
    trial.page.click("#submit-btn")
    assert "not connected" in trial.page.text_content("#submit-message")


def test_a_page_that_no_market_opened(trial):
    """Without a word in its address a page is no preview, and has nowhere to send an answer."""
    trial.show_row(page(), {"category": "dog"})
    trial.page.goto((trial.folder / "row-1.html").as_uri())
    assert trial.page.evaluate("simpleamt.isPreview()") is False
    trial.page.evaluate("simpleamt.setupSubmit()")
    assert trial.page.is_disabled("#submit-btn")
    assert trial.page.get_attribute("#results-form", "action") is None
    assert trial.page.evaluate("typeof jQuery") == "undefined"
    assert trial.errors == []


@pytest.mark.parametrize(
    "script", ["", "simpleamt.setOutput(undefined);", "simpleamt.setOutput(() => 1);"]
)
def test_an_empty_answer_is_not_sent(trial, script):
    """Without an output nothing is sent, and the worker is told."""
    trial.show_row(page(script), {"category": "dog"})
    trial.page.click("#submit-btn")
    assert "no answer yet" in trial.page.text_content("#submit-message")
    assert "answer.html" not in trial.page.url


def test_an_output_that_fails_does_not_send_the_one_before(trial):
    """Where setOutput fails, an earlier output is not sent in its place."""
    script = "simpleamt.setOutput(1); const ring = []; ring.push(ring); simpleamt.setOutput(ring);"
    trial.show_row(page(script), {"category": "dog"})
    trial.page.click("#submit-btn")
    assert "no answer yet" in trial.page.text_content("#submit-message")


COUNT = """<script>
  window.sent = 0;
  navigation.addEventListener("navigate", (event) => {
    window.sent += event.formData ? 1 : 0;
    event.preventDefault();
  });
</script>"""


@pytest.mark.parametrize(
    "again", ["b.form.requestSubmit()", "b.form.submit()", "b.disabled = false; b.click()"]
)
def test_an_answer_is_sent_once(trial, again):
    """However often the form is submitted, one answer leaves the page."""
    template = page().replace("</head>", f"{COUNT}</head>")
    trial.show_row(template, {"category": "dog"})
    trial.page.fill("#text", "x")
    trial.page.evaluate(
        "(again) => { const b = document.getElementById('submit-btn'); b.click();"
        " for (let n = 0; n < 3; n += 1) { eval(again); } }",
        again,
    )
    trial.page.wait_for_timeout(100)
    assert trial.page.evaluate("window.sent") == 1
    assert trial.page.is_disabled("#submit-btn")
    assert "on its way" in trial.page.text_content("#submit-message")


def test_fields_of_the_pages_own_form_are_an_answer(trial):
    """Included inside a page's own form, its fields are sent with the output, or without one."""
    template = page("").replace('<input id="text">', '<form><input id="text" name="word">')
    trial.show_row(
        template.replace("<script>\n  doc", "</form><script>\n  doc"), {"category": "dog"}
    )
    trial.page.click("#submit-btn")
    assert "no answer yet" in trial.page.text_content("#submit-message")
    trial.page.fill("#text", "beagle")
    trial.submit("#submit-btn")
    assert trial.fields() == {"word": "beagle", "output": ""}


def test_pages_that_use_jquery_the_old_way_keep_working(trial):
    """A page that sets the hidden fields and the form's address itself is sent as well."""
    script = """document.getElementById("output").value = JSON.stringify([1]);"""
    trial.show_row(page(script), {"category": "dog"})
    trial.submit("#submit-btn")
    assert trial.output() == [1]


@pytest.mark.parametrize("stop", ["stopPropagation", "stopImmediatePropagation"])
def test_a_page_that_stops_the_event_sends_once_and_not_empty(trial, stop):
    """Where the page's own handler keeps the submit event to itself, nothing empty or double leaves."""
    script = f"""</script><script>document.getElementById("results-form").addEventListener("submit",
      (event) => event.{stop}());"""
    template = page("").replace("</script></body>", f"{script}</script></body>")
    trial.show_row(template.replace("</head>", f"{COUNT}</head>"), {"category": "dog"})
    trial.page.click("#submit-btn")
    assert "no answer yet" in trial.page.text_content("#submit-message")
    assert trial.page.evaluate("window.sent") == 0
    trial.page.evaluate(
        "simpleamt.setOutput(1); for (let n = 0; n < 3; n += 1)"
        " { document.getElementById('results-form').requestSubmit() }"
    )
    trial.page.wait_for_timeout(100)
    assert trial.page.evaluate("window.sent") == 1
