"""Every named page of the site, as workers have it before them.

The screenshots are kept in the directory that CROWDMAKE_SCREENSHOTS names, otherwise below
pytest's temporary directory (`pytest --basetemp`).
"""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from crowdmake.market.embedded import open_market
from crowdmake.market.models.site import OPEN
from crowdmake.market.site import errors, urls
from django.urls import get_resolver, reverse
from fitness import Watched, axe_faults, keyboard_faults, layout_faults
from operating import state
from populated import STATED, populate
from sitekit import served, session_cookie, sign_in, worker_account
from visitor import Visitor

WIDTHS = {360: 780, 1280: 900}
SCHEMES = ("light", "dark")


class Visit(NamedTuple):
    """How a page is reached: its URL's name, in which market, by whom, and where exactly."""

    name: str
    market: str = "full"
    who: str = "ada"
    arguments: tuple[str, ...] = ()
    query: str = ""
    status: int = 200


def group(number):
    """Return what says which HIT group a page is of."""
    return lambda what: what.groups[number]


def work(state):
    """Return what says which of Ada's assignments a page is of."""
    return lambda what: what.work[state]


def link(name):
    """Return what says the token of one of the operator's links."""
    return lambda what: what.links[name]


def kind(name):
    """Return what says which qualification type a page is of."""
    return lambda what: what.types[name]


