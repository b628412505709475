"""Pages that try to break out. Each try succeeds on a site that does not hold its pages, and fails here."""

from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

import pytest
from crowdmake.market import workers
from crowdmake.market.models import Assignment
from framekit import FORM, Desk, document
from market.kit import PROPERTIES
from operating import state
from playwright.sync_api import TimeoutError as NothingHappened
from sitekit import worker_account

SECRET = "secret"  # noqa: S105 - nobody's
STORING = '<meta name="crowdmake" content="storage">'


@pytest.fixture(autouse=True)
def open_sources(request):
    """Pages may load from everywhere: on the loopback what they may load would hold them, too, and not elsewhere."""
    if "market" in request.fixturenames:
        state(request.getfixturevalue("market"), sources="http: https:")


class Careless(BaseHTTPRequestHandler):
    """A site that shows pages on its own origin, without a sandbox."""

    def do_GET(self):
        kind, body = self._answer()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", f"session={SECRET}")
        self.end_headers()
        self.wfile.write(body.encode())

    def _answer(self):
        if self.path == "/sw.js":
            return "text/javascript", ""
        if self.path == "/count.js":
            return "text/javascript", COUNT
        if self.path == "/frame":
            return "text/html", document("<p>HIT</p>")
        frame = '<iframe id="hit" src="/frame"></iframe>' if self.path == "/" else ""
        return "text/html", document(
            f"<p id='secret'>{SECRET}</p>{frame}<script>localStorage.secret = '{SECRET}'</script>"
        )

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def careless():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# What a page in a frame does to get at something of the site's; it is true if it got there.
READS = {
    "the page around it": "!!parent.document.querySelector('body').textContent",
    "the page around it, by its frame element": "!!window.frameElement.ownerDocument",
    "the site's cookie": "/session/.test(document.cookie)",
    "the site's cookie, past what stands in for it": (
        "/session/.test(Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').get.call(document))"
    ),
    "the site's storage": "!!localStorage.secret",
    "the site's pages, as the worker": (
        "(await (await fetch(SITE + '/projects', { credentials: 'include' })).text()).length > 0"
    ),
    "the site's pages, by XMLHttpRequest": (
        "await new Promise((done) => { const asked = new XMLHttpRequest(); asked.withCredentials = true;"
        " asked.onload = () => done(asked.responseText.length > 0); asked.onerror = () => done(false);"
        " asked.open('GET', SITE + '/account'); asked.send(); })"
    ),
    "the site in a frame of its own": (
        "await new Promise((done) => { const frame = document.createElement('iframe'); frame.src = SITE + '/projects';"
        " frame.onload = () => done(!!frame.contentDocument?.body.textContent); document.body.append(frame); })"
    ),
    "a service worker": "!!(await navigator.serviceWorker.register('/sw.js'))",
    "a service worker made on the spot": (
        "!!(await navigator.serviceWorker.register(URL.createObjectURL(new Blob([''], { type: 'text/javascript' }))))"
    ),
}  # fmt: skip


def tried(frame, site, script):
    """Return whether a try succeeded; one that throws did not."""
    return frame.evaluate(
        "async ([SITE, script]) => { try {"
        " return await new Function('SITE', `return (async () => ${script})()`)(SITE); } catch { return false; } }",
        [site, script],
    )


@pytest.mark.parametrize(
    "html", [document(FORM), document(FORM, STORING)], ids=["opaque", "storing"]
)
def test_a_page_reads_nothing_of_the_sites(storing, origin, html):
    """Neither a page without an origin nor one on a host of its own reads the site's page, cookie, storage or frames."""
    storing.work(html)
    storing.page.evaluate("localStorage.secret = 'x'")
    got = {name for name, script in READS.items() if tried(storing.frame, origin, script)}
    assert got == set()


def test_a_careless_site_would_be_read(browser):
    """The same tries succeed on a site that holds its pages by nothing: they are good tries."""
    with careless() as site:
        context = browser.new_context()
        page = context.new_page()
        page.goto(site)
        frame = page.query_selector("#hit").content_frame()
        missed = {name for name, script in READS.items() if not tried(frame, site, script)}
        context.close()
    # No site can allow this one.
    assert missed == {"a service worker made on the spot"}


