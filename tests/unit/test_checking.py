"""The check of pages: which faults of a form, an address or the markup are found, and which pages pass."""

from decimal import Decimal
from pathlib import Path

import pytest
from crowdmake import workflow_root
from crowdmake.checking.addresses import unfilled, unreachable
from crowdmake.checking.check import Report, Subject, check_batch
from crowdmake.checking.forms import unsent
from crowdmake.checking.validity import invalid
from crowdmake.checking.wages import wage_line
from crowdmake.exceptions import UserError

TARGET = "https://www.mturk.com/mturk/externalSubmit"
FILLS = "<script>document.forms[0].assignmentId.value = location.search</script>"
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>t</title>{head}</head><body>{body}</body></html>'
)
FORM = (
    '<form method="post" action="' + TARGET + '"><input type="hidden" name="assignmentId">'
    '{fields}<button type="submit">Go</button></form>'
)
PROPERTIES = {"Reward": "0.05", "FrameHeight": 0}


def page(body: str, head: str = "") -> str:
    return PAGE.format(body=body, head=head)


def form(fields: str = '<input name="x">', after: str = FILLS) -> str:
    return page(FORM.format(fields=fields) + after)


def texts(found) -> list[str]:
    return [finding.text for finding in found]


def errors(found) -> list[str]:
    return [finding.text for finding in found if finding.is_error]


SAMPLE = (workflow_root / "hit_templates/sort_messages.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "html",
    [
        form(),
        SAMPLE,
        form("<label><input type=radio name=r value=1></label><input type=radio name=r value=2>"),
        form("<input type=checkbox name=c value=1><input type=checkbox name=c value=2>"),
        form("<button name=b value=1>A</button><button name=b value=2>B</button><input name=x>"),
        form('<template><input name="x"></template><input name="x">'),
        page(
            '<form method="post" id="mturk_form" action="'
            + TARGET
            + '"><textarea name="w"></textarea>'
            '<input type="submit"></form><script>turkSetAssignmentID()</script>',
            '<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>',
        ),
        page(
            '<crowd-form><crowd-input name="a"></crowd-input></crowd-form>',
            '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>',
        ),
        page(
            "<div id=app></div><script>const form = document.createElement('form');"
            "form.action = to + '/mturk/externalSubmit'; send('assignmentId');</script>"
        ),
    ],
)
def test_pages_that_arrive_pass(html):
    """Forms that post to a market, by themselves, a script, Amazon's library or a crowd-form, are fine."""
    assert texts(unsent(html)) == []


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (page("<p>hello</p>"), "no form sends the answer"),
        (page('<form action="dummy"><input name="x"><button>Go</button></form>'), 'action is "dummy"'),
        (page("<form><input name=x><button>Go</button></form>"), "has no action"),
        (form(after=""), "nothing fills in the field assignmentId"),
        (form(after="").replace("assignmentId", "assignment"), "has no field assignmentId"),
        (form(fields="", after="<p onclick=\"assignmentId\"></p>").replace("onclick", "title"), "nothing fills in"),
        (form().replace("<button type=\"submit\">Go</button>", ""), "no button that submits it"),
        (form("<input name=x><input name=x>"), '2 fields are called "x" (text, text)'),
        (form("<input type=radio name=x><input name=x>"), '2 fields are called "x" (radio, text)'),
        (form("<select name=x></select><textarea name=x></textarea>"), '2 fields are called "x"'),
        (page('<crowd-form><crowd-input name="a"></crowd-input></crowd-form>'), "without crowd-html-elements.js"),
    ],
)  # fmt: skip
def test_pages_that_would_not_arrive_are_errors(html, said):
    """A page without a form, target, assignment id, answer or button, or with doubled names, is an error."""
    assert any(said in text for text in errors(unsent(html)))


def test_a_form_without_any_answer_is_an_error():
    """A form that holds the assignment id only brings nothing."""
    only = f'<form method="post" action="{TARGET}?assignmentId=x"><button>Go</button></form>'
    assert "no named field for the answer" in " ".join(errors(unsent(page(only))))


