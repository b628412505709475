"""A crash at any point of emitting and posting: no event under a second id, and none lost."""

import itertools

import pytest
from crowdmake.ledgers.ledger import Ledger
from crowdmake.ticking import delivery, emission
from faults.scenes import Crash, Scene, crash_everywhere, prepared
from receiver import KEY, receiving


def records(scene: Scene) -> list[dict[str, object]]:
    hits = scene.batch.read().hits.values()
    return [{"hit_id": hit.hit_id, "key": hit.key, "answers": []} for hit in hits]


def emit(scene: Scene, _client: object = None) -> None:
    batch = scene.batch
    finished = emission.finished(batch, records(scene))
    emission.emit(batch, finished, "faults", webhook=True)


DONE = (Scene.launch, Scene.answer, Scene.poll)


def test_a_crash_while_emitting(tmp_path, monkeypatch):
    """After a crash at any append the next round emits each result once, under the id it had."""

    def check(scene: Scene) -> None:
        told = list(emission.events(scene.batch))
        assert [event["hit_id"] for event in told] == [each["hit_id"] for each in records(scene)]
        ids = {emission.event_id("faults", scene.batch, each) for each in records(scene)}
        assert {event["event_id"] for event in told} == ids
        assert len(told) == len(ids)

    assert crash_everywhere(monkeypatch, prepared(tmp_path, *DONE), emit, check) == 2


@pytest.mark.parametrize("ledger", ["answers", "money"])
def test_a_torn_line_while_emitting(tmp_path, ledger):
    """After a power failure within either write each result is emitted once, under the id it had."""
    for number, cut in enumerate((1, 30, 200, 500)):
        scene = prepared(tmp_path, *DONE)(f"torn-{number}")
        emit(scene)
        torn = getattr(scene.batch, ledger).path
        torn.write_bytes(torn.read_bytes()[:-cut])
        emit(scene)
        told = [event["hit_id"] for event in emission.events(scene.batch)]
        assert sorted(told) == sorted(each["hit_id"] for each in records(scene))


def test_a_crash_while_posting(tmp_path, monkeypatch):
    """After a crash at any receipt only the event whose receipt is lost is posted again, as it was."""
    append = Ledger.append
    for step, after in itertools.product((1, 2, 3), (False, True)):
        scene = prepared(tmp_path, *DONE)(f"{step}-{after}")
        emit(scene)
        counter = itertools.count(1)

        def crash(self, *events, step=step, after=after, counter=counter):
            number = next(counter)
            if number < step or after:
                append(self, *events)
            if number >= step:
                raise Crash

        with receiving() as receiver:
            with monkeypatch.context() as patch:
                patch.setattr(Ledger, "append", crash)
                with pytest.raises(Crash):
                    delivery.deliver(scene.batch, receiver.url, KEY, print)
            delivery.deliver(scene.batch, receiver.url, KEY, print)
            ids = [event["event_id"] for event in emission.events(scene.batch)]
            assert list(dict.fromkeys(receiver.ids)) == ids
            assert len(receiver.ids) == len(ids) + (not after)
            assert delivery.deliver(scene.batch, receiver.url, KEY, print) == 0
