"""The site's tests run on a served market at two origins of the loopback."""

import shutil
from pathlib import Path

import pytest
from chromium import FLAGS, launched
from crowdmake.market.embedded import open_market
from crowdmake.market.serving.vault import Vault, make_key_file
from django.contrib.auth.hashers import ScryptPasswordHasher
from framekit import Desk
from market.kit import KEY, connect, give_key
from sitekit import listened, served, session_cookie, sign_in, worker_account
from tools import needed


@pytest.fixture(scope="session")
def vault(tmp_path_factory):
    path = tmp_path_factory.mktemp("vault") / "market.key"
    make_key_file(path)
    return Vault(path)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The file of an empty market: making its tables takes seconds."""
    path = tmp_path_factory.mktemp("template") / "market.sqlite3"
    open_market(path).close()
    return path


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    """Let passwords be kept by little work, for nobody's sake who guesses them."""
    monkeypatch.setattr(ScryptPasswordHasher, "work_factor", 2)


@pytest.fixture
def market(tmp_path, template, vault):
    """An empty market with the test's requester."""
    market = open_market(Path(shutil.copy(template, tmp_path / "market.sqlite3")))
    give_key(market, market.requester, KEY, vault)
    yield market
    market.close()


@pytest.fixture
def origin(market, vault):
    """The site's origin; the pages of HITs are at `pages.localhost`, on the same port."""
    with served(market, vault) as address:
        yield address


@pytest.fixture
def client(origin):
    """The requester's boto3 client."""
    return connect(origin, KEY)


@pytest.fixture
def account(market):
    """A worker called Ada."""
    return worker_account(market)


# Not for the whole session: Playwright keeps an event loop running, which other tests trip over.
@pytest.fixture(scope="module")
def browser():
    """Chromium, in whose presence Django may be used: its loop is nobody's concern here."""
    with pytest.MonkeyPatch.context() as patch, launched() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture(scope="module")
def storing_browser(browser):
    """Chromium that lets frames store, so that nothing but the market holds them."""
    switches = [*FLAGS, "--disable-features=BlockThirdPartyCookies"]
    opened = browser.browser_type.launch(executable_path=needed("chromium"), args=switches)
    yield opened
    opened.close()


@pytest.fixture
def page(browser, origin, market, vault, account):
    """A tab of a browser in which Ada has signed in; what its console says is in `page.said`."""
    context = browser.new_context(base_url=origin)
    sign_in(context, origin, session_cookie(market, vault, account))
    yield listened(context.new_page())
    context.close()


@pytest.fixture
def desk(market, client, page, account):
    """Ada's desk, and the requester."""
    return Desk(market, client, page, account)


@pytest.fixture
def storing(storing_browser, origin, market, vault, account, client):
    """A desk in the browser that lets frames store; it trusts the tests' certificates."""
    context = storing_browser.new_context(base_url=origin, ignore_https_errors=True)
    sign_in(context, origin, session_cookie(market, vault, account))
    yield Desk(market, client, context.new_page(), account)
    context.close()