WRITES = [
    "session=evil; path=/",
    "__Host-session=evil; path=/; secure",
    "__Host-session=evil; path=/; secure; domain=localhost",
    "__Host-session=evil; path=/; secure; samesite=none; domain=pages.localhost",
    "__Secure-session=evil; path=/; secure; samesite=none",
    "session=evil; path=/; secure; samesite=none; partitioned; domain=pages.localhost",
    "__Host-session=evil; path=/; secure; samesite=none; partitioned",
    "session=evil; path=/; secure; samesite=none; partitioned; domain=localhost",
]
GET = "() => Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').get.call(document)"
SET = "([text]) => { try { Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').set.call(document, text) } catch {} }"


@pytest.mark.parametrize(
    "html", [document(FORM), document(FORM, STORING)], ids=["opaque", "storing"]
)
def test_a_page_overwrites_no_cookie_of_the_sites(storing, origin, html):
    """No cookie that a page sets, of whatever name and domain, reaches the site: the worker stays signed in."""
    storing.work(html)
    before = storing.page.context.cookies(origin.replace("http:", "https:"))
    for each in WRITES:
        storing.frame.evaluate(SET, [each])
    assert storing.page.context.cookies(origin.replace("http:", "https:")) == before
    assert [each["name"] for each in before] == ["__Host-session"]
    assert storing.page.goto(f"{origin}/tasks").url == f"{origin}/tasks"


def test_a_neighbours_cookie_is_not_read(storing):
    """A cookie that a page sets for all pages' hosts is not what another page finds in its own."""
    storing.work(document(FORM, STORING))
    tossed = "tossed=1; path=/; secure; samesite=none; partitioned; domain=pages.localhost"
    storing.frame.evaluate(SET, [tossed])
    storing.work(document(FORM, STORING), Title="Another type")
    # The browser itself would give it away.
    assert storing.frame.evaluate(GET) == "tossed=1"
    assert storing.frame.evaluate("document.cookie") == ""


LEAVES = {
    "by script": "top.location = 'about:blank#evil'",
    "by script, of the parent": "parent.location.href = 'about:blank#evil'",
    "by window.open": "window.open('about:blank#evil', '_top')",
    "by a link": "document.body.innerHTML = '<a id=x target=_top href=\"/evil\">x</a>', document.getElementById('x').click()",
    "by a form": "document.body.innerHTML = '<form id=x target=_top action=\"/evil\"></form>', document.getElementById('x').submit()",
    "by a form to a parent": "document.body.innerHTML = '<form id=x target=_parent action=\"/evil\"></form>', document.getElementById('x').submit()",
    "by base": "document.head.innerHTML = '<base target=_top>', document.body.innerHTML = '<a id=x href=\"/evil\">x</a>', document.getElementById('x').click()",
    "by refresh": "document.head.innerHTML = '<meta http-equiv=refresh content=\"0; url=/evil\">'",
}  # fmt: skip


def left(page, script, most=500):
    """Return whether a page's script took the whole tab elsewhere; a click of the worker's came first."""
    before = page.url
    frame = page.query_selector("#hit").content_frame()
    frame.click("body")
    frame.evaluate(f"void setTimeout(() => {{ {script} }}, 50)")
    try:
        page.wait_for_url(lambda url: url != before, timeout=most, wait_until="commit")
    except NothingHappened:
        return False
    return True


@pytest.mark.parametrize(
    "html", [document(FORM), document(FORM, STORING)], ids=["opaque", "storing"]
)
def test_a_page_does_not_navigate_the_site_away(storing, html):
    """Neither script, link, form, base nor refresh takes the tab elsewhere, even after the worker clicked in the page."""
    held = storing.work(html)
    for script in LEAVES.values():
        assert not left(storing.page, script), script
        storing.open(held)


