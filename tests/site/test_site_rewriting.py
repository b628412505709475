"""Which addresses of a page are made the market's own, and that nothing else of it changes."""

import re
import time

import pytest
from crowdmake.market.site.frames import known, libraries, policy
from crowdmake.market.site.frames.rewriting import rewrite
from hypothesis import example, given
from hypothesis import strategies as st

SITE, PAGES = "https://hits.example.org", "https://shared.pages.example.net"
SUBMIT = f"{SITE}/mturk/externalSubmit"


def shown(html: str) -> str:
    return rewrite(html, SITE, PAGES)


def served(name: str) -> str:
    return f"{PAGES}/{libraries.address(name)}"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://ajax.googleapis.com/ajax/libs/jquery/1.4.2/jquery.min.js", "jquery-1.js"),
        ("//ajax.googleapis.com/ajax/libs/jquery/1/jquery.js", "jquery-1.js"),
        ("http://code.jquery.com/jquery-latest.min.js", "jquery-1.js"),
        ("http://code.jquery.com/jquery.js", "jquery-1.js"),
        ("https://code.jquery.com/jquery-2.2.4.min.js", "jquery-1.js"),
        ("https://code.jquery.com/jquery-3.6.0.slim.min.js", "jquery-3.js"),
        ("https://cdnjs.cloudflare.com/ajax/libs/jquery/3.3.1/jquery.min.js", "jquery-3.js"),
        ("https://cdnjs.cloudflare.com/ajax/libs/jquery/2.1.3/jquery.js?v=1", "jquery-1.js"),
        ("https://cdn.jsdelivr.net/npm/jquery@3.7.1/dist/jquery.min.js", "jquery-3.js"),
        ("https://cdn.jsdelivr.net/npm/jquery@1/dist/jquery.min.js", "jquery-1.js"),
        ("https://cdn.jsdelivr.net/npm/jquery", "jquery-3.js"),
        ("https://cdn.jsdelivr.net/npm/jquery@2.2.4", "jquery-1.js"),
        ("https://cdn.jsdelivr.net/jquery/1.12.4/jquery.min.js", "jquery-1.js"),
        ("https://cdn.jsdelivr.net/gh/jquery/jquery@3.2.1/dist/jquery.min.js", "jquery-3.js"),
        ("https://unpkg.com/jquery", "jquery-3.js"),
        ("https://unpkg.com/jquery@1.12.4/dist/jquery.min.js", "jquery-1.js"),
        ("http://ajax.aspnetcdn.com/ajax/jQuery/jquery-1.8.0.js", "jquery-1.js"),
        ("https://ajax.aspnetcdn.com/ajax/jQuery/jquery-3.5.1.min.js", "jquery-3.js"),
        ("http://ajax.microsoft.com/ajax/jquery/jquery-1.4.2.min.js", "jquery-1.js"),
        ("https://jqueryjs.googlecode.com/files/jquery-1.3.2.min.js", "jquery-1.js"),
        ("https://code.jquery.com/jquery-migrate-1.2.1.min.js", "jquery-migrate-1.js"),
        ("https://code.jquery.com/jquery-migrate-3.4.0.min.js", None),
        ("https://cdnjs.cloudflare.com/ajax/libs/underscore.js/1.8.3/underscore-min.js", "underscore.js"),
        ("http://underscorejs.org/underscore.js", "underscore.js"),
        ("https://cdn.jsdelivr.net/npm/underscore@1.13/underscore-umd-min.js", "underscore.js"),
        ("https://cdnjs.cloudflare.com/ajax/libs/lodash.js/4.17.4/lodash.min.js", "lodash.js"),
        ("https://unpkg.com/lodash@4/lodash.js", "lodash.js"),
        ("//netdna.bootstrapcdn.com/bootstrap/3.0.3/js/bootstrap.min.js", "bootstrap.js"),
        ("https://maxcdn.bootstrapcdn.com/bootstrap/3.3.7/js/bootstrap.js", "bootstrap.js"),
        ("https://cdn.jsdelivr.net/npm/bootstrap@5.3.0/dist/js/bootstrap.bundle.min.js", None),
        ("https://maxcdn.bootstrapcdn.com/bootstrap/3.3.7/css/bootstrap.min.css", None),
        ("https://s3.amazonaws.com/mturk-public/externalHIT_v1.js", "externalHIT_v1.js"),
        ("http://s3.amazonaws.com/mturk-public/externalHIT_v1.js", "externalHIT_v1.js"),
        ("//s3.amazonaws.com/mturk-public/externalHIT_v1.js", "externalHIT_v1.js"),
        ("https://s3.us-east-1.amazonaws.com/mturk-public/externalHIT_v1.js", "externalHIT_v1.js"),
        ("https://mturk-public.s3.amazonaws.com/externalHIT_v1.js", "externalHIT_v1.js"),
        ("https://assets.crowd.aws/crowd-html-elements.js", "crowd-html-elements.js"),
        ("https://assets.crowd.aws/crowd-html-elements-without-ce-polyfill.js", "crowd-html-elements.js"),
        ("https://code.jquery.com/ui/1.12.1/jquery-ui.js", None),
        ("https://code.jquery.com/mobile/1.4.5/jquery.mobile-1.4.5.min.js", None),
        ("https://cdn.jsdelivr.net/npm/jquery-validation@1.19/dist/jquery.validate.js", None),
        ("https://unpkg.com/react@18/umd/react.js", None),
        ("https://evil.example/code.jquery.com/jquery.js", None),
        ("jquery.js", None),
    ],
)  # fmt: skip
def test_what_the_market_has_is_known_by_its_address(address, name):
    """Every well-known place of jQuery, its migrate plugin and Amazon's own files is known, and no other."""
    assert known.library(address) == name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<SCRIPT SRC=https://code.jquery.com/jquery-1.4.js></SCRIPT>",
            f'<SCRIPT SRC="{served("jquery-1.js")}"></SCRIPT>',
        ),
        (
            "<script  src='//code.jquery.com/jquery-3.1.1.min.js' integrity=\"sha256-x\"\n crossorigin = anonymous defer ></script>",
            f'<script  src="{served("jquery-3.js")}" defer ></script>',
        ),
        (
            "<script crossorigin src='https://cdn.example.org/x.js' integrity=k></script>",
            None,
        ),
        (
            '<form action=" https://x.example/?u=https://www.mturk.com/mturk/externalSubmit">',
            None,
        ),
        (
            "<FORM method=post ACTION='http://www.mturk.com/mturk/externalSubmit?assignmentId=3&amp;x=1'>",
            f'<FORM method=post ACTION="{SUBMIT}?assignmentId=3&amp;x=1">',
        ),
        (
            '<form action="//workersandbox.mturk.com//mturk/externalSubmit"><button formaction="/mturk/externalSubmit">',
            f'<form action="{SUBMIT}"><button formaction="{SUBMIT}">',
        ),
        (
            '<form action="https://www.workersandbox.mturk.com/mturk/externalSubmit">',
            f'<form action="{SUBMIT}">',
        ),
        ('<form action="https://evilmturk.com/mturk/externalSubmit">', None),
        (
            "<script>f.action='https://mturk.com/mturk/externalSubmit';</script>",
            f"<script>f.action='{SUBMIT}';</script>",
        ),
        (
            "<script>f.action = (s ? 'https://workersandbox.mturk.com' : \"https://www.mturk.com/\") + '/mturk/externalSubmit';</script>",
            f"<script>f.action = (s ? '{SITE}' : \"{SITE}/\") + '/mturk/externalSubmit';</script>",
        ),
        (
            "<script>document.write('<script src=\"https://code.jquery.com/jquery-1.9.js\"><\\/script>')</script>",
            f"<script>document.write('<script src=\"{served('jquery-1.js')}\"><\\/script>')</script>",
        ),
        (
            "<script>s.src = '//unpkg.com/jquery@3'; s.setAttribute('src', 'https://code.jquery.com/jquery.js')</script>",
            f"<script>s.src = '{served('jquery-3.js')}'; s.setAttribute('src', '{served('jquery-1.js')}')</script>",
        ),
        (
            "<p onclick=\"f.action = 'https://www.mturk.com/mturk/externalSubmit'\">",
            f'<p onclick="f.action = &#x27;{SUBMIT}&#x27;">',
        ),
        # Data and text are no one's to change.
        ('<script type="application/json">["https://www.mturk.com/mturk/externalSubmit"]</script>', None),
        ("<input type=hidden value='https://www.mturk.com/mturk/externalSubmit'><form>", None),
        ("<p>https://code.jquery.com/jquery.js and https://www.mturk.com/mturk/externalSubmit", None),
        ("<!-- <script src='https://code.jquery.com/jquery.js'></script> -->", None),
        ("<textarea><script src='https://code.jquery.com/jquery.js'></script></textarea><form>", None),
        ("<script>var rows = ['https://code.jquery.com/jquery.js'];</script>", None),
        ("<a href='https://www.mturk.com/mturk/externalSubmit'>", None),
    ],
)  # fmt: skip
def test_only_what_is_loaded_or_sent_to_is_rewritten(before, after):
    """Scripts that are loaded and targets of forms become the market's own, with no guard left; text and data stay."""
    assert shown(before) == (before if after is None else after)


