"""Writers of one process that wait at the same time, on an SQLite file."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep

import pytest
from crowdmake.market import workers
from crowdmake.market.embedded import open_market
from crowdmake.market.models import Worker
from crowdmake.market.workers import Refused
from django.db import connection


@pytest.fixture
def market(path):
    market = open_market(path)
    yield market
    market.close()


@contextmanager
def waiting(market, *actions):
    """Have a thread wait for each of the actions until the context ends; yield their futures."""
    with ThreadPoolExecutor(len(actions)) as pool, market.writing():
        futures: list[Future] = []
        for action in actions:
            futures.append(pool.submit(_run, market, action))
            sleep(0.02)
        yield futures


def _run(market, action):
    try:
        return market.run(action)
    finally:
        market.close()


def register(name):
    """Return an action that says whether it shared its transaction."""

    def action(_):
        workers.register(name)
        return bool(connection.savepoint_ids)

    return action


def names(market):
    with market.reading():
        return set(Worker.objects.values_list("name", flat=True))


def test_writers_that_wait_share_a_transaction(market):
    """What waits while another writes is done in one transaction, and each gets its own result."""
    with waiting(market, *(register(f"worker {n}") for n in range(8))) as futures:
        pass
    assert sum(each.result() for each in futures) > 1
    assert names(market) == {f"worker {n}" for n in range(8)}


def test_what_one_is_refused_undoes_nothing_of_the_others(market):
    """An action that raises is undone and raises in its own thread; the rest of them stays."""

    def refused(_):
        workers.register("refused")
        raise Refused("no")

    with waiting(market, register("a"), register("b"), refused, register("c")) as futures:
        pass
    assert names(market) == {"a", "b", "c"}
    with pytest.raises(Refused, match="no"):
        futures[2].result()


def test_all_is_done_again_where_the_database_took_everything_back(market):
    """A failure that ends the shared transaction loses nothing that another thread wrote in it."""

    def fatal(_):
        workers.register("fatal")
        connection.connection.execute("ROLLBACK")
        raise OSError("disk full")

    with waiting(market, register("a"), register("b"), fatal, register("c")) as futures:
        pass
    assert names(market) == {"a", "b", "c"}
    with pytest.raises(OSError, match="disk full"):
        futures[2].result()