@pytest.mark.parametrize("way", [each for each in LEAVES if each != "by refresh"])
def test_a_careless_site_would_be_left(browser, way):
    """The same tries take the tab away from a site that holds its pages by nothing."""
    with careless() as site:
        context = browser.new_context()
        page = context.new_page()
        page.goto(site)
        assert left(page, LEAVES[way], most=10_000)
        context.close()


def two(desk, first, second):
    """Return the frames of two HITs in two tabs of one browser."""
    desk.work(first, Title="One")
    other = Desk(desk.market, desk.client, desk.page.context.new_page(), desk.account)
    other.work(second, Title="Two")
    return desk.frame, other.frame


CHANNEL = "window.heard = 0, window.channel = new BroadcastChannel('c'), channel.onmessage = () => heard += 1, true"
COUNT = "let n = 0; onconnect = (event) => { n += 1; event.ports[0].postMessage(n) }"
SHARED = (
    "(url) => new Promise((done) => { try { const worker = new SharedWorker(url, 'x'); worker.onerror = () => done(0);"
    " worker.port.onmessage = (event) => done(event.data); } catch { done(0) } })"
)
# No script of a page's own is on its host: what it runs is in its address.
INLINE = f"data:text/javascript,{quote(COUNT)}"


@pytest.mark.parametrize("head", ["", STORING], ids=["opaque", "storing"])
def test_two_hits_in_two_tabs_do_not_meet(storing, head):
    """Pages of two HIT types share no channel, worker, storage or window, whether they store or not."""
    one, other = two(storing, document(FORM, head), document(FORM, head))
    for frame in (one, other):
        frame.evaluate(CHANNEL)
    one.evaluate("channel.postMessage('hello')")
    assert one.evaluate(SHARED, INLINE) in (0, 1)
    assert other.evaluate(SHARED, INLINE) in (0, 1)
    one.evaluate("try { localStorage.mine = 1 } catch {}")
    assert (
        other.evaluate(
            "(() => { try { return localStorage.mine ?? null } catch { return null } })()"
        )
        is None
    )
    one.evaluate("window.name = 'one'")
    found = other.evaluate(
        "(() => { try { return window.open('', 'one')?.document.title ?? null } catch { return null } })()"
    )
    assert found is None or found == ""
    other.page.wait_for_timeout(200)
    assert other.evaluate("heard") == 0


def test_on_a_careless_site_they_would_meet(browser):
    """On one origin the channel, the worker and the storage are shared: they are good tries."""
    with careless() as site:
        context = browser.new_context()
        frames = []
        for _ in range(2):
            page = context.new_page()
            page.goto(site)
            frames.append(page.query_selector("#hit").content_frame())
        one, other = frames
        for frame in frames:
            frame.evaluate(CHANNEL)
        one.evaluate("channel.postMessage('hello')")
        assert [each.evaluate(SHARED, "/count.js") for each in frames] == [1, 2]
        one.evaluate("localStorage.mine = 1")
        assert other.evaluate("localStorage.mine") == "1"
        other.wait_for_function("heard === 1")
        context.close()


def test_two_hits_of_one_page_without_an_origin_do_not_meet(desk):
    """Even two HITs of one type have nothing in common unless their page asked for storage."""
    one, other = two(desk, document(FORM), document(FORM))
    assert [one.evaluate("origin"), other.evaluate("origin")] == ["null", "null"]
    assert tried(one, "", "!!window.sessionStorage") is False


def test_a_popup_cannot_reach_back(desk, origin):
    """A page's popup has no opener and takes the site nowhere; a popup that shows a HIT is held by its own response."""
    held = desk.work(
        document(FORM + '<a id="out" target="_blank" rel="opener" href="about:blank">out</a>')
    )
    url = desk.url
    with desk.page.context.expect_page() as opened:
        desk.frame.eval_on_selector(
            "#out", "(link, url) => { link.href = url; link.click(); }", url
        )
    popup = opened.value
    popup.wait_for_load_state()
    assert popup.evaluate("[opener, origin]") == [None, "null"]
    assert desk.page.url.endswith(held.assignment_id)


