"""Launching in drips through crashes: never more HITs open than allowed, and each row once."""

from decimal import Decimal

from crowdmake.client import in_process
from crowdmake.launching import launch
from crowdmake.market.crowd import Task, work
from faults.scenes import HITS, TERMS, WORKERS, crash_everywhere, prepared

MOST = 2


def _drip(scene, client):
    launch.launch(client, scene.batch, scene.rendered, TERMS, scene.spending, print, most=MOST)


def _answer_first(scene, _client):
    hit, *_ = scene.batch.read().hits.values()
    task = Task(hit.hit_id, recorded=tuple({"a": worker.name} for worker in WORKERS))
    work(scene.market, [task], WORKERS, seed=1)


def test_the_first_drip(monkeypatch, tmp_path):
    """A launch in drips that crashes anywhere ends, when run again, with as many HITs as are allowed."""

    def check(scene):
        assert len(scene.on_the_market(in_process(scene.market))) == MOST
        assert len(scene.batch.read().hits) == MOST
        assert scene.spending.committed() == MOST * Decimal("0.12")

    assert crash_everywhere(monkeypatch, prepared(tmp_path), _drip, check) >= 2 + 2 * MOST


def test_the_next_drip(monkeypatch, tmp_path):
    """The next launch learns which HIT is complete, puts up one row in its place, and crashes harmlessly."""

    def check(scene):
        listed = scene.on_the_market(in_process(scene.market))
        assert len(listed) == HITS
        assert {hit.hit_id for hit in scene.batch.read().hits.values()} == set(listed)
        assert len(scene.batch.read().open_hits()) == MOST
        assert len(scene.batch.read().assignments()) == len(WORKERS)

    prepare = prepared(tmp_path, _drip, _answer_first)
    assert crash_everywhere(monkeypatch, prepare, _drip, check) >= 5
