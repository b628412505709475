"""The market's tests run on both kinds of database; each test finds its market empty."""

import base64
import shutil
from contextlib import ExitStack

import pytest
from crowdmake.market import operator
from crowdmake.market.embedded import open_market
from crowdmake.market.models import AllowedHost
from crowdmake.market.notifications.transports import new_secret
from crowdmake.market.serving.vault import Vault, make_key_file
from django.db import connection
from postgresql import new_database, server

from market.kit import KEY, People, Requester, Transport, connect, give_key, http_server
from market.sinks import AWS, sink


@pytest.fixture(scope="session")
def vault(tmp_path_factory):
    path = tmp_path_factory.mktemp("vault") / "market.key"
    make_key_file(path)
    return Vault(path)


@pytest.fixture(scope="session")
def template(tmp_path_factory, vault):
    path = tmp_path_factory.mktemp("template") / "market.sqlite3"
    market = open_market(path)
    give_key(market, market.requester, KEY, vault)
    market.close()
    return path


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a database with the market's tables."""
    with ExitStack() as stack:
        url = new_database(stack.enter_context(server()))
        operator.migrate(url)
        yield url


@pytest.fixture(scope="session")
def transport(vault):
    return Transport(vault)


@pytest.fixture(scope="session")
def url(transport):
    """The address of a server that serves the market of the test that is running."""
    with http_server(transport.serve, transport.fetch) as address:
        yield address


@pytest.fixture(scope="session")
def session_client(url, transport):
    client = connect(url, KEY)
    transport.watch(client)
    return client


@pytest.fixture
def path(template, tmp_path):
    """A file with an empty market, for what is promised of files alone."""
    return shutil.copy(template, tmp_path / "market.sqlite3")


@pytest.fixture
def emptied(postgresql):
    """The URL of an empty market, for what is promised of PostgreSQL alone."""
    empty(postgresql)
    return postgresql


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def location(request):
    """Where an empty market is."""
    if request.param == "SQLite":
        return request.getfixturevalue("path")
    return request.getfixturevalue("emptied")


@pytest.fixture
def market(location, transport):
    market = open_market(location)
    transport.use(market)
    yield market
    market.close()


@pytest.fixture
def client(market, session_client):
    return session_client


@pytest.fixture
def requester(client, transport):
    return Requester(client, transport)


@pytest.fixture
def people(market):
    return People(market)


@pytest.fixture
def inbox(market, vault, monkeypatch):
    """A server that notifications may go to, and all that sending them needs."""
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    market.store.vault = vault
    with sink() as server:
        market.run(lambda _: AllowedHost.objects.create(host="127.0.0.1", private=True))
        secret = market.run(lambda _: new_secret(market.requester, vault))
        server.key = base64.b64decode(secret.removeprefix("whsec_"))
        yield server


def empty(url):
    """Leave nothing in a PostgreSQL market but its clock, which shows the wall clock's time."""
    market = open_market(url)
    with market.writing(), connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        ours = ", ".join(each for each in tables if each.startswith("market_"))
        cursor.execute(f"TRUNCATE {ours} RESTART IDENTITY CASCADE")
        cursor.execute("INSERT INTO market_clock (moved_to) VALUES (now())")
    market.close()
