"""The whole account: listed to its end in few calls, and deleted from without losing anything."""

import itertools
from collections import Counter

import pytest
from crowdmake.account.deletion import Orders, delete, receipts
from crowdmake.account.hits import Account, account_ledger
from crowdmake.client import in_process
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch
from crowdmake.ledgers.ledger import Ledger
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.market.embedded import open_market
from crowdmake.rendering.questions import html_question
from market.kit import People
from unit.ledger_events import created

PAGE = html_question("<!DOCTYPE html><title>t</title><p>x", 0)
ANA = SimulatedWorker("ana", 1.0, 1.0)
BEN = SimulatedWorker("ben", 1.0, 1.0)


class Crash(BaseException):
    """The process is gone."""


class Scene:
    """An account with HITs of no experiment, and the folder of an experiment's ledgers."""

    def __init__(self, folder) -> None:
        self.folder = folder
        folder.mkdir()
        self.market = open_market(folder / "market.sqlite3")
        self.client = in_process(self.market)
        self.calls = Counter()
        self.client.meta.events.register("before-call.mturk", self._count)

    def _count(self, model, **_):
        self.calls[model.name] += 1

    def put_up(self, count, annotation="", assignments=1):
        request = {
            "Title": "Old work",
            "Description": "Left behind",
            "Reward": "0.05",
            "MaxAssignments": assignments,
            "LifetimeInSeconds": 86400,
            "AssignmentDurationInSeconds": 600,
            "Question": PAGE,
        } | ({"RequesterAnnotation": annotation} if annotation else {})
        return [self.client.create_hit(**request)["HIT"]["HITId"] for _ in range(count)]

    def answer(self, *hits, approve=True):
        work(self.market, [Task(hit, recorded=({"a": hit},)) for hit in hits], [ANA], seed=1)
        for hit in hits if approve else ():
            for each in self.client.list_assignments_for_hit(HITId=hit)["Assignments"]:
                self.client.approve_assignment(AssignmentId=each["AssignmentId"])

    @property
    def ledger(self):
        return account_ledger("local", self.folder)

    def listing(self):
        return list(Account(self.client, "local", "faults-1", self.folder).listing(print))

    def delete(self, records=None, **orders):
        records = self.listing() if records is None else records
        return delete(self.client, self.ledger, records, Orders(**orders), print)

    def crash_at(self, call, monkeypatch, **orders):
        """Let the first deletion crash after its intent, before or after the market has done it."""
        append = Ledger.append

        def crash(ledger, *events):
            if events[0]["event"] == "deleted":
                raise Crash
            append(ledger, *events)
            if call == "before":
                raise Crash

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "append", crash)
            with pytest.raises(Crash):
                self.delete(**orders)

    def on_the_market(self):
        return {record["hit_id"] for record in self.listing() if not record["deleted"]}


@pytest.fixture
def scene(tmp_path):
    """Return a scene of its own."""
    return Scene(tmp_path / "scene")


def test_the_list_is_read_to_its_end(scene):
    """An account of more than two pages is listed whole, with a call for each HIT that has answers."""
    hits = scene.put_up(203)
    scene.answer(hits[0], hits[150])
    scene.calls.clear()
    listing = scene.listing()
    assert {record["hit_id"] for record in listing} == set(hits)
    assert len(listing) == 203
    assert scene.calls["ListHITs"] <= 4
    assert scene.calls["ListAssignmentsForHIT"] == 2
    answered = {r["hit_id"]: r["assignments"][0]["answers"] for r in listing if r["assignments"]}
    assert answered == {hit: {"a": hit} for hit in (hits[0], hits[150])}


def test_answers_of_this_experiment_are_saved(scene):
    """What the list finds new of this experiment's HITs is in its ledgers, and is not asked for again."""
    (hit,) = scene.put_up(1, "crowdmake/faults-1/pilot/A")
    batch = Batch("pilot", "local", scene.folder)
    batch.money.append(created("A", wanted=1, hit_id=hit))
    scene.answer(hit)
    (record,) = scene.listing()
    assert (record["ours"], record["batch"], record["key"]) == (True, "pilot", "A")
    assert [each["status"] for each in record["assignments"]] == ["Approved"]
    assert [each["hit_id"] for each in batch.read().assignments().values()] == [hit]
    assert batch.outline().decided()
    scene.calls.clear()
    assert scene.listing() == [record]
    assert scene.calls == {"ListHITs": 2}