def test_a_direct_visit_is_held_too(desk):
    """A frame's address opened in a tab of its own has no origin, no cookie, and submits nothing."""
    held = desk.work(document(FORM))
    url = desk.url
    desk.page.goto(url)
    assert desk.page.evaluate("[origin, window === top]") == ["null", True]
    assert tried(desk.page.main_frame, "", "document.cookie !== undefined") is False
    desk.page.click("#go")
    desk.page.get_by_role("alert").filter(has_text="stands by itself").wait_for()
    assert desk.status(held) == "Accepted"


def refused(desk):
    """Return the words of the work page's refusal."""
    said = desk.page.get_by_role("alert").filter(visible=True).first
    said.wait_for()
    return said.inner_text()


def test_a_form_for_another_assignment_does_nothing(desk, market):
    """A page that posts another worker's assignment submits neither that nor its own."""
    other = worker_account(market, "bob")
    hit = desk.put_up(document(FORM), MaxAssignments=2)
    theirs = desk.accept(hit, other)
    mine = desk.accept(hit)
    desk.open(mine)
    desk.frame.eval_on_selector("#a", "(field, id) => { field.value = id; }", theirs.assignment_id)
    desk.frame.click("#go")
    assert "tried to submit other work" in refused(desk)
    assert [desk.status(each) for each in (theirs, mine)] == ["Accepted", "Accepted"]


def test_a_page_cannot_submit_by_the_sites_own_address(desk, origin):
    """What the work page posts needs the worker's session and token: a page's own request to it does nothing."""
    held = desk.work(document(FORM))
    address = f"{desk.page.url}/submit"
    body = f'{{"fields": [["assignmentId", "{held.assignment_id}"], ["q", "1"]]}}'
    sent = "fetch(%r, { method: 'POST', mode: 'no-cors', credentials: 'include', body: %r }).then(() => 1, () => 0)"
    desk.frame.evaluate(sent % (address, body))
    desk.frame.evaluate(
        "([action]) => { const form = document.createElement('form'); form.method = 'post'; form.action = action;"
        " document.body.append(form); form.submit(); }",
        [f"{desk.page.url}/return"],
    )
    desk.page.wait_for_timeout(500)
    assert desk.status(held) == "Accepted"


def test_only_the_frame_itself_hands_over_answers(desk):
    """Answers that a frame within the page, or the site's own window, sends to the work page are not taken."""
    held = desk.work(document(FORM))
    message = f'{{ crowdmake: "answers", fields: [["assignmentId", "{held.assignment_id}"], ["q", "1"]] }}'
    inner = f"<script>top.postMessage({message}, '*')</script>"
    desk.frame.evaluate(
        "(html) => { const frame = document.createElement('iframe'); frame.srcdoc = html; document.body.append(frame); }",
        inner,
    )
    desk.page.evaluate(f"window.postMessage({message}, '*')")
    desk.page.wait_for_timeout(500)
    assert desk.status(held) == "Accepted"
    assert desk.submit(held) == {"label": "x"}


def test_work_that_was_returned_is_not_submitted(desk, market):
    """After its return an open page's form is refused in words, and the HIT is anyone's."""
    held = desk.work(document(FORM))
    market.run(lambda now: workers.return_(held, now))
    desk.frame.click("#go")
    assert refused(desk)
    assert desk.status(held) == "Returned"


def test_work_whose_time_is_up_is_not_submitted(desk, market):
    """After the deadline an open page's form is refused in words."""
    held = desk.work(document(FORM))
    market.clock.advance(timedelta(seconds=601))
    desk.frame.click("#go")
    assert refused(desk)
    assert desk.status(held) == "Abandoned"