UNTOUCHED = re.compile(r"mturk|jquery|crowd|externalHIT", re.IGNORECASE)
PIECES = st.sampled_from(
    ["<", ">", "</", "<!--", "-->", "script", "textarea", "style", " src=", '"', "'", "=", "/", "&amp;", "a", "\r\n",
     "<form action=", "<script src='//cdn.example.org/x.js' integrity=y>", "\x00", "é", "title", "plaintext", "!", "-"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join))
@example("<!--><form action='x'>")
@example("<a b='<form action=\"'>")
def test_a_page_that_names_none_of_them_is_not_touched(html):
    """Whatever a page's text is: where none of those addresses is in it, it comes through as it is."""
    if not UNTOUCHED.search(html) and not re.search("<(input|select|textarea)", html, re.I):
        assert shown(html) == html


@pytest.mark.parametrize(
    "piece", ["<a ", "<a b='", '<a b="', "<!--", "<script>", "<a =", "</", "<a/", "src='//", "\"//www.mturk.com", "<a\n"]
)  # fmt: skip
def test_no_page_takes_long(piece):
    """A page of the greatest length takes less than a second, whatever it repeats."""
    html = f"<script>externalSubmit {piece * 10}</script>" + piece * (65_535 // len(piece))
    start = time.perf_counter()
    shown(html)
    assert time.perf_counter() - start < 1


LAYOUT = "<section><p>Which?</p><label><input name='q' type='radio' value='a'>A</label></section>"
AROUND = f"""<form id="mturk_form" name="mturk_form" method="post" action="{SUBMIT}"><input type="hidden" id="assignmentId" name="assignmentId" value="">"""
BUTTON = '<p><input type="submit" id="submitButton" value="Submit"></p></form>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", LAYOUT),
        ("<!DOCTYPE html><html><head><title>HIT</title></head>", f"{LAYOUT}</html>"),
        ("<html><body class=x>", f"\n{LAYOUT}</body></html>"),
        ("<script>$(function() { $('#mturk_form').submit(checked); });</script>", LAYOUT),
        ("", f"<form name='mturk_form'>{LAYOUT}</form>"),
    ],
)
def test_a_layout_of_the_requesters_site_gets_the_form_that_was_put_around_it(before, after):
    """A page with fields, but no form, or that form without a target, stands in one; it is there before any script asks for it."""
    script = f'<script src="{served("form-around.js")}"></script>'
    assert shown(before + after) == before + AROUND + after + BUTTON + script


