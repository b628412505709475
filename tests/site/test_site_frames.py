"""What a HIT's page is given, and what becomes of what it sends."""

import json
import ssl
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
import trustme
from crowdmake.market import workers
from crowdmake.market.models import Site
from framekit import FORM, document
from market.form_kit import constrained, form, formatted, question, selection
from market.kit import external_question, html_question

HEAD = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
)
EXTERNAL = "tasks.example"


def encoded(origin: str) -> str:
    return origin.replace(":", "%3A").replace("/", "%2F")


def fetched(url: str, data: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and text of an answer; every host is this machine."""
    parts = urlsplit(url)
    here = parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl()
    try:
        # Only what the tests serve themselves.
        with urlopen(Request(here, data, {"Host": parts.netloc, **headers})) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read().decode()
    except HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def test_an_accepted_page_has_amazons_parameters_in_amazons_order(desk, origin):
    """The frame's address carries assignmentId, hitId, workerId and turkSubmitTo, and the answer arrives."""
    held = desk.work(document(FORM))
    assert desk.frame.evaluate("location.search") == (
        f"?assignmentId={held.assignment_id}&hitId={held.hit.hit_id}"
        f"&workerId={desk.account.worker.worker_id}&turkSubmitTo={encoded(origin)}"
    )
    assert urlsplit(desk.frame.url).path.endswith("/dynamic/hit")
    assert desk.submit(held) == {"label": "x"}
    assert desk.page.said == []


def test_a_preview_has_two_parameters_and_submits_nothing(desk):
    """In preview assignmentId says so, workerId and turkSubmitTo are absent, and a form gets words in place of a submission."""
    hit = desk.put_up(document(FORM))
    desk.preview(hit)
    search = f"?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId={hit.hit_id}"
    assert desk.frame.evaluate("location.search") == search
    desk.frame.click("#go")
    words = desk.page.frame_locator("#hit").get_by_role("alert").inner_text()
    assert words == (
        "There was a problem submitting your results for this HIT. You are previewing it:"
        " accept the HIT before you submit your answers."
    )


@pytest.mark.parametrize("path", ["/mturk/externalSubmit", "//mturk/externalSubmit"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_both_spellings_and_methods_are_taken(desk, path, method):
    """A form sent by GET or POST to either spelling of externalSubmit is the assignment's answer."""
    script = (
        "<script>const q = new URLSearchParams(location.search), f = document.forms[0];"
        f"f.action = q.get('turkSubmitTo') + '{path}'; f.assignmentId.value = q.get('assignmentId');</script>"
    )
    body = f'<form method="{method}"><input type="hidden" name="assignmentId"><input name="q" value="1"><button>Go</button></form>'
    held = desk.work(document(body + script))
    assert desk.submit(held, "button") == {"q": "1"}


def test_fields_arrive_in_the_exact_xml(desk):
    """Same-named fields are joined with |, fields of the address come first, reserved ones are left out."""
    body = FORM.replace(
        "<button",
        """<input name="care" value="harm"><input name="care" value="fair"><input name="workerId" value="w">
        <input name="empty"><input type="checkbox" name="unchecked" value="1"><input name="hitId" value="h">
        <textarea name="text">\ná &amp; "&lt;b&gt;"\n|</textarea><button name="Submit" value="go" """,
    ).replace('externalSubmit"', 'externalSubmit?first=1&amp;label=0"')
    held = desk.work(document(body))
    desk.submit(held)
    parts = [
        ("first", "1"),
        ("label", "0|x"),
        ("care", "harm|fair"),
        ("empty", ""),
        ("text", '&#225; &amp; "&lt;b&gt;"&#13;\n|'),
        ("Submit", "go"),
    ]
    assert desk.xml(held) == HEAD + "".join(
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier><FreeText>{value}</FreeText></Answer>"
        for name, value in parts
    ) + "</QuestionFormAnswers>"  # fmt: skip


@pytest.mark.parametrize(
    "attributes",
    ['accept-charset="iso-8859-1"', 'accept-charset="shift_jis"', 'enctype="multipart/form-data"'],
)
def test_a_forms_own_encoding_is_understood(desk, attributes):
    """A form in another character encoding that says so by _charset_, or one of several parts, loses no character."""
    body = FORM.replace('method="post"', f'method="post" {attributes}').replace(
        "<button",
        '<input type="hidden" name="_charset_"><input name="kana" value="caf\xe9 ｶ"><button',
    )
    held = desk.work(document(body))
    kana = desk.submit(held)["kana"].replace("&#233;", "é").replace("&#65398;", "ｶ")
    assert kana == "café ｶ"


def test_a_file_in_a_page_is_sent_by_its_name(desk):
    """As a form of one part sends it, a form of several sends a file's name."""
    body = FORM.replace('method="post"', 'method="post" enctype="multipart/form-data"').replace(
        "<button", '<input type="file" name="upload"><button'
    )
    held = desk.work(document(body))
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"}
    desk.frame.set_input_files("[type=file]", [file])
    assert desk.submit(held) == {"label": "x", "upload": "a.txt"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([("assignmentId", "3A")], "was not submitted correctly"),
        ([("q", "1")], "assignmentId was missing"),
        ([("assignmentId", ""), ("q", "1")], "assignmentId was missing"),
        ([("assignmentId", "ASSIGNMENT_ID_NOT_AVAILABLE"), ("q", "1")], "You are previewing it"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(origin, fields, said):
    """Without an assignment, without an answer, or in preview, the page says why, and links to nothing."""
    status, headers, text = fetched(
        f"{origin}/mturk/externalSubmit", urlencode(fields).encode(), Origin="https://any.example"
    )
    assert status == 400
    assert said in text
    assert "<a " not in text
    assert f"frame-ancestors {origin}" in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("multipart/form-data; boundary=x", b"no part"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % each for each in range(10_001))),
        ("application/json", b"\xff\xfe"),
        ("multipart/form-data", b"--x"),
        ("application/x-www-form-urlencoded; charset=base64", b"a=%ff&_charset_=zip"),
        ("application/x-www-form-urlencoded; charset=no-such", b"_charset_=%00"),
    ],
)
def test_what_is_no_form_is_refused_in_words(origin, kind, data):
    """Bytes that are no form, or one of more fields than are taken, are a refusal and not a fault."""
    status, _, text = fetched(f"{origin}/mturk/externalSubmit", data, **{"Content-Type": kind})
    assert status == 400
    assert "Not submitted" in text


def test_answers_are_escaped_for_where_they_stand(desk):
    """A value that looks like the end of a script stays a value."""
    value = '</script><script>alert(1)</script><!--\u2028"\\'
    held = desk.work(document(FORM))
    desk.frame.eval_on_selector("[name=label]", "(field, value) => { field.value = value; }", value)
    assert desk.submit(held) == {"label": value}
    assert desk.page.said == []


def test_externalsubmit_by_itself_says_that_it_belongs_in_a_page(desk, origin):
    """Opened without the page around it, externalSubmit submits nothing and says so."""
    held = desk.work(document(FORM))
    desk.page.goto(f"{origin}/mturk/externalSubmit?assignmentId={held.assignment_id}&q=1")
    desk.page.get_by_role("alert").filter(has_text="stands by itself").wait_for()
    assert desk.status(held) == "Accepted"


def test_frame_height_is_the_requesters(desk):
    """FrameHeight is the frame's height in pixels, and 0 fills the window."""
    desk.work(html_question(document(FORM), height="0000345"))
    assert desk.page.get_attribute("#hit", "height") == "345"
    desk.work(html_question(document(FORM), height="9" * 40))
    assert desk.page.get_attribute("#hit", "height") == "20000"
    desk.work(html_question(document(FORM)), Title="Fills")
    assert desk.page.get_attribute("#hit", "height") is None


def test_a_frame_lives_as_long_as_its_assignment(desk, market, origin):
    """Its address works while the assignment is in hand, and not after its return, with another host, or with a letter changed."""
    held = desk.work(document(FORM))
    url = desk.url
    assert fetched(url)[0] == 200
    token = urlsplit(url).path.split("/")[1]
    changed = ("B" if token[40] == "A" else "A").join([token[:40], token[41:]])
    other_host = url.replace("shared.", "other.")
    for wrong in (url.replace(token, changed), other_host, url.replace(token, "%C3%A9%00"), f"{origin}/{token}/dynamic/hit"):  # fmt: skip
        assert fetched(wrong)[0] == 404
    market.run(lambda now: workers.return_(held, now))
    status, headers, text = fetched(url)
    assert (status, "not shown here any more" in text) == (404, True)
    assert f"frame-ancestors {origin}" in headers["Content-Security-Policy"]


def test_a_frame_dies_with_its_deadline_and_a_preview_within_two_hours(desk, market):
    """After the deadline the frame's address is dead, and that of a preview an hour after it was made."""
    desk.work(document(FORM))
    accepted = desk.url
    desk.preview(desk.put_up(document(FORM), Title="Other", LifetimeInSeconds=100_000))
    previewed = desk.url
    assert [fetched(each)[0] for each in (accepted, previewed)] == [200, 200]
    market.clock.advance(timedelta(seconds=601))
    assert [fetched(each)[0] for each in (accepted, previewed)] == [404, 200]
    market.clock.advance(timedelta(hours=1))
    assert fetched(previewed)[0] == 404


def test_nothing_else_is_on_the_pages_hosts(desk, origin):
    """The pages' hosts have neither the site's pages nor its files, set no cookie, and take no session."""
    desk.work(document(FORM))
    pages = desk.frame.evaluate("location.protocol + '//' + location.host")
    for path in ("/projects", "/about", "/static/site.css", "/mturk/externalSubmit?a=1"):
        status, headers, _ = fetched(pages + path)
        assert (path, status, "Set-Cookie" in headers) == (path, 404, False)
    assert fetched(pages + "/sw.js", **{"Service-Worker": "script"})[0] == 403


def test_a_page_has_the_headers_that_hold_it(desk, market, origin):
    """The page's own response says sandbox, who may frame it, what it may load, and keeps to itself."""
    market.run(lambda _: Site.objects.create(sources="https://media.example.org https://*.example.com"))  # fmt: skip
    desk.work(document(FORM))
    _, headers, _ = fetched(desk.url)
    pages = "/".join(desk.url.split("/")[:3])
    assert headers["Content-Security-Policy"] == (
        f"default-src https://media.example.org https://*.example.com {pages} data: blob: 'unsafe-inline'"
        f" 'unsafe-eval' 'wasm-unsafe-eval'; upgrade-insecure-requests; frame-ancestors {origin}; sandbox allow-scripts allow-forms"
        " allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads"
    )  # fmt: skip
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


STORAGE = document(
    FORM
    + """<script>
    localStorage.setItem("seen", String(Number(localStorage.getItem("seen")) + 1));
    document.cookie = "mine=1; path=/";
    document.forms[0].label.value = localStorage.getItem("seen") + document.cookie;
    </script>"""
)


def test_a_page_that_stores_has_a_host_of_its_requesters_hit_type(storing):
    """A page that uses storage has it, on a host that is the same for HITs of the type and another for other types."""
    first = storing.work(STORAGE)
    host = urlsplit(storing.frame.url).hostname
    assert storing.submit(first) == {"label": "1mine=1"}
    again = storing.work(STORAGE)
    assert urlsplit(storing.frame.url).hostname == host
    assert storing.submit(again) == {"label": "2mine=1"}
    other = storing.work(STORAGE, Title="Another type")
    assert urlsplit(storing.frame.url).hostname != host
    assert storing.submit(other) == {"label": "1mine=1"}


def test_a_page_asks_for_storage_by_its_own_word(storing):
    """`<meta name="crowdmake" content="storage">` gives a page storage that only its libraries name."""
    held = storing.work(document(FORM, '<meta name="crowdmake" content="storage">'))
    assert storing.frame.evaluate("window['local' + 'Storage'].length") == 0
    assert storing.submit(held) == {"label": "x"}


def test_where_storage_is_denied_a_page_has_some_for_as_long_as_it_is_open(desk):
    """In a browser that lets no frame store, a page that stores finds storage and a cookie all the same."""
    held = desk.work(STORAGE)
    kept = "localStorage.a = 1, delete localStorage.a, [localStorage.length, localStorage.key(0), localStorage.none]"
    assert desk.frame.evaluate(kept) == [2, "seen", None]
    gone = "document.cookie = 'b=2; max-age=0', document.cookie = 'mine=; expires=Thu, 01 Jan 1970 00:00:00 GMT', document.cookie"
    assert desk.frame.evaluate(gone) == ""
    assert desk.submit(held) == {"label": "1mine=1"}


EXTERNAL_HIT = """<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head><body>
<form name="mturk_form" method="post" id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" value="" name="assignmentId" id="assignmentId"/>
<textarea name="comment"></textarea><input type="submit" id="submitButton" value="Submit" /></form>
<script>turkSetAssignmentID();
window.told = [turkGetParam("hitId", "-"), turkGetParam("none", "-"), turkGetSubmitToHost()];</script>"""


def test_external_hit_js_is_the_markets_own(desk, origin):
    """turkSetAssignmentID, turkGetParam and turkGetSubmitToHost do in preview and after accepting what Amazon's did."""
    page = f"<!DOCTYPE html><html><head><title>t</title>{EXTERNAL_HIT}</body></html>"
    hit = desk.put_up(page)
    desk.preview(hit)
    assert desk.frame.is_disabled("#submitButton")
    words = "You must ACCEPT the HIT before you can submit the results."
    assert desk.frame.input_value("#submitButton") == words
    held = desk.accept(hit)
    desk.open(held)
    assert desk.frame.evaluate("told") == [hit.hit_id, "-", origin]
    desk.frame.fill("textarea", "fine")
    assert desk.submit(held) == {"comment": "fine"}
    assert desk.page.said == []


# --- ExternalQuestion


class Tasks(BaseHTTPRequestHandler):
    """A requester's own server: each address is one page, whose query it notes."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def tasks():
    """A server of the test's own, over TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tasks)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(EXTERNAL).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.asked, server.page = [], document(FORM)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_external_question_is_done_on_its_own_server(storing, tasks, origin):
    """The requester's server is asked with its own query first, keeps its origin, and its form is the answer."""
    tasks.page = document(
        FORM.replace(
            'action="https://www.mturk.com/mturk/externalSubmit"', f'action="{origin}/mturk/externalSubmit"'
        )
        + "<script>localStorage.setItem('kept', '1'); document.forms[0].label.value = localStorage.getItem('kept')</script>"
    )  # fmt: skip
    host = f"{EXTERNAL}.localhost:{tasks.server_port}"
    held = storing.work(external_question(f"https://{host}/do?x=1&amp;y=a%20b#part"))
    assert tasks.asked[0] == (
        f"/do?x=1&y=a%20b&assignmentId={held.assignment_id}&hitId={held.hit.hit_id}"
        f"&workerId={storing.account.worker.worker_id}&turkSubmitTo={encoded(origin)}"
    )
    assert storing.url.endswith("#part")
    assert storing.submit(held) == {"label": "1"}


def test_an_external_page_takes_the_site_nowhere(storing, tasks):
    """A requester's own server, whose response nothing holds, is held by its frame: the tab stays, even after a click."""
    tasks.page = document(FORM)
    storing.work(external_question(f"https://{EXTERNAL}.localhost:{tasks.server_port}/do"))
    before = storing.page.url
    storing.frame.click("body")
    for way in ("top.location = 'about:blank#evil'", "window.open('about:blank#evil', '_top')"):
        storing.frame.evaluate(f"void setTimeout(() => {{ {way} }}, 50)")
        storing.page.wait_for_timeout(400)
        assert storing.page.url == before


def test_an_external_page_that_leads_to_the_site_has_nothing_of_it(storing, tasks, origin):
    """In a frame that has an origin, the site's pages are not shown, and its answer to a form has none."""
    tasks.page = document(FORM)
    held = storing.work(external_question(f"https://{EXTERNAL}.localhost:{tasks.server_port}/do"))
    storing.frame.evaluate(f"void setTimeout(() => {{ location = '{origin}/projects' }})")
    storing.page.wait_for_timeout(500)
    assert storing.frame.evaluate("[origin, document.querySelector('header')]") == ["null", None]
    storing.open(held)
    echo = f"{origin}/mturk/externalSubmit?assignmentId=another&q=1"
    storing.frame.evaluate(f"void setTimeout(() => {{ location = '{echo}' }})")
    storing.page.get_by_role("alert").filter(has_text="other work").wait_for()
    assert storing.frame.evaluate("origin") == "null"
    assert storing.status(held) == "Accepted"


@pytest.mark.parametrize(
    "host", ["localhost:1", "localhost", "pages.localhost", "x.pages.localhost"]
)
def test_an_external_question_on_the_markets_own_host_is_not_shown(desk, host):
    """An address on one of the market's hosts, at any port, would have the site's cookies: it is refused in words."""
    held = desk.accept(desk.put_up(external_question(f"https://{host}/x")))
    desk.page.goto(f"/projects/{held.hit.hit_type.hit_group_id}/tasks/{held.assignment_id}")
    assert desk.page.query_selector("iframe") is None
    assert "one of this market's own" in desk.page.inner_text("main")


# --- QuestionForm

OTHER = "<OtherSelection/>"
FORMATTED = formatted('<b>Bold</b> <a href="https://example.org/" target="_top">away</a>')


def style(name: str, counts: str = "") -> str:
    return f"{counts}<StyleSuggestion>{name}</StyleSuggestion>"


EVERYTHING = form(
    f"<Overview><Title>About</Title><Text>Two\nlines</Text><List><ListItem>one</ListItem></List>{FORMATTED}</Overview>",
    question(selection("r1", "r2", before=style("radiobutton"), after=OTHER), "radio"),
    question(selection("c1", "c2", "c3", before=style("checkbox", "<MaxSelectionCount>2</MaxSelectionCount>")), "box"),
    question(selection("d1", "d2", before=style("dropdown")), "drop"),
    question(selection("l1", "l2", before=style("list")), "list"),
    question(selection("o1", "o2", before=style("combobox"), after=OTHER), "combo"),
    question(selection("m1", "m2", "m3", before=style("multichooser", "<MaxSelectionCount>3</MaxSelectionCount>")), "multi"),
    question(constrained('<IsNumeric minValue="1" maxValue="9"/>'), "number"),
    question(constrained('<Length minLength="2" maxLength="4"/>'), "short"),
    question(constrained('<AnswerFormatRegex regex="^[a-c]+$" errorText="Only a to c." flags="i"/>'), "letters"),
    question("<FreeTextAnswer><DefaultText>as it is</DefaultText><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion></FreeTextAnswer>", "text"),
)  # fmt: skip


def test_a_question_form_asks_everything_and_is_answered_by_keyboard(desk):
    """Every style and constraint of a form is shown, held against the requester's limits, and answered without a mouse."""
    held = desk.work(EVERYTHING)
    frame, press = desk.frame, desk.page.keyboard.press
    write = desk.page.keyboard.insert_text
    assert frame.inner_text("b") == "Bold"
    frame.focus("a")
    press("Tab")  # radios
    press("ArrowDown"), press("ArrowDown")  # Other
    press("Tab"), write("neither")
    for _ in range(3):
        press("Tab"), press("Space")  # three boxes: one too many
    press("Tab"), press("ArrowDown")  # dropdown
    press("Tab"), press("ArrowDown")  # list
    press("Tab")  # combobox
    press("Tab"), write("combined")
    press("Tab"), press("ArrowDown"), press("Shift+ArrowDown")  # multichooser
    press("Tab"), write("12")
    press("Tab"), write("x")
    press("Tab"), write("abd")
    press("Tab"), press("Tab"), press("Enter")
    said = [each.inner_text() for each in frame.query_selector_all(".wrong:not(:empty)")]
    assert said == [
        "Choose 1 to 2; 3 are chosen.",
        "This is no number of the kind that is asked for.",
        "The answer has 1 characters.",
        "Only a to c.",
    ]
    assert frame.evaluate("document.activeElement.name") == "box"
    press("Space")
    frame.focus("[name=number]")
    for text in ("7", "xy", "AbC"):
        press("Control+a"), write(text), press("Tab")
    press("Tab"), press("Enter")
    desk.page.wait_for_url(lambda url: held.assignment_id not in url)
    expected = [
        ("radio", "<OtherSelectionText>neither</OtherSelectionText>"),
        ("box", "<SelectionIdentifier>c2</SelectionIdentifier><SelectionIdentifier>c3</SelectionIdentifier>"),
        ("drop", "<SelectionIdentifier>d1</SelectionIdentifier>"),
        ("list", "<SelectionIdentifier>l1</SelectionIdentifier>"),
        ("combo", "<OtherSelectionText>combined</OtherSelectionText>"),
        ("multi", "<SelectionIdentifier>m1</SelectionIdentifier><SelectionIdentifier>m2</SelectionIdentifier>"),
        ("number", "<FreeText>7</FreeText>"),
        ("short", "<FreeText>xy</FreeText>"),
        ("letters", "<FreeText>AbC</FreeText>"),
        ("text", "<FreeText>as it is</FreeText>"),
    ]  # fmt: skip
    assert desk.xml(held) == HEAD + "".join(
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>{value}</Answer>"
        for name, value in expected
    ) + "</QuestionFormAnswers>"  # fmt: skip
    assert desk.page.said == []


UPLOAD = (
    "<FileUploadAnswer><MaxFileSizeInBytes>30</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>2</MinFileSizeInBytes></FileUploadAnswer>"
)


def test_a_question_form_takes_a_file(desk):
    """A file of a size that is asked for becomes the answer, whose bytes the requester fetches."""
    held = desk.work(form(question(UPLOAD, "file"), question(identifier="note")))

    def give(content: bytes) -> None:
        desk.frame.set_input_files("[type=file]", [{"name": "f.bin", "mimeType": "application/x", "buffer": content}])  # fmt: skip

    give(b"x" * 31)
    desk.frame.click("button")
    assert desk.frame.inner_text(".wrong:not(:empty)") == "The file has 31 bytes."
    give(b"\x00\xff" * 3)
    desk.submit(held, "button")
    assert "<UploadedFileSizeInBytes>6<" in desk.xml(held)
    names = {"AssignmentId": held.assignment_id, "QuestionIdentifier": "file"}
    url = desk.client.get_file_upload_url(**names)["FileUploadURL"]
    with urlopen(url) as answer:  # noqa: S310 - the test's own server
        assert answer.read() == b"\x00\xff" * 3


def test_a_question_form_may_be_left_empty_and_is_not_sent_in_preview(desk):
    """A form none of whose questions is required can be submitted as it is; its preview cannot."""
    hit = desk.put_up(form(question(selection("a", "b", before=style("checkbox")), "box")))
    desk.preview(hit)
    assert desk.frame.is_disabled("button")
    held = desk.accept(hit)
    desk.open(held)
    assert desk.submit(held, "button") == {"box": ""}


def test_a_required_question_has_to_be_answered(desk):
    """IsRequired is said at the question, and holds the form back with the field in focus."""
    asked = question(identifier="must").replace("</QuestionIdentifier>", "</QuestionIdentifier><DisplayName>Name &lt;b&gt;</DisplayName><IsRequired>true</IsRequired>")  # fmt: skip
    held = desk.work(form(asked))
    assert desk.frame.inner_text("h2") == "Name <b>"
    desk.frame.click("button")
    assert desk.frame.inner_text(".wrong:not(:empty)") == "An answer is required."
    assert desk.frame.evaluate("document.activeElement.name") == "must"
    desk.frame.fill("[name=must]", "done")
    assert desk.submit(held, "button") == {"must": "done"}


# --- Crowd HTML Elements

CROWD = document(
    """<crowd-form><crowd-instructions link-text="Help"><short-summary>Look closely.</short-summary></crowd-instructions>
    <crowd-classifier name="feeling" categories="['It\\'s good', 'Bad']" header="How is it?">
      <classification-target>A sunny day</classification-target>
      <short-instructions>Choose one</short-instructions><full-instructions header="More">Read</full-instructions>
    </crowd-classifier>
    <crowd-classifier-multi-select name="kinds" categories='["a", "b"]' header="Kinds"></crowd-classifier-multi-select>
    <crowd-input name="city" label="City" required></crowd-input>
    <crowd-text-area name="why" label="Why" rows="2" value="so"></crowd-text-area>
    <crowd-slider name="howMuch" min="1" max="10" step="1" required pin></crowd-slider>
    <crowd-checkbox name="likes">Likes it</crowd-checkbox>
    <crowd-radio-group><crowd-radio-button name="pick" value="yes">Yes</crowd-radio-button>
      <crowd-radio-button name="pick" value="no">No</crowd-radio-button></crowd-radio-group>
    <input type="hidden" name="row" value="17"><crowd-unheard-of>Still shown</crowd-unheard-of>
    </crowd-form>""",
    '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>',
)
GIVEN = {
    "feeling": {"label": "It's good"},
    "kinds": {"labels": ["b"]},
    "city": "Köln",
    "why": "so",
    "howMuch": 4,
    "likes": {"on": True},
    "pick": {"yes": False, "no": True},
    "row": "17",
}


def fill_crowd(frame) -> None:
    frame.get_by_label("It's good").check()
    frame.get_by_label("b", exact=True).check()
    frame.get_by_label("City").fill("Köln")
    frame.get_by_label("howMuch").fill("4")
    frame.get_by_label("Likes it").check()
    frame.get_by_label("No", exact=True).check()


def test_a_crowd_form_posts_task_answers(desk):
    """A page of Crowd HTML Elements is filled in through its labels, and posts one JSON field with what each element gives."""
    held = desk.work(CROWD)
    assert desk.frame.inner_text("crowd-unheard-of") == "Still shown"
    assert "A sunny day" in desk.frame.inner_text("crowd-classifier")
    desk.frame.click("crowd-button button")
    assert desk.status(held) == "Accepted"
    fill_crowd(desk.page.frame_locator("#hit"))
    answers = desk.submit(held, "crowd-button button")
    assert list(answers) == ["taskAnswers"]
    assert json.loads(answers["taskAnswers"]) == [GIVEN]
    assert desk.page.said == []


def test_a_crowd_form_posts_one_field_a_leaf_where_it_is_asked_to(desk):
    """With answer-format="flatten-objects" each leaf is a field of its own."""
    held = desk.work(CROWD.replace("<crowd-form>", '<crowd-form answer-format="flatten-objects">'))
    fill_crowd(desk.page.frame_locator("#hit"))
    assert desk.submit(held, "crowd-button button") == {
        "feeling.label": "It's good", "kinds.labels": '["b"]', "city": "Köln", "why": "so", "howMuch": "4",
        "likes.on": "true", "pick.yes": "false", "pick.no": "true", "row": "17",
    }  # fmt: skip


def test_a_crowd_form_listens_to_its_page(desk):
    """The page's own onsubmit may refuse, its script may read and set elements, and a preview can't be sent."""
    script = """<script>
    const form = document.querySelector("crowd-form");
    form.onsubmit = (event) => {
      if (document.querySelector("crowd-input").value === "no") event.preventDefault();
      document.querySelector("crowd-text-area").value = "changed";
    };</script>"""
    hit = desk.put_up(CROWD.replace("</crowd-form>", "</crowd-form>" + script))
    desk.preview(hit)
    assert desk.frame.is_disabled("crowd-button button")
    held = desk.accept(hit)
    desk.open(held)
    fill_crowd(desk.page.frame_locator("#hit"))
    desk.frame.fill("crowd-input input", "no")
    desk.frame.click("crowd-button button")
    assert desk.status(held) == "Accepted"
    desk.frame.fill("crowd-input input", "yes")
    answers = json.loads(desk.submit(held, "crowd-button button")["taskAnswers"])
    assert (answers[0]["city"], answers[0]["why"]) == ("yes", "changed")


def test_a_tool_that_is_missing_is_said_to_be(desk):
    """A drawing tool of Amazon's, which the market has not, shows its picture and says what to do."""
    tool = """<crowd-form><crowd-bounding-box name="box" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
      labels="['Cat']" header="Mark the cat"><full-instructions>Draw</full-instructions></crowd-bounding-box></crowd-form>"""
    head = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
    desk.work(document(tool, head))
    said = desk.page.frame_locator("#hit").get_by_role("alert").inner_text()
    assert "no crowd-bounding-box tool" in said
    assert desk.frame.inner_text("crowd-bounding-box").count("Mark the cat") == 1
