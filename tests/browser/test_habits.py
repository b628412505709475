"""Habits of simple-amt's pages that its users bring along: they run, or are refused by the right line."""

from pathlib import Path

import npm
import pytest
from crowdmake.checking.addresses import unfilled, unreachable
from crowdmake.checking.forms import unsent
from crowdmake.checking.validity import invalid
from crowdmake.exceptions import UserError
from crowdmake.rendering.previews import PARAMETERS
from crowdmake.rendering.rendered import renderer

HERE = Path(__file__).parent
ROW = {"text": '</script><b>it\'s "R&D"</b>', "list": [1, {"a": None}]}
OLD = """<html><head><title>t</title></head><body>
<div id="data" data-input='{{ input }}' data-double="{{ input }}" data-json="{{ input|tojson }}"></div>
<script type="text/json" id="block">
  {{ input|safe }}
</script>
<script>var direct = {{ input|safe }}; var quoted = JSON.parse('{{ input }}');</script>
<p id="angular">{% raw %}{{ not.ours }}{% endraw %}</p>
{% include "parts/outer.html" %}
<script>
  var seen = document.getElementById("data").dataset;
  simpleamt.setupSubmit();
  simpleamt.setOutput([
    JSON.parse(seen.input), JSON.parse(seen.double), JSON.parse(seen.json), direct, quoted,
    JSON.parse(document.getElementById("block").innerHTML), simpleamt.getInput(),
  ]);
</script></body></html>"""


def parts(trial) -> None:
    folder = trial.folder / "hit_templates" / "parts"
    folder.mkdir(parents=True)
    (folder / "outer.html").write_text("<hr>{% include 'hit_templates/parts/inner.html' %}")
    (folder / "inner.html").write_text("{% include 'simpleamt.html' %}")


def test_every_old_way_to_the_input_is_the_row(trial):
    """Raw blocks, |safe, JSON in quoted attributes, strings and scripts, and nested includes all work."""
    parts(trial)
    trial.show_row(OLD, ROW)
    assert trial.page.text_content("#angular") == "{{ not.ours }}"
    trial.submit("#submit-btn")
    assert trial.output() == [ROW] * 7
    assert trial.errors == []


CDN = "//cdn.example.org/ajax/libs/jquery/jquery.min.js"
JQUERY_PAGE = """<html><head><title>t</title><script src='CDN'></script></head><body>
<textarea id='text-area'></textarea>{% include "simpleamt.html" %}<script>
$(function() {
  var input = simpleamt.getInput(['default']);
  if (!simpleamt.isPreview()) {
    $('#submit-btn').prop('disabled', false);
    simpleamt.setupSubmit();
    $('#submit-btn').click(function(event) { SUBMIT });
  }
});</script></body></html>""".replace("CDN", CDN)
DIRECT = """
  if ($('#text-area').val().length < 5) { return false; }
  simpleamt.setOutput({'image_url': input[0], 'description': $('#text-area').val()});"""
LATER = """
  event.preventDefault();
  if ($('#text-area').val().length < 5) { return; }
  $(this).attr('disabled', 'disabled');
  $('#output').val(JSON.stringify({'image_url': input[0], 'description': $('#text-area').val()}));
  setTimeout(function() { $('#results-form').submit(); $('#results-form').submit(); }, 10);"""