def test_what_hits_finds_is_in_the_results(scene):
    """Where `hits` saves the last answers of an extended batch, `results` still has files to write."""
    (hit,) = scene.put_up(1, "crowdmake/faults-1/pilot/A")
    batch = Batch("pilot", "local", scene.folder)
    batch.money.append(created("A", wanted=1, hit_id=hit))
    scene.answer(hit)
    scene.listing()
    batch.remember_round("poll", "7")
    assert scene.listing()
    assert batch.round_of("poll") == "7"
    scene.client.create_additional_assignments_for_hit(HITId=hit, NumberOfAdditionalAssignments=1)
    extended = {"event": "extended", "hit_id": hit, "key": "A", "max_assignments": 2}
    batch.money.append(extended | {"replaced": 0})
    work(scene.market, [Task(hit, recorded=({"a": "late"},))], [BEN], seed=1)
    scene.listing()
    assert batch.outline().complete()
    assert batch.round_of("poll") is None


@pytest.mark.parametrize(
    ("annotation", "owner"),
    [
        ("", (None, False)),
        ("batch=12", (None, False)),
        ("crowdmake/faults-1/pilot/k-1", ("faults-1", True)),
        ("crowdmake/faults-12/pilot/k-1", ("faults-12", False)),
        ("see crowdmake/faults-1/pilot/k-1", (None, False)),
    ],
)
def test_whose_a_hit_is(scene, annotation, owner):
    """The annotation says whose a HIT is; another experiment's, or a lost one of ours, is never deleted."""
    (hit,) = scene.put_up(1, annotation)
    scene.answer(hit)
    (record,) = scene.listing()
    assert (record["experiment"], record["ours"]) == owner
    assert scene.delete(confirmed=1) == (owner[0] is None)


def test_only_the_confirmed_number_is_deleted(scene, capsys):
    """Another number than the confirmed one deletes nothing; undecided, open and accepted work stays."""
    hits = scene.put_up(4)
    scene.answer(hits[0], hits[1])
    scene.answer(hits[2], approve=False)
    for number in (None, 0, 1, 3, 4):
        with pytest.raises(UserError, match=r"add confirm=2"):
            scene.delete(confirmed=number)
    assert scene.on_the_market() == set(hits)
    assert scene.delete(confirmed=2) == 2
    assert scene.on_the_market() == {hits[2], hits[3]}
    said = capsys.readouterr().out
    assert f"left 1 HIT of no experiment ({hits[2]}): work is undecided" in said
    assert f"left 1 HIT of no experiment ({hits[3]}): open" in said
    assert scene.delete() == 0


def test_open_hits_are_expired_on_order(scene):
    """With expire open HITs are ended, their answers saved, and deleted where nothing is undecided."""
    empty, answered, other = scene.put_up(3, assignments=2)
    scene.answer(answered)
    assert scene.delete(confirmed=2, expire=True, only=frozenset({empty, answered})) == 2
    assert scene.on_the_market() == {other}
    saved = {record["hit_id"]: record for record in scene.listing() if record["deleted"]}
    assert saved[answered]["assignments"][0]["answers"] == {"a": answered}
    assert saved[empty]["assignments"] == []


def test_accepted_work_is_waited_for(scene, capsys):
    """An expired HIT that somebody still works on is left, and deleted once the work is decided."""
    (hit,) = scene.put_up(1)
    people = People(scene.market)
    held = people.accept("ana", hit)
    assert scene.delete(confirmed=1, expire=True) == 0
    assert f"({hit}): expired, but what was accepted before may" in capsys.readouterr().out
    name = people.submit(held, ("a", "late"))
    assert scene.delete() == 0
    scene.client.approve_assignment(AssignmentId=name)
    assert scene.delete(confirmed=1) == 1
    assert scene.listing()[0]["assignments"][0]["answers"] == {"a": "late"}


def test_answers_that_the_list_lacks(scene, capsys):
    """A HIT whose counter tells of more decided answers than the market lists is not deleted."""
    (hit,) = scene.put_up(1)
    scene.answer(hit)

    def lag(parsed, **_):
        parsed["Assignments"] = []
        parsed["NumResults"] = 0

    event = "after-call.mturk.ListAssignmentsForHIT"
    scene.client.meta.events.register(event, lag)
    assert scene.delete(confirmed=1) == 0
    assert f"({hit}): the market counts 1 decided answer and lists 0" in capsys.readouterr().out
    scene.client.meta.events.unregister(event, lag)
    assert scene.delete(confirmed=1) == 1
    assert scene.listing()[0]["assignments"][0]["answers"] == {"a": hit}


def test_an_answer_after_the_listing(scene, capsys):
    """A HIT that another program extended and decided after it was listed is left, and listed anew."""
    (hit,) = scene.put_up(1)
    scene.answer(hit)
    before = scene.listing()
    scene.client.create_additional_assignments_for_hit(HITId=hit, NumberOfAdditionalAssignments=1)
    work(scene.market, [Task(hit, recorded=({"a": "late"},))], [BEN], seed=1)
    for each in scene.client.list_assignments_for_hit(HITId=hit)["Assignments"]:
        if each["AssignmentStatus"] == "Submitted":
            scene.client.approve_assignment(AssignmentId=each["AssignmentId"])
    assert scene.delete(before, confirmed=1) == 0
    assert f"({hit}): has changed since it was listed" in capsys.readouterr().out
    assert scene.delete(confirmed=1) == 1
    (saved,) = scene.listing()
    assert {each["answers"]["a"] for each in saved["assignments"]} == {hit, "late"}