VISITS = {
    "about": Visit("about"),
    "about-stranger": Visit("about", who="nobody"),
    "about-practice": Visit("about", "bare", "nobody"),
    "not-found": Visit("home", query="nothing-here", status=404),
    "sign-in": Visit("sign-in", who="nobody"),
    "sign-up": Visit("sign-up", "bare", "nobody"),
    "sign-up-invited-only": Visit("sign-up", who="nobody", status=403),
    "join": Visit("join", who="nobody", arguments=(link("invitation"),)),
    "join-unknown": Visit("join", who="nobody", arguments=("no-such-link",), status=410),
    "reset": Visit("reset", who="nobody", arguments=(link("password"),)),
    "reset-unknown": Visit("reset", who="nobody", arguments=("no-such-link",), status=410),
    "account": Visit("account"),
    "password": Visit("password"),
    "delete-account": Visit("delete-account"),
    "projects": Visit("projects"),
    "projects-nothing-found": Visit("projects", query="?words=zzzz"),
    **{
        f"preview-{number}": Visit("preview", arguments=(group(number),)) for number in (0, 2, 3, 4)
    },
    "work": Visit("work", arguments=(work("accepted.group"), work("accepted"))),
    "work-form": Visit("work", arguments=(work("form.group"), work("form"))),
    "queue": Visit("queue"),
    "queue-empty": Visit("queue", who="newcomer"),
    "history": Visit("history"),
    "history-empty": Visit("history", who="newcomer"),
    **{
        f"record-{state}": Visit("record", arguments=(work(state),))
        for state in ("accepted", "submitted", "approved", "rejected")
    },
    "report": Visit("report", arguments=(work("accepted"),)),
    "report-group": Visit("report-group", arguments=(group(2),)),
    "earnings": Visit("earnings"),
    "earnings-empty": Visit("earnings", "bare", "newcomer"),
    "messages": Visit("messages"),
    "messages-empty": Visit("messages", who="newcomer"),
    "message": Visit("message", arguments=("12",)),
    "qualifications": Visit("qualifications"),
    "qualifications-empty": Visit("qualifications", "bare", "newcomer"),
    **{
        f"qualification-{name}": Visit("qualification", arguments=(kind(name),))
        for name in ("granted", "free", "test", "begun")
    },
    "qualification-test": Visit("qualification-test", arguments=(kind("begun"),)),
    "projects-empty": Visit("projects", "bare", "newcomer"),
}
# Addresses that are no pages, because they do something, lead on or send a file, with what says
# where they are.
NO_PAGES = {
    "home": (),
    "static": ("site.css",),
    "sign-out": (),
    "export": (),
    "export-file": ("NONE",),
    "preview-by-identifier": (),
    "accept": (group(0),),
    "submit": (work("accepted.group"), work("accepted")),
    "return": (work("accepted.group"), work("accepted")),
    "request-qualification": (kind("free"),),
    "hand-in": (kind("begun"),),
    "external-submit": (),
}


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory):
    """Where the screenshots go."""
    named = os.environ.get("CROWDMAKE_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def markets(tmp_path_factory, vault):
    """Two served markets: one that has been in use, and one in which nothing has happened.

    The first invites its workers and pays them, the second is open to everybody, for practice.
    """
    with ExitStack() as stack:
        found = {}
        for name in ("full", "bare"):
            market = open_market(tmp_path_factory.mktemp(name) / "market.sqlite3")
            stack.callback(market.close)
            what = populate(market) if name == "full" else SimpleNamespace(account=None)
            if name == "bare":
                state(market, sign_up=OPEN)
            people = {"ada": what.account, "newcomer": worker_account(market, "Newcomer")}
            origin = stack.enter_context(served(market, vault))
            found[name] = SimpleNamespace(market=market, what=what, people=people, origin=origin)
        yield found


@pytest.fixture(scope="module")
def contexts(browser, markets, vault):
    """Return the browser's context for a market, a person and a width; each is made once."""
    made = {}

    def context(market, who, width):
        key = (market, who, width)
        if key not in made:
            at = markets[market]
            size = {"width": width, "height": WIDTHS[width]}
            made[key] = browser.new_context(base_url=at.origin, viewport=size)
            if who != "nobody":
                cookie = session_cookie(at.market, vault, at.people[who])
                sign_in(made[key], at.origin, cookie)
        return made[key]

    yield context
    for each in made.values():
        each.close()


def names():
    """Return the names of all addresses of the site that have one."""
    return {each.name for each in get_resolver(urls.__name__).url_patterns} - {None}


def address(visit, what):
    """Return where a visit goes."""
    arguments = [each(what) if callable(each) else each for each in visit.arguments]
    return reverse(visit.name, args=arguments) + visit.query


def faults_of(page, label, width, screenshots):
    """Return what is wrong with the page that is open, and keep how it looks."""
    faults = layout_faults(page)
    # A frame of another host is not painted anew for a picture that is higher than the screen.
    is_whole = not page.locator("iframe").count()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=screenshots / f"{label}-{width}-{scheme}.png", full_page=is_whole)
        # Of what axe looks at, the second scheme changes nothing else.
        rules = () if scheme == SCHEMES[0] else ("color-contrast",)
        faults += [f"{scheme}: {each}" for each in axe_faults(page, *rules)]
    return faults + keyboard_faults(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("label", VISITS)
def test_a_page_is_fit_for_everyone(markets, contexts, screenshots, label, width):
    """It fits the screen, works by keyboard as it is read, and axe finds no serious fault."""
    visit = VISITS[label]
    at = markets[visit.market]
    page = contexts(visit.market, visit.who, width).new_page()
    watched = Watched(page, at.origin)
    response = page.goto(address(visit, at.what))
    assert response.status == visit.status
    faults = faults_of(page, label, width, screenshots)
    page.close()
    assert faults + watched.said == []


@pytest.fixture
def visitors(markets, vault):
    """Return what a visit finds, without a browser."""

    def found(visit):
        at = markets[visit.market]
        visitor = Visitor(at.origin)
        if visit.who != "nobody":
            cookie = session_cookie(at.market, vault, at.people[visit.who])
            visitor.cookies[cookie["name"]] = cookie["value"]
        return visitor.get(address(visit, at.what)).text

    return found


@pytest.mark.parametrize("currency", ["EUR", ""], ids=["paid", "practice"])
def test_every_page_says_what_pay_is_and_whose_account(markets, visitors, currency):
    """Paid or practice, each page says so, with the whole statement or without a currency."""
    full = markets["full"].market
    state(full, currency=currency)
    for label, visit in VISITS.items():
        said = visitors(visit)
        if currency and visit.market == "full":
            assert "Rewards are real money, in EUR." in said, label
            statement = ("debtor", "paid_how", "paid_when")
            assert all(STATED[each] in said for each in statement), label
        else:
            assert "Practice, unpaid: rewards here are not money." in said, label
            assert not re.search("[$€£]|EUR|USD|real money", said), label
        assert ("Your account:" in said) == (visit.who != "nobody"), label
    state(full, currency="EUR")


def test_every_named_page_is_visited():
    """No address is forgotten: it is a page that is visited, or known to be none."""
    assert {each.name for each in VISITS.values()} | set(NO_PAGES) == names()


@pytest.mark.parametrize("name", NO_PAGES)
def test_what_is_not_visited_is_no_page(markets, contexts, name):
    """Looked at, it leads on, refuses, or sends what is no page."""
    at = markets["full"]
    where = address(Visit(name, arguments=NO_PAGES[name]), at.what)
    response = contexts("full", "ada", 1280).request.get(where, max_redirects=0)
    is_page = response.ok and "text/html" in response.headers.get("content-type", "")
    assert not is_page


@pytest.mark.parametrize("width", WIDTHS)
def test_a_form_that_has_grown_old(contexts, screenshots, width):
    """A form without the session's token does nothing, and the page that says so is fit, too."""
    page = contexts("full", "ada", width).new_page()
    page.goto("/account")
    page.evaluate(
        "document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(e => e.remove())"
    )
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Keep this choice").click()
    assert navigation.value.status == 403
    assert faults_of(page, "403", width, screenshots) == []
    page.close()


def test_a_fault_of_the_sites_own(contexts, screenshots):
    """The page of a fault asks nothing of the market, and tells nothing of the inside."""
    answer = errors.failed(None)
    assert answer.status_code == 500
    page = contexts("full", "nobody", 360).new_page()
    page.route("**/broken", lambda route: route.fulfill(body=answer.content.decode()))
    page.goto("/broken")
    assert faults_of(page, "500", 360, screenshots) == []
    page.close()


def test_the_menu_of_a_phone(contexts, screenshots):
    """It opens and closes by the keyboard, without a script, and has all parts of the site."""
    page = contexts("full", "ada", 360).new_page()
    page.goto("/queue-that-is-not-there")
    links = page.get_by_role("navigation", name="Site").get_by_role("link")
    assert not links.first.is_visible()
    page.get_by_role("button", name="Menu").press("Enter")
    assert links.all_inner_texts()[:2] == ["HITs", "Queue"]
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=screenshots / f"menu-360-{scheme}.png")
        assert axe_faults(page) == []
    page.keyboard.press("Escape")
    assert not links.first.is_visible()
    page.get_by_role("button", name="Menu").press("Enter")
    page.get_by_role("button", name="Close").click()
    assert not links.first.is_visible()
    page.close()


def test_earnings_on_paper(contexts):
    """Printed, the page is what was earned, without the site around it."""
    page = contexts("full", "ada", 1280).new_page()
    page.goto("/earnings")
    page.emulate_media(media="print")
    assert page.get_by_text("Earned in all").is_visible()
    assert not page.get_by_role("navigation", name="Site").is_visible()
    page.close()