@pytest.mark.parametrize("version", ["1", "3"])
@pytest.mark.parametrize("submit", [DIRECT, LATER], ids=["direct", "later"])
def test_jquery_pages_keep_working(trial, version, submit):
    """A page in the shape of simple-amt's own is answered through the jQuery that it loads."""
    library = npm.node_modules(HERE / "jquery") / f"jquery-{version}" / "dist" / "jquery.min.js"
    trial.page.route(f"https:{CDN}", lambda route: route.fulfill(path=library))
    trial.show_row(JQUERY_PAGE.replace("SUBMIT", submit), ["https://example.org/cat.jpg"])
    assert trial.page.evaluate("$.fn.jquery").startswith(version)
    trial.page.click("#submit-btn")
    assert "answer.html" not in trial.page.url
    trial.page.fill("#text-area", "a cat,\nsitting")
    trial.submit("#submit-btn")
    assert trial.output() == {
        "image_url": "https://example.org/cat.jpg",
        "description": "a cat,\nsitting",
    }
    trial.page.goto(f"{(trial.folder / 'row-1.html').as_uri()}?{PARAMETERS['preview']}")
    assert trial.page.is_disabled("#submit-btn")
    assert trial.errors == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("<script>var input = '{{ input }}';</script>", "page.html:2: {{ input }}"),
        ("<div data-input={{ input }}></div>", "page.html:2: {{ input }}"),
        ("<!-- {{ input }} -->", "page.html:2: {{ input }}"),
        ("{% include 'missing.html' %}", 'page.html:2: "missing.html" is in none'),
        ("{{ input.txet }}", 'page.html:2: {{ input.txet }}: the row has no key "txet"'),
        ("{% raw %}", "page.html:2: Missing end of raw directive"),
    ],
)
def test_what_cannot_be_placed_is_refused_by_its_line(trial, line, said):
    """A place where data cannot stand safely, or a file or a key that is not there, is refused by its line."""
    with pytest.raises(UserError) as refused:
        trial.show_row(f"<html><body>\n{line}\n</body></html>", ROW)
    assert said in str(refused.value)


REQUESTERS = """<HTML>
<HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Rate it</TITLE>
<SCRIPT LANGUAGE="Javascript">
<!--
function gup(name) {
  var results = new RegExp("[\\?&]" + name + "=([^&#]*)").exec(window.location.href);
  return results == null ? "" : results[1];
}
//-->
</SCRIPT>
</HEAD>
<BODY BGCOLOR=white ONLOAD="window.seen = {{ input }}; window.chosen = {{ text|tojson }};">
<FORM id="mturk_form" name="mturk_form" method="POST" action="">
<INPUT TYPE="hidden" id="assignmentId" name="assignmentId" value="">
<TABLE border=1>
{% for item in list %}<TR><TD>{{ loop.index }}. R&D:&nbsp;{{ item }}
	<TD><INPUT type=radio name="q{{ loop.index }}" value=yes onclick="window.last = {{ loop.index0 }}">
	<TD><INPUT type=radio name="q{{ loop.index }}" value=no>
{% endfor %}</TABLE>
<INPUT type=checkbox name=tag value=a CHECKED><INPUT type=checkbox name=tag value=b CHECKED>
<P><TEXTAREA name="comment" rows=4 cols=60>{{ text }}</TEXTAREA>
<INPUT id="submitButton" type="submit" name="Submit" value="Submit">
</FORM>
<SCRIPT>
  document.getElementById('assignmentId').value = gup('assignmentId');
  if (gup('assignmentId') == "ASSIGNMENT_ID_NOT_AVAILABLE") {
    document.getElementById('submitButton').disabled = true;
  } else {
    document.getElementById('mturk_form').action = decodeURIComponent(gup('turkSubmitTo')) + "/mturk/externalSubmit";
  }
</SCRIPT>
</BODY>
</HTML>
"""


def test_a_page_of_2012_in_capitals_passes_and_is_answered(trial):
    """Capitals, unquoted attributes, unclosed cells, CRLF, tabs, handlers and one name of boxes are no faults."""
    row = {"text": '\n</TEXTAREA> "it\'s" \u2028', "list": ["</td>", 5]}
    trial.show_row(REQUESTERS.replace("\n", "\r\n"), row)
    assert trial.page.evaluate("[window.seen, window.chosen]") == [row, row["text"]]
    trial.page.click("[name=q2][value=yes]")
    assert trial.page.evaluate("window.last") == 1
    trial.submit("#submitButton")
    assert trial.fields() == {
        "q2": "yes", "tag": "a|b", "Submit": "Submit",
        "comment": row["text"].replace("\n", "\r\n"),
    }  # fmt: skip
    assert trial.problems() == trial.errors == []
    html = renderer(trial.folder / "hit_templates" / "page.html", []).page(row)
    found = [*unsent(html), *unreachable(html), *unfilled(html), *invalid(html)]
    assert [finding.text for finding in found if finding.is_error] == []
