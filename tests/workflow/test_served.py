"""An experiment on a market that is served, by its URL and with a key of the market's."""

from pathlib import Path

import pytest
from crowdmake.market import workers
from crowdmake.market.embedded import open_market
from crowdmake.market.models import HIT
from market.served import new_key, serving
from workflow.conftest import NOTHING, texts


@pytest.fixture
def served(tmp_path):
    """Return a market's file, its address, and the environment that holds a key of its own."""
    place = tmp_path / "market"
    place.mkdir()
    file = place / "market.sqlite3"
    key = new_key(file, place)
    with serving(file, cwd=place) as market:
        yield (
            file,
            market.url,
            {"AWS_ACCESS_KEY_ID": key.key_id, "AWS_SECRET_ACCESS_KEY": key.secret},
        )


def answer(file: Path, worker_name: str) -> None:
    """Let one worker do every HIT of the market."""
    market = open_market(file, fees=None)
    worker = market.run(lambda _: workers.register(worker_name))
    with market.reading():
        hits = list(HIT.objects.order_by("pk"))
    for hit in hits:
        held = market.run(lambda now, hit=hit: workers.accept(worker, hit, now))
        market.run(lambda now, held=held: workers.submit(held, [("label", worker_name)], now))
    market.close()


def test_the_whole_way(experiment, served):
    """Launch, results, approve and delete do over HTTP what they do in-process."""
    file, url, keys = served
    lab = experiment(
        market__endpoint=url, budget__max_usd=5, experiment_id="served-0001",
        hit__properties__MaxAssignments=1,
    )  # fmt: skip
    lab.rows(*texts(3))
    lab.run("launch", **keys)
    answer(file, "Ann")
    lab.run("results", **keys)
    assert [each["answers"] for each in lab.records("results/results.jsonl")] == [
        {"label": "Ann"}
    ] * 3
    lab.run("approve", **keys)
    lab.run("delete", **keys)
    assert len(lab.records("results/deletions/main.jsonl")) == 3
    assert "3 HITs deleted" in lab.run("results", **keys)
    assert NOTHING in lab.run("results")


def test_a_foreign_key(experiment, served):
    """A key that the market does not know launches nothing, and is one line that says so."""
    _, url, keys = served
    lab = experiment(market__endpoint=url, budget__max_usd=5, experiment_id="served-0002")
    lab.rows(*texts(1))
    output = lab.run("launch", fails=True, **(keys | {"AWS_ACCESS_KEY_ID": "CMUNKNOWN"}))
    assert f"error: market {url}" in output
    assert "UnrecognizedClientException" in output
    assert "Traceback" not in output
