"""Polls through crashes: every HIT that is ready gets its poll, and none gets two."""

from decimal import Decimal
from functools import partial

import pytest
from crowdmake.account.orders import worker_ledger
from crowdmake.client import in_process
from crowdmake.configuration.properties import complete
from crowdmake.harvesting import harvest
from crowdmake.launching import launch
from crowdmake.ledgers.batches import Batch
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.market.workers import Refused
from crowdmake.polling import ballots, exclusion, rows, terms
from crowdmake.polling.forms import PollPage
from faults.scenes import HITS, Lossy, Scene, crash_everywhere, prepared
from market.kit import People

OPTIONS = {
    "title": "Rate",
    "instructions": "Rate them.",
    "assignments": 2,
    "row_template": "{{ a }}",
}
ASKED = complete({"Title": "t", "Description": "d", "Reward": "0.05"})
PROPERTIES = terms.poll_properties(ASKED, OPTIONS, {})
EACH = Decimal("0.12")


def polls_of(scene) -> Batch:
    return Batch("b.poll", "local", scene.folder)


def put_up(scene, client, properties=PROPERTIES, types=None) -> None:
    """Do what the rules do after a harvest: make the rows, render them, launch what is new."""
    page = PollPage(OPTIONS, "jinja", {"a": []})
    lines = [page.line(row) for row in rows.keyed(rows.poll_rows(scene.batch))]
    kept = rows.once_each(lines, polls_of(scene).read())
    named = launch.Terms("faults", properties, "amazon", types or {})
    launch.launch(client, polls_of(scene), kept, named, scene.spending, print)


def a_round(scene, client) -> None:
    """Harvest, and put up the polls."""
    scene.poll(client)
    put_up(scene, client)


def rate(scene, names=("v0", "v1")) -> None:
    """Let voters give the first answer of each HIT the best rating."""
    voters = [SimulatedWorker(name, 1.0, 5.0) for name in names]
    hits = polls_of(scene).read().hits.values()
    ballot = {"1": "5", "2": "1"}
    tasks = [Task(hit.hit_id, recorded=tuple(ballot for _ in voters)) for hit in hits]
    work(scene.market, tasks, voters, seed=2)


def polled_hits(scene) -> list[str]:
    """Return for each poll that the market lists the HIT that it is about."""
    listed = scene.on_the_market(in_process(scene.market))
    polls = polls_of(scene).read()
    about = {hit.hit_id: polls.rows[key]["input"]["hit_id"] for key, hit in polls.hits.items()}
    ours = {hit.hit_id for hit in scene.batch.read().hits.values()}
    return [about[hit_id] for hit_id in listed if hit_id not in ours]


def check_once(scene) -> None:
    """Hold every HIT to having exactly one poll, known to the ledger and paid for once."""
    ours = sorted(hit.hit_id for hit in scene.batch.read().hits.values())
    assert sorted(polled_hits(scene)) == ours
    assert not polls_of(scene).read().open_intents
    assert scene.spending.committed() == 2 * HITS * EACH


def test_round_crashes(monkeypatch, tmp_path):
    """A round that crashes at any append ends, when run again, with one poll for each HIT, paid for once."""
    prepare = prepared(tmp_path, Scene.launch, Scene.answer)
    assert crash_everywhere(monkeypatch, prepare, a_round, check_once) >= 4 * HITS


def test_decisions_between_crash_and_rerun(monkeypatch, tmp_path):
    """Approving and deleting the originals after a crash neither loses a poll nor opens a second one."""

    def act(scene, client) -> None:
        scene.poll(client)
        scene.approve(client)
        scene.delete(client)
        put_up(scene, client)

    def check(scene):
        ours = sorted(hit.hit_id for hit in scene.batch.read().hits.values())
        assert sorted(polled_hits(scene)) == ours

    prepare = prepared(tmp_path, Scene.launch, Scene.answer)
    assert crash_everywhere(monkeypatch, prepare, act, check) >= 4 * HITS