def test_scripts_from_elsewhere_make_it_a_warning():
    """Where a script that is not on the page may do what is missing, it is a warning."""
    html = page("<p>x</p>", '<script src="https://example.org/app.js"></script>')
    assert texts(unsent(html))
    assert errors(unsent(html)) == []
    library = page(
        "<p>x</p>", '<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>'
    )
    assert errors(unsent(library))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<img src="http://example.org/a.png" alt="">', "use https"),
        ('<link rel="stylesheet" href="http://example.org/a.css">', "use https"),
        ('<p style="background: url(http://example.org/a.png)">x</p>', "use https"),
        ("<style>@import 'http://example.org/a.css';</style>", "use https"),
        (
            '<img srcset="https://example.org/a.png 1x, http://example.org/b.png 2x" alt="">',
            "use https",
        ),
        ('<img src="images/cat.png" alt="">', "relative path"),
        ('<script src="/static/app.js"></script>', "relative path"),
        ('<a href="help.html">x</a>', "relative path"),
        ('<img src="file:///home/me/cat.png" alt="">', "a file on this machine"),
        ('<img src="C:\\cats\\cat.png" alt="">', "a file on this machine"),
        ('<img src="https://localhost:8000/a.png" alt="">', "only this network"),
        ('<img src="https://192.168.1.5/a.png" alt="">', "only this network"),
        ('<a href="http://127.0.0.1/">x</a>', "only this network"),
        ('<iframe src="//printer.local/x"></iframe>', "only this network"),
        ('<crowd-bounding-box src="cat.png"></crowd-bounding-box>', "relative path"),
        ('<img src="${image_url}" alt="">', "only Amazon's site fills in ${image_url}"),
    ],
)
def test_addresses_that_workers_cannot_load_are_errors(body, problem):
    """What is loaded over http, and what exists only here, is an error with the address."""
    (said,) = errors(unreachable(page(body)))
    assert problem in said
    assert "; found" not in said
    assert ": found " in said


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://example.org/a.png" alt=""><img src="//cdn.example.org/a.png" alt="">',
        '<img src="data:image/png;base64,AA==" alt=""><a href="#top">x</a><a href="mailto:a@b.c">x</a>',
        '<a href="http://example.org/">x</a><form action="anything"></form>',
        '<base href="https://example.org/"><img src="images/cat.png" alt="">',
        "<style>p { background: url(data:image/png;base64,AA==) }</style>",
        '<crowd-icon-button icon="search" data="a" background="b"></crowd-icon-button>',
    ],
)
def test_addresses_that_everybody_reaches_pass(body):
    """Public https addresses, links over http, and parts of the page itself are fine."""
    assert texts(unreachable(page(body))) == []


def test_what_a_browser_would_mend_is_an_error_by_line():
    """Markup that is not valid HTML5 is an error with the page's line; a missing doctype a warning."""
    assert texts(invalid(SAMPLE.replace("{{", "").replace("}}", ""))) == []
    found = list(
        invalid(
            "<html><head><title>t</title></head><body>\n<form><form></form>\n<p id=a id=b></b></body>"
        )
    )
    assert [finding.is_error for finding in found] == [False, True, True, True]
    assert found[1].text.startswith('line 2 of the page, at "<form><form>": not valid HTML5')
    (twice,) = invalid(page("<p id=a></p><p id=a></p>"))
    assert not twice.is_error
    assert twice.text.startswith("the id a stands on several elements")


def test_many_parse_errors_are_counted():
    """Of very many parse errors the first are named and the others counted."""
    found = texts(invalid(page("\n".join(["</b>"] * 20))))
    assert len(found) == 9
    assert found[-1] == "12 more parse errors on the page"


@pytest.mark.parametrize(
    ("minutes", "least", "text", "is_low"),
    [
        (1, None, "0.05 USD for 1 minute is 3.00 USD an hour", False),
        (0.5, Decimal(6), "0.05 USD for 0.5 minutes is 6.00 USD an hour", False),
        (
            1,
            Decimal("7.25"),
            "below budget.hourly_usd, 7.25 USD; a reward of 0.13 USD meets it",
            True,
        ),
        (None, Decimal(5), "is not known", True),
        (None, None, "is not known", False),
    ],
)
def test_the_wage_by_the_hour(minutes, least, text, is_low):
    """The reward and the minutes give the wage, which is warned of where it is below the least."""
    said, low = wage_line(PROPERTIES, minutes, least)
    assert text in said
    assert low == is_low


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("hit_templates").mkdir()
    Path("input").mkdir()

    def checked(template: str, rows: str, minutes: float | None = 1) -> Report:
        Path("hit_templates/page.html").write_text(template, encoding="utf-8")
        Path("input/main.txt").write_text(rows, encoding="utf-8")
        report = Report()
        subject = Subject(
            "main", Path("input/main.txt"), "hit_templates/page.html", None, [], PROPERTIES, minutes
        )
        check_batch(subject, Decimal(1), report)
        return report

    return checked


def test_everything_is_found_at_once(experiment):
    """Faults of rows, of the template and of single pages are all in one report, each by its place."""
    template = form('<input name="x"><img src="{{ url }}" alt=""><input name="x">')
    report = experiment(
        template,
        '{"url": "https://example.org/a"}\n{"url": "http://example.org/b"}\nno json\n{"ur": 1}\n\n',
    )
    assert [line.split("; ")[0] for line in report.errors] == [
        "input/main.txt:3: not JSON (Expecting value at column 1)",
        "input/main.txt:4: hit_templates/page.html:1: {{ url }}: the row has no key \"url\""
        " (its keys: ur)",
        'hit_templates/page.html: 2 fields are called "x" (text, text)',
        "input/main.txt:2: hit_templates/page.html: src of <img>: found \"http://example.org/b\"",
    ]  # fmt: skip
    assert report.warnings == []
    assert "input/main.txt: blank lines are skipped: 5" in report.notes
    said: list[str] = []
    with pytest.raises(UserError) as caught:
        report.end(said.append)
    assert list(caught.value.lines) == report.errors
    assert said[0] == "main: 0.05 USD for 1 minute is 3.00 USD an hour"