def test_a_page_calls_neither_the_api_nor_the_requesters_side(desk, origin):
    """A request to the API from a page is not made with its headers, and without them is no request of anybody's."""
    desk.work(document(FORM))
    call = (
        "(await (await fetch(SITE + '/', { method: 'POST', credentials: 'include', headers: HEADERS, body: '{}' })).text())"
        ".includes('AvailableBalance')"
    )
    target = "{ 'X-Amz-Target': 'MTurkRequesterServiceV20170117.GetAccountBalance', 'Content-Type': 'application/x-amz-json-1.1' }"
    for headers in (target, "{}", "{ 'Content-Type': 'text/plain' }"):
        assert tried(desk.frame, origin, call.replace("HEADERS", headers)) is False


FRAMED = """(url) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = done;
  frame.src = url;
  document.body.append(frame);
}).then(() => true)"""


@pytest.mark.parametrize("head", ["", STORING], ids=["opaque", "storing"])
def test_the_site_is_in_nobodys_frame(storing, origin, head):
    """A page that lays the site under its own buttons gets a frame with a fault of the browser's."""
    storing.work(document(FORM, head))
    for path in ("/about", "/sign-in"):
        assert storing.frame.evaluate(FRAMED, origin + path)
        inner = storing.frame.child_frames[-1]
        assert inner.evaluate("location.href").startswith("chrome-error:")


HOSTILE = "<script>hacked = 1</script><img src=x onerror='hacked = 1'>\"'{{ 7*7 }}</title>"


def test_no_text_is_a_script(desk, market, account, client):
    """Script in a title, description, answer, feedback, reason, message and worker's name is text wherever it is shown."""

    def rename(_):
        account.worker.name = HOSTILE
        account.worker.save()

    market.run(rename)
    properties = {"Title": HOSTILE, "Description": HOSTILE, "Keywords": "a,b"}
    hit = desk.put_up(document(FORM), **properties)
    group = hit.hit_type.hit_group_id
    held = desk.accept(hit)
    places = [
        "/projects",
        f"/projects/{group}/tasks",
        f"/projects/{group}/tasks/{held.assignment_id}",
        "/tasks",
    ]
    seen = [visited(desk.page, place) for place in places]
    market.run(lambda now: workers.submit(held, [("label", HOSTILE), (HOSTILE, "x")], now))
    client.reject_assignment(AssignmentId=held.assignment_id, RequesterFeedback=HOSTILE)
    client.notify_workers(
        Subject=HOSTILE, MessageText=HOSTILE, WorkerIds=[account.worker.worker_id]
    )
    links = [
        "/account",
        *desk.page.eval_on_selector_all(
            "nav a, header a", "(all) => all.map((each) => each.pathname)"
        ),
    ]
    seen += [visited(desk.page, place) for place in links]
    seen += [visited(desk.page, place) for place in inner_links(desk.page, links)]
    assert sum(HOSTILE[:20] in each for each in seen) >= 5
    assert not any("49" in each and "7*7" not in each for each in seen)


def visited(page, path):
    """Return the text of a page on which no script of another's ran."""
    page.goto(path, wait_until="load")
    assert page.evaluate("typeof hacked") == "undefined", path
    assert page.query_selector("img[src=x]") is None, path
    return page.inner_text("body")


def inner_links(page, paths):
    """Return the addresses of pages, such as one answer's, to which the named pages lead."""
    found = set()
    for path in paths:
        page.goto(path)
        found |= set(page.eval_on_selector_all("main a", "(all) => all.filter((each) => each.host === location.host).map((each) => each.pathname)"))  # fmt: skip
    return sorted(each for each in found - set(paths) if "export" not in each)


def test_the_worker_in_the_frames_address_is_the_one_who_holds_it(desk, market):
    """Another worker who is signed in cannot open the page of an assignment, nor a stranger its frame without its token."""
    other = worker_account(market, "bob")
    theirs = desk.accept(desk.put_up(document(FORM)), other)
    group = theirs.hit.hit_type.hit_group_id
    assert desk.page.goto(f"/projects/{group}/tasks/{theirs.assignment_id}").status == 404
    with market.reading():
        assert Assignment.objects.get(pk=theirs.pk).status == "Accepted"
    assert PROPERTIES["Title"] not in desk.page.inner_text("main")