def test_rejection_between_crash_and_rerun(monkeypatch, tmp_path):
    """A rejection after a poll was begun changes no poll: the second run goes on with the first one's rows."""

    def act(scene, client) -> None:
        put_up(scene, client)
        hit = next(iter(scene.batch.read().hits.values()))
        event = {"event": "decided", "assignment_id": hit.assignments[0]["assignment_id"]}
        about = {
            "hit_id": hit.hit_id,
            "decision": "Rejected",
            "feedback": "",
            "reward": "0",
            "fee": "0",
        }
        scene.batch.money.append(event | about)

    def check(scene):
        found = polled_hits(scene)
        assert len(found) == len(set(found)) == HITS

    prepare = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll)
    assert crash_everywhere(monkeypatch, prepare, act, check) >= 2 * HITS


def test_harvest_of_polls_crashes(monkeypatch, tmp_path):
    """A harvest of polls that crashes at any append ends with every ballot once and the same outcome."""

    def prepare(name):
        scene = prepared(tmp_path, Scene.launch, Scene.answer, a_round)(name)
        rate(scene)
        return scene

    def act(scene, client) -> None:
        harvest.poll(client, polls_of(scene), print)

    def check(scene):
        found = ballots.outcomes(scene.batch)
        assert len(found) == HITS
        assert all(each.scores == {"1": 10, "2": 2} for each in found.values())
        assert all(each.best == each.items["1"] for each in found.values())

    assert crash_everywhere(monkeypatch, prepare, act, check) >= 2 * HITS


def test_lost_answers_open_no_second_poll(tmp_path):
    """Where the market's answers to CreateHIT are lost each HIT still has one poll."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer)("s")
    a_round(scene, in_process(Lossy(scene.market, "CreateHIT", every=2)))
    check_once(scene)


def test_each_hit_is_polled_as_soon_as_it_is_over(tmp_path):
    """A HIT gets its poll while others are still open, and no other in later rounds."""
    scene = prepared(tmp_path, Scene.launch)("s")
    client = in_process(scene.market)
    people = People(scene.market)
    for number, hit in enumerate(scene.batch.read().hits.values(), start=1):
        for name in ("ana", "ben"):
            people.do(name, hit.hit_id, ("a", name))
        a_round(scene, client)
        a_round(scene, client)
        assert len(polled_hits(scene)) == number
    check_once(scene)


def test_authors_are_kept_out_before_the_poll_is_up(monkeypatch, tmp_path):
    """With poll.exclude nobody can rate what they wrote, others can, and a crash on the way opens no gap."""
    required = terms.without_authors(PROPERTIES, "b")
    about = {"authors of b": terms.authors_type("faults", "b")}

    def prepare(name):
        scene = prepared(tmp_path, Scene.launch)(name)
        scene.people = People(scene.market)
        for hit in scene.batch.read().hits.values():
            for author in ("ana", "ben"):
                scene.people.do(author, hit.hit_id, ("a", author))
        scene.poll(in_process(scene.market))
        return scene

    def act(scene, client) -> None:
        ledger = worker_ledger("local", scene.folder)
        requirements = required["QualificationRequirements"]
        ids = exclusion.types_for(client, polls_of(scene), requirements, about, ledger, print)
        put_up(scene, client, required, ids)

    def check(scene):
        hits = list(polls_of(scene).read().hits.values())
        for hit in hits:
            for author in ("ana", "ben"):
                with pytest.raises(Refused):
                    scene.people.accept(author, hit.hit_id)
        scene.people.do("cem", hits[0].hit_id, ("1", "5"), ("2", "1"))
        made = [e for e in worker_ledger("local", scene.folder).read() if "value" not in e]
        assert len(made) == 1
        too_few = partial(exclusion.too_few, polls_of(scene), required["QualificationRequirements"])
        assert "keeps out 2 authors; a poll asks for 2 ballots" in too_few(2)[0]
        client = in_process(scene.market)
        assert exclusion.unfilled(polls_of(scene)) == []
        client.update_expiration_for_hit(HITId=hits[0].hit_id, ExpireAt=0)
        harvest.poll(client, polls_of(scene), print)
        assert too_few(1) == []
        (line,) = exclusion.unfilled(polls_of(scene))
        assert "1 poll ended with fewer ballots than asked for" in line

    assert crash_everywhere(monkeypatch, prepare, act, check) >= 3 + 2 * HITS
