"""A preview's page behaves as on a market: its states, what a submit would bring, who refuses it."""

import json

import pytest
from crowdmake.market.answers import answer_xml

TARGET = "https://www.mturk.com/mturk/externalSubmit"
FORM = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>
<form method="post" action="{action}"><input type="hidden" name="assignmentId" id="a">
{fields}<button type="submit">Go</button></form>
<script>document.getElementById("a").value = new URLSearchParams(location.search).get("assignmentId");
{script}</script></body></html>"""


def form(fields: str = '<input name="x" value="1">', script: str = "", action: str = TARGET) -> str:
    return FORM.format(action=action, fields=fields, script=script)


def test_fields_arrive_as_the_market_writes_them(trial):
    """Hostile, repeated, multi-line and foreign values give the XML that the market would write."""
    values = ["<b>&amp;", "é 漢 \U0001f600", "a\nb", "x|y", "\x0b\ufffe", "&#13;", "'\"]]>"]
    fields = "".join(f'<textarea name="f{number % 5}"></textarea>' for number in range(len(values)))
    trial.show(form(fields))
    trial.page.evaluate(
        "(values) => document.querySelectorAll('textarea').forEach((e, i) => { e.value = values[i] })",
        values,
    )
    trial.submit()
    posted = [(f"f{n % 5}", value.replace("\n", "\r\n")) for n, value in enumerate(values)]
    assert trial.page.text_content("#xml") == answer_xml([("assignmentId", "A"), *posted])
    assert trial.page.text_content("#outcome") == "This answer would arrive"
    assert trial.problems() == []


@pytest.mark.parametrize("navigation", ["with", "without"])
@pytest.mark.parametrize(
    "script",
    [
        "document.forms[0].addEventListener('submit', (e) => e.stopPropagation());",
        "addEventListener('submit', () => { document.forms[0].elements.x.value = '1' });",
        "document.forms[0].addEventListener('submit', (e) => { e.preventDefault();"
        " document.forms[0].submit() });",
    ],
)
def test_every_way_to_submit_is_shown(trial, script, navigation):
    """A submit that handlers stop from rising, complete late or do themselves is shown in any browser."""
    if navigation == "without":  # as in browsers that have no such events for files
        trial.page.add_init_script(
            "Object.defineProperty(window, 'navigation', { value: undefined })"
        )
    trial.show(form(script=script))
    trial.submit()
    assert trial.fields() == {"x": "1"}


def test_a_handler_that_prevents_the_submit_is_obeyed(trial):
    """What the page itself stops is not shown as submitted."""
    trial.show(form(script="document.forms[0].onsubmit = () => false;"))
    trial.page.click("button")
    trial.page.wait_for_timeout(200)
    assert "answer.html" not in trial.page.url


@pytest.mark.parametrize(
    ("html", "state", "said"),
    [
        (form(), "preview", "not accepted"),
        (form(action="dummy"), "accepted", "and not to the market's"),
        (form(script="document.getElementById('a').value = ''"), "accepted", "no assignmentId"),
        (form(fields=""), "accepted", "no field besides"),
    ],
)
def test_what_a_market_refuses_is_said(trial, html, state, said):
    """An answer from a preview, to the wrong place, of nobody or of nothing is said to be refused."""
    trial.show(html, state)
    trial.submit()
    (problem,) = trial.problems()
    assert said in problem
    assert trial.page.text_content("#outcome") == "A market would refuse this"


def test_fields_in_the_query_count(trial):
    """A form that sends by GET, or fields in its address, arrive too."""
    trial.show(form(action=f"{TARGET}?q=2"))
    trial.submit()
    assert trial.fields() == {"q": "2", "x": "1"}
    trial.show(form().replace('method="post"', 'method="get"'))
    trial.submit()
    assert trial.fields() == {"x": "1"}


def test_the_first_page_shows_rows_in_both_states(trial):
    """index.html frames the pages, one after the other, in preview and accepted state."""
    template = (
        '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><p>{{ a }}</p>'
        "<script>document.body.append(location.search)</script></body></html>"
    )
    trial.show_row(template, {"a": "</script><b>é"})
    trial.page.goto((trial.folder / "index.html").as_uri())
    frame = trial.page.frame_locator("#frame")
    frame.locator("p", has_text="</script><b>é").wait_for()
    frame.get_by_text("ASSIGNMENT_ID_NOT_AVAILABLE").wait_for()
    trial.page.check("input[value=accepted]")
    frame.get_by_text("turkSubmitTo=https%3A%2F%2Fmarket.invalid").wait_for()
    labels = trial.page.locator("#row option").all_text_contents()
    assert labels == ["1: " + json.dumps({"a": "</script><b>é"}), "no input"]
    trial.page.select_option("#row", "no-input.html")
    frame.locator("p:empty").wait_for(state="attached")
    assert trial.errors == []


def test_addresses_lead_where_they_would_on_a_market(trial):
    """An address without a scheme is of https, and a relative one never leads to a file here."""
    asked = []
    trial.page.on("request", lambda request: asked.append(request.url))
    page = form(fields='<img src="//cdn.invalid/a.png" alt=""><img src="pictures/b.png" alt="">')
    trial.show(page.replace("</head>", '<script src="//cdn.invalid/jquery.js"></script></head>'))
    assert asked[1:] == [
        "https://cdn.invalid/jquery.js",
        "https://cdn.invalid/a.png",
        "https://market.invalid/pictures/b.png",
    ]


def test_a_page_that_says_its_own_base_keeps_it(trial):
    """A page with a base of its own resolves its addresses by that one."""
    page = form().replace("<head>", '<head><base href="https://example.invalid/x/">')
    trial.show(page)
    assert trial.page.evaluate("new URL('a.png', document.baseURI).href") == (
        "https://example.invalid/x/a.png"
    )


@pytest.mark.parametrize("navigation", ["with", "without"])
def test_links_within_the_page_stay_on_it(trial, navigation):
    """A link or a script that leads to a part of the page does so, and the page still submits."""
    if navigation == "without":
        trial.page.add_init_script(
            "Object.defineProperty(window, 'navigation', { value: undefined })"
        )
    trial.show(
        form(fields='<a href="#end">to the end</a><p id="end">end</p><input name="x" value="1">')
    )
    trial.page.click("a")
    trial.page.wait_for_function("location.hash === '#end'")
    trial.submit()
    assert trial.fields() == {"x": "1"}
