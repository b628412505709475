"""Requests that no browser makes, and questions that no honest requester asks."""

import time
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import pytest
from crowdmake.market.models import Question
from crowdmake.market.models.site import OPEN
from crowdmake.market.serving.files import PATH
from crowdmake.market.site.frames.shown import Shown
from crowdmake.market.site.sessions import SessionStore
from framekit import FORM, Desk, document
from market.kit import external_question
from operating import state
from sitekit import session_cookie
from visitor import Visitor

FORM_KIND = "application/x-www-form-urlencoded"


@pytest.fixture
def desk(market, client, account):
    return Desk(market, client, None, account)


@pytest.fixture
def ada(origin, market, vault, account):
    """Ada's browser, without scripts."""
    visitor = Visitor(origin)
    cookie = session_cookie(market, vault, account)
    visitor.cookies[cookie["name"]] = cookie["value"]
    return visitor


def previewed(desk, ada, url):
    """Return the page that shows an ExternalQuestion before it is accepted, put up by an older market."""
    hit = desk.put_up(external_question())
    xml = external_question(escape(url))
    desk.market.run(lambda _: Question.objects.filter(hit=hit).update(xml=xml))
    return ada.get(f"/projects/{hit.hit_type.hit_group_id}/tasks")


def elsewhere(url):
    """Return somebody at the pages' host of a frame's address, which is this machine."""
    parts = urlsplit(url)
    return Visitor(f"http://127.0.0.1:{parts.port}", Host=parts.netloc), parts.path


@pytest.mark.parametrize(
    "host",
    [
        "x;report-uri http://evil.example",
        "x; sandbox",
        "x,default-src",
        "evil.example *",
        "localhost\\@evil.example",
        "localhost%2e",
        "%6cocalhost",
        "user@tasks.example",
        "\uff4cocalhost",
        "localhost\u3002",
        "例え.jp",
    ],
)
def test_an_address_that_browsers_read_otherwise_is_not_shown(desk, ada, host):
    """A host with what belongs in none reaches neither the frame nor the policy of the page around it."""
    shown = previewed(desk, ada, f"https://{host}/x")
    assert "cannot be shown" in shown.text
    assert "<iframe" not in shown.html
    assert "frame-src 'none'; frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "charset", ["hex", "rot13", "undefined", "idna", "punycode", "utf-16", "'; x", "*=undefined''%41"]
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/sign-in?next=%41"), ("POST", "/mturk/externalSubmit?a=%41"), ("POST", "/sign-in")],
)
def test_no_encoding_is_a_fault_of_the_sites(origin, charset, method, path):
    """Whatever encoding a request claims to be in, it is answered as any other."""
    named = f"charset{'' if charset.startswith('*') else '='}{charset}"
    answer = Visitor(origin).ask(
        method, path, b"assignmentId=%41&x=%42", **{"Content-Type": f"{FORM_KIND}; {named}"}
    )
    assert answer.status < 500


@pytest.mark.parametrize("kind", [FORM_KIND, "multipart/form-data; boundary=b"])
def test_no_encoding_takes_long(origin, kind):
    """A body of the greatest length is read in seconds, whatever encoding it claims to be in."""
    letters = b"%61" * 600_000
    bodies = {
        FORM_KIND: b"_charset_=punycode&assignmentId=A&x=" + letters,
        "multipart/form-data; boundary=b": (
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + letters + b"\r\n--b--\r\n"
        ),
    }
    begun = time.perf_counter()
    Visitor(origin).ask(
        "POST",
        "/mturk/externalSubmit",
        bodies[kind],
        **{"Content-Type": f"{kind}; charset=punycode"},
    )
    assert time.perf_counter() - begun < 5


def test_no_user_name_takes_long(origin, market):
    """A name of the greatest length that a body holds is refused at once, though marks in it would have to be sorted."""
    state(market, sign_up=OPEN)
    begun = time.perf_counter()
    marks = "\u0301\u0323" * 20_000
    password = "a long enough password"  # noqa: S105 - nobody's
    refused = Visitor(origin).fill("/sign-up", name=marks, new_password=password, again=password)
    assert refused.status == 422
    assert time.perf_counter() - begun < 3


@pytest.mark.parametrize(
    "piece", ["<meta", "<meta name=crowdmake ", "<meta name=crowdmake content=", "document ", "caches\n", "<meta name "]
)  # fmt: skip
def test_no_page_takes_long_to_be_looked_through(piece):
    """Whether a page of the greatest length stores is known in less than a second, whatever it repeats."""
    begun = time.perf_counter()
    assert not Shown(html=piece * (65_535 // len(piece))).stores
    assert time.perf_counter() - begun < 1


def test_a_form_to_a_pages_own_address_is_refused_in_words(desk, ada):
    """A page whose form names no target posts to itself: its host says that this is not taken, as a page that is held."""
    held = desk.accept(desk.put_up(document(FORM)))
    work = ada.get(f"/projects/{held.hit.hit_type.hit_group_id}/tasks/{held.assignment_id}")
    stranger, path = elsewhere(work.html.partition('src="http://shared')[2].join(["http://shared", ""]).partition("?")[0])  # fmt: skip
    assert stranger.get(path).status == 200
    answer = stranger.send(path, label="x")
    assert answer.status == 405
    assert "mturk/externalSubmit" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("content", [f"{PATH}ABC", "[]", "{}"])
@pytest.mark.parametrize("page", ["hit", "test"])
def test_what_else_the_market_encrypts_opens_no_frame(origin, vault, content, page):
    """A token of another kind, such as a requester's to a file, is no token of a frame."""
    pages = f"http://shared.pages.localhost:{urlsplit(origin).port}"
    stranger, path = elsewhere(f"{pages}/{vault.lock(content)}/dynamic/{page}")
    assert stranger.get(path).status == 404


@pytest.mark.parametrize("key", ["\0" + "a" * 31, "é" + "a" * 31, "a" * 31, "a" * 5000])
def test_what_cannot_be_a_session_is_not_looked_for(key):
    """A cookie that holds what the market never gave is as none: some databases take not every character."""
    assert SessionStore(key).session_key is None


@pytest.mark.parametrize("path", ["/account/export/files/%00", "/join/%00", "/reset/%00", "/%00"])
def test_no_address_is_a_fault_of_the_sites(ada, path):
    """A character that databases refuse ends nowhere else than another unknown address does."""
    assert ada.get(path).status in (302, 404, 410)
