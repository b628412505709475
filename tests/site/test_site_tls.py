"""The site behind a proxy with TLS, at two names, in Chromium."""

import re
from ipaddress import ip_network

import pytest
from chromium import launched
from crowdmake.market.models import Site
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.proxies import Proxies
from crowdmake.market.site import safety
from market.kit import KEY, PROPERTIES, connect, html_question
from operating import PAID, invite, state
from sitekit import PASSWORD, listened, served
from tls import tls_proxy

FROM = "203.0.113.7"
CLAIMED = "198.51.100.66"
PAGE = """<!DOCTYPE html><title>t</title><p id="p">Hello</p>"""


# Not for the whole session: Playwright keeps an event loop running, which other tests trip over.
@pytest.fixture(scope="module")
def far_browser():
    """Chromium, for which both names lead to this machine."""
    rules = "--host-resolver-rules=MAP *.test 127.0.0.1"
    with pytest.MonkeyPatch.context() as patch, launched(rules) as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture
def log(tmp_path):
    return AccessLog(tmp_path / "market-access")


@pytest.fixture
def inside(market, vault, log):
    """The address at which the proxy reaches the market."""
    with served(market, vault, log, Proxies([ip_network("127.0.0.1")])) as origin:
        yield origin


@pytest.fixture
def site(market, inside):
    """The address of a public site behind its proxy."""
    port = int(inside.rpartition(":")[2])
    with tls_proxy(port, FROM, "hits.test", "*.pages.test") as public:
        address = f"https://hits.test:{public}"
        state(market, address=address, pages=f"https://*.pages.test:{public}", **PAID)
        yield address


@pytest.fixture
def tab(far_browser, site):
    """A tab of a browser that has never been there; what its console says is in `tab.said`."""
    context = far_browser.new_context(
        ignore_https_errors=True, extra_http_headers={"X-Forwarded-For": CLAIMED}
    )
    yield listened(context.new_page())
    context.close()


def join(tab, site, market):
    tab.goto(site + invite(market))
    tab.get_by_label("User name").fill("Ada")
    tab.get_by_label(re.compile("^Password")).fill(PASSWORD)
    tab.get_by_label("The same password again").fill(PASSWORD)
    tab.get_by_role("button", name="Sign up").click()
    tab.wait_for_url(f"{site}/projects")


def test_a_worker_comes_in(tab, site, market):
    """By invitation, out and in again, with cookies that stay on the host and in TLS."""
    join(tab, site, market)
    assert "Welcome, Ada" in tab.inner_text("main")
    tab.goto(f"{site}/account")
    tab.locator("main").get_by_role("button", name="Sign out").click()
    tab.wait_for_url(f"{site}/sign-in")
    tab.goto(f"{site}/account")
    tab.get_by_label("User name").fill("ada")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(f"{site}/account")
    (cookie,) = tab.context.cookies()
    assert (cookie["name"], cookie["domain"], cookie["path"]) == (
        "__Host-session",
        "hits.test",
        "/",
    )
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert tab.evaluate("document.cookie") == ""
    assert tab.said == []


def test_what_is_served_is_safe(site, market):
    """It is what `market check` lets pass."""
    with market.reading():
        assert safety.problems(Site.objects.get()) == []


def test_addresses_in_the_access_log(tab, site, market, log):
    """The log has the client's address as the proxy knows it, not what the client claims."""
    join(tab, site, market)
    (file,) = log.directory.iterdir()
    lines = file.read_text().splitlines()
    assert any(" GET /join/* 200 " in each for each in lines)
    assert {each.split()[1] for each in lines} == {FROM}


@pytest.mark.parametrize("host", ["other.test", "hits.test.evil.test"])
def test_other_names(tab, site, host):
    """At another name than its own the site is not there."""
    port = site.rpartition(":")[2]
    assert tab.goto(f"https://{host}:{port}/about").status == 421


def test_pages_are_elsewhere(tab, site, market, inside):
    """What a HIT shows comes from the pages' host, which has nothing of the site or its cookies."""
    join(tab, site, market)
    port = site.rpartition(":")[2]
    hit = connect(inside, KEY).create_hit(**{**PROPERTIES, "Question": html_question(PAGE)})["HIT"]
    sent = []
    tab.on("request", lambda request: sent.append(request))
    tab.goto(f"{site}/projects/{hit['HITGroupId']}/tasks")
    tab.frame_locator("iframe").get_by_text("Hello").wait_for()
    (frame,) = (each for each in sent if ".pages.test:" in each.url)
    assert frame.url.startswith(f"https://shared.pages.test:{port}/")
    assert "cookie" not in frame.all_headers()
    assert tab.goto(f"https://shared.pages.test:{port}/account").status == 404
