"""One market file is made and migrated; every test works on a copy of it."""

import shutil

import pytest
from crowdmake.client import in_process
from crowdmake.market.embedded import open_market

from market.kit import People, Requester, Transport


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "market.sqlite3"
    open_market(path).close()
    return path


@pytest.fixture(scope="session")
def transport():
    return Transport()


@pytest.fixture(scope="session")
def session_client(transport):
    return in_process(transport)


@pytest.fixture
def path(template, tmp_path):
    return shutil.copy(template, tmp_path / "market.sqlite3")


@pytest.fixture
def market(path, transport):
    market = open_market(path)
    transport.market = market
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
