"""What the log says where something fails, and fails again."""

import logging

import pytest
from crowdmake.market.faults import Faults
from django.db import InterfaceError, OperationalError

from market.kit import AUTHORIZATION, TARGET


@pytest.fixture
def faults():
    return Faults(logging.getLogger("market"), "it failed")


def note(faults, error):
    """Note the error as where it was caught."""

    def fail():
        raise error

    try:
        fail()
    except (KeyError, OperationalError, InterfaceError) as caught:
        faults.note(caught)


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_out_of_reach(faults, caplog, kind):
    """It is one line, however long it lasts, and whatever the database's own words are."""
    for number in range(50):
        note(faults, kind(f"connection refused\nIs the server running? {number}"))
    (said,) = caplog.records
    assert said.getMessage() == "it failed: connection refused Is the server running? 0"
    assert said.exc_info is None


def test_anything_else(faults, caplog):
    """The first in a row comes with its traceback, the others do not come."""
    for _ in range(50):
        note(faults, KeyError("x"))
    (said,) = caplog.records
    assert said.exc_info[0] is KeyError


def test_another_one(faults, caplog):
    """A fault of another kind, and one after something went well, are told."""
    note(faults, KeyError("x"))
    note(faults, OperationalError("gone"))
    faults.over()
    note(faults, OperationalError("gone"))
    assert len(caplog.records) == 3


def test_requests_while_the_database_is_down(market, monkeypatch, caplog):
    """Each is answered with HTTP 500, and the log has one line about all of them."""

    def gone():
        raise OperationalError("the server went away")

    headers = {"X-Amz-Target": TARGET + "ListHITs", "Authorization": AUTHORIZATION}
    assert market.respond(headers, b"{}")[0] == 200
    with monkeypatch.context() as patch:
        patch.setattr(market.store, "bind", gone)
        assert [market.respond(headers, b"{}")[0] for _ in range(9)] == [500] * 9
    said = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert [each.getMessage() for each in said] == ["fault in the market: the server went away"]
    assert said[0].exc_info is None