@pytest.mark.parametrize(
    "complete",
    [
        f"<form>{LAYOUT}</form>",
        f"<form id='mturk_form' action='save.php'>{LAYOUT}</form>",
        f"<form id='mturk_form'>{LAYOUT}</form><script>turkSetAssignmentID()</script>",
        f"<crowd-form>{LAYOUT}</crowd-form>",
        f"{LAYOUT}<script>send(turkSubmitTo)</script>",
        f"{LAYOUT}<script>$('body').append('<form>')</script>",
        "<p>Nothing to fill in</p>",
        "<input id='no-name'>",
    ],
)
def test_a_page_that_sends_its_fields_itself_gets_no_form(complete):
    """A page with a form of its own, or a script that sees to it, or nothing to send, stays as it is."""
    assert shown(complete) == complete


@pytest.mark.parametrize(
    ("pages", "upgraded"),
    [
        ("https://shared.pages.example.net", True),
        ("http://shared.pages.localhost:8000", True),
        ("http://pages.lan:8000", False),
    ],
)
def test_pages_load_by_https_what_they_name_without(pages, upgraded):
    """As on Amazon, `//cdn` and `http://` mean https, unless that would keep the market's own files from loading."""
    given = {"sandbox": "", "site": SITE, "pages": pages, "sources": "https:"}
    for headers in (policy.page_headers(**given), policy.form_headers(**given)):
        assert ("upgrade-insecure-requests" in headers["Content-Security-Policy"]) == upgraded
