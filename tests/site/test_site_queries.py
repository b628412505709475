"""How often a page asks the database."""

import pytest
from crowdmake.market.site import current
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from populated import populate
from sitekit import session_cookie

# Fewer than the rows of any list.
MOST = 16
PAGES = {
    "projects": (),
    "queue": (),
    "history": (),
    "earnings": (),
    "messages": (),
    "qualifications": (),
    "account": (),
    "export": (),
    "record": ("rejected",),
    "work": ("accepted.group", "accepted"),
}


@pytest.fixture
def queries(market, vault):
    """Return the queries that a page takes in a market that has been in use."""
    what = populate(market)
    browser = Client(HTTP_HOST="localhost")
    cookie = session_cookie(market, vault, what.account)
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie["value"]

    def ask(name):
        address = reverse(name, args=[what.work[each] for each in PAGES[name]])
        with (
            market.reading(),
            current.serving(market.store, vault),
            CaptureQueriesContext(connection) as made,
        ):
            assert browser.get(address).status_code == 200
        return [each["sql"] for each in made]

    return ask


def test_no_page_asks_once_for_each_row(queries):
    """However many rows a page shows, a few queries find them."""
    for name in PAGES:
        found = queries(name)
        assert 0 < len(found) <= MOST, (name, found)