def test_warnings_do_not_fail(experiment):
    """A report with warnings only says them and ends well."""
    report = experiment(form().replace("<!DOCTYPE html>", ""), "1\n", minutes=30)
    assert report.errors == []
    said: list[str] = []
    report.end(said.append)
    assert [line.split(":")[0] for line in said] == ["warning", "warning"]


def test_a_page_that_includes_simpleamt_passes(experiment):
    """simple-amt's kind of page passes; one that never calls setupSubmit is warned of."""
    body = '{% include "hit_templates/simpleamt.html" %}<script>simpleamt.setupSubmit()</script>'
    report = experiment(page(body), "1\n", minutes=1)
    assert report.errors == report.warnings == []
    report = experiment(page(body.replace("simpleamt.setup", "")), "1\n", minutes=1)
    assert report.errors == []
    (said,) = report.warnings
    assert "setupSubmit" in said


@pytest.mark.parametrize(
    "html",
    [
        page("a\x85b\x7fc"),
        page("a&#13;b"),
        page("<p></p>").replace(
            "<!DOCTYPE html>",
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
            ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
        ),
        page("<p></p>").replace(
            "<!DOCTYPE html>", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">'
        ),
    ],
)
def test_what_changes_no_page_is_a_warning(html):
    """Control characters in a row's text, and the doctypes of older HTML, stop nothing."""
    found = list(invalid(html))
    assert found
    assert not any(finding.is_error for finding in found)


def test_a_parse_error_says_where_it_is():
    """A parse error comes with the words around it, and a form in a form with what it does."""
    found = errors(invalid(page("<form>\n<p>one</p>\n <form><input></form></form>")))
    assert found[0] == (
        'line 3 of the page, at "<form>": not valid HTML5: unexpected start tag (<form>);'
        " browsers drop a form inside a form, and its end tag ends the outer one"
    )


@pytest.mark.parametrize(
    ("html", "is_said"),
    [
        (form("<p>Look at ${name}</p><input name=x>"), True),
        (form('<input name="x" placeholder="${ name }">'), True),
        (form("<p>It costs ${5} or $ {x}</p><input name=x>"), False),
        (form(after=FILLS + "<script>const text = `${name}`;</script>"), False),
    ],
)
def test_what_only_amazons_site_filled_in_is_a_warning(html, is_said):
    """A ${name} left from the Requester site in text or an attribute is told, in scripts it is theirs."""
    found = [each for each in unfilled(html) if "Amazon" in each.text]
    assert bool(found) == is_said
    assert not any(each.is_error for each in found)


@pytest.mark.parametrize(
    "call",
    [
        '<body onload="simpleamt.setupSubmit()">',
        '<body><script src="https://example.org/task.js"></script>',
    ],
)
def test_a_submit_that_is_set_up_elsewhere_is_not_missed(experiment, call):
    """A handler, or a script from elsewhere, may set up the submit button as well."""
    body = page('{% include "simpleamt.html" %}').replace("<body>", call)
    report = experiment(body, "1\n", minutes=1)
    assert report.errors == report.warnings == []


def test_pages_as_simple_amt_ships_them_pass(experiment):
    """A page in the shape of simple-amt's own, without doctype or title, has no errors."""
    template = """<html>
  <head>
    <script src='//cdn.example.org/ajax/libs/jquery/2.1.1/jquery.min.js'></script>
    <link href="//cdn.example.org/bootstrap/3.2.0/css/bootstrap.min.css" rel="stylesheet">
  </head>
  <body>
    <label for='#text'>A type of <span class='category'></span>:</label>
    <input type='text' id='text'/>
    {% include "simpleamt.html" %}
    <script>
      $(function() { simpleamt.setupSubmit(); $('span.category').text(simpleamt.getInput().category); });
    </script>
  </body>
</html>
"""
    report = experiment(template, '{"category": "dog"}\n\n', minutes=1)
    assert report.errors == []


@pytest.mark.parametrize(
    ("body", "is_wrong"),
    [
        ("AT&T, R&D & more &c, a < b", True),
        ("AT&T, R&D & more &c", False),
        ('<a href="https://example.org/?a=1&b=2&copy=3&reg2=x">x</a>', False),
        ("&copy 2012", True),
        ('<a title="a &copy b">x</a>', True),
        ("&nosuch;", True),
    ],
)
def test_an_ampersand_is_an_error_only_where_it_may_be_misread(body, is_wrong):
    """As the standard has it now: an ampersand that cannot be a reference is a plain one."""
    assert bool(errors(invalid(page(body)))) == is_wrong