@pytest.mark.parametrize("call", ["before", "after"])
def test_an_interrupted_deletion_is_limited_too(scene, monkeypatch, call):
    """What an earlier run began with is left alone by a run that is limited to another HIT."""
    hit, other = scene.put_up(2)
    scene.answer(hit, other)
    scene.crash_at(call, monkeypatch, confirmed=1, only=frozenset({hit}))
    assert scene.delete(confirmed=1, only=frozenset({other})) == 1
    assert [each["hit_id"] for each in receipts(scene.ledger)] == [other]
    assert scene.delete() == 1
    assert not scene.on_the_market()


def test_an_interrupted_deletion_is_looked_at_again(scene, monkeypatch, capsys):
    """A HIT that changed since its deletion was interrupted is deleted only when confirmed anew."""
    (hit,) = scene.put_up(1)
    scene.answer(hit)
    scene.crash_at("before", monkeypatch, confirmed=1)
    scene.client.create_additional_assignments_for_hit(HITId=hit, NumberOfAdditionalAssignments=1)
    assert scene.delete(()) == 0
    assert f"({hit}): has changed since it was listed" in capsys.readouterr().out
    work(scene.market, [Task(hit, recorded=({"a": "late"},))], [BEN], seed=1)
    for each in scene.client.list_assignments_for_hit(HITId=hit)["Assignments"]:
        if each["AssignmentStatus"] == "Submitted":
            scene.client.approve_assignment(AssignmentId=each["AssignmentId"])
    with pytest.raises(UserError, match="add confirm=1"):
        scene.delete()
    assert scene.delete(confirmed=1) == 1
    assert len(scene.listing()[0]["assignments"]) == 2


def test_what_is_gone_meanwhile_stops_no_other(scene, capsys):
    """A HIT that somebody else deletes between listing and deletion is said, the others are done."""
    open_hit, over, last = scene.put_up(3)
    scene.answer(over, last)
    before = scene.listing()
    for each in (open_hit, over):
        scene.client.update_expiration_for_hit(HITId=each, ExpireAt=0)
        scene.client.delete_hit(HITId=each)
    assert scene.delete(before, confirmed=3, expire=True) == 1
    assert "left 2 HITs of no experiment" in (said := capsys.readouterr().out)
    assert "the market does not know it any more" in said
    assert [each["hit_id"] for each in receipts(scene.ledger)] == [last]


def test_a_named_hit_that_is_not_of_no_experiment(scene):
    """A HIT id that the account does not show, or that belongs to an experiment, is an error line."""
    (theirs,) = scene.put_up(1, "crowdmake/another-1/b/k-1")
    scene.answer(theirs)
    with pytest.raises(UserError) as caught:
        scene.delete(confirmed=1, only=frozenset({theirs, "3NOWHERE"}))
    assert sorted(caught.value.lines) == sorted(
        [
            "--config hit: 3NOWHERE is no HIT that the account shows",
            f"--config hit: {theirs} belongs to the experiment another-1; its own directory's"
            " `snakemake delete` deletes it",
        ]
    )
    assert scene.on_the_market() == {theirs}


def test_deletion_crashes(monkeypatch, tmp_path):
    """A deletion that crashes at any append ends, when run again, with each HIT deleted once and saved."""
    for step, after in ((n, after) for n in itertools.count(1) for after in (False, True)):
        scene = Scene(tmp_path / f"{step}-{after}")
        hits = scene.put_up(2)
        scene.answer(*hits)
        append, counter = Ledger.append, itertools.count(1)
        crashed = []

        def crash(
            self, *events, append=append, counter=counter, crashed=crashed, step=step, after=after
        ):
            number = next(counter)
            if number < step or (number == step and after):
                append(self, *events)
            if number >= step:
                crashed.append(number)
                raise Crash

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "append", crash)
            try:
                scene.delete(confirmed=2)
            except Crash:
                assert crashed
        left = [r["hit_id"] for r in scene.listing() if not r["deleted"]]
        try:
            scene.delete()
        except UserError as error:
            (line,) = error.lines
            scene.delete(confirmed=int(line.rpartition("confirm=")[2]))
        assert set(left) <= set(hits)
        assert not scene.on_the_market()
        assert sorted(r["hit_id"] for r in receipts(scene.ledger)) == sorted(hits)
        assert {r["hit_id"]: r["assignments"][0]["answers"]["a"] for r in scene.listing()} == {
            hit: hit for hit in hits
        }
        if not crashed:
            break
