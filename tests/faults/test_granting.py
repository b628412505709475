"""Own qualifications: made once, granted and revoked as listed, and required by name."""

from pathlib import Path

import pytest
from crowdmake.account import grant_lists, granting, once
from crowdmake.account.orders import worker_ledger
from crowdmake.client import in_process
from crowdmake.configuration.properties import complete
from crowdmake.configuration.qualifications import NEW_WORKERS, ONCE, once_type
from crowdmake.exceptions import UserError
from crowdmake.harvesting.harvest import poll
from crowdmake.launching.launch import Terms, launch
from crowdmake.ledgers.batches import Batch, account_rounds
from crowdmake.market.embedded import open_market
from crowdmake.market.models import Message
from crowdmake.market.workers import Refused
from crowdmake.money.spending import Spending
from crowdmake.rendering.questions import html_question
from market.kit import People

PAGE = html_question("<!DOCTYPE html><title>t</title><p>x", 0)
TYPES = {"trained": {"Description": "Has passed the training."}}
GIVEN = {"Title": "t", "Description": "d", "Reward": "0.05"}


class Scene:
    """An experiment's folder, its market and the people there."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.market = open_market(folder / "market.sqlite3")
        self.client = in_process(self.market)
        self.people = People(self.market)
        self.ledger = worker_ledger("local", folder / "state")

    def listed(self, text, name="trained"):
        path = self.folder / f"qualifications/{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def qualify(self, types=TYPES):
        ids = granting.ensure_types(self.client, types, self.ledger)
        grants = grant_lists.listed_grants(types)
        return granting.carry_out(self.client, grants, ids, self.ledger)

    def launch(self, *requirements, rows=1, types=TYPES, name="b", most=None):
        """Launch a batch; return it with the ids of its HITs."""
        properties = complete(GIVEN)
        properties["QualificationRequirements"] += requirements
        batch = Batch(name, "local", self.folder / "state")
        lines = [
            {"key": f"k{n}-1", "row": n, "input": n, "title": "t", "description": "d"}
            | {"question": PAGE}
            for n in range(rows)
        ]
        ids = once.types_for(
            self.client, properties["QualificationRequirements"], types, self.ledger, print
        )
        terms = Terms("faults-1", properties, "amazon", ids)
        spending = Spending("local", None, self.folder / "state")
        launch(self.client, batch, lines, terms, spending, print, most=most)
        return batch, [hit.hit_id for hit in batch.read().hits.values()]

    def scores(self, name="trained"):
        """Return what the market holds of a qualification, by worker."""
        type_id = grant_lists.type_ids(self.ledger)[name]
        found = self.client.list_workers_with_qualification_type(QualificationTypeId=type_id)
        return {each["WorkerId"]: each["IntegerValue"] for each in found["Qualifications"]}

    def worker(self, name):
        return self.people.worker(name).worker_id


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """Return a scene in the working directory."""
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path)


def test_values_are_granted_changed_and_revoked(scene):
    """The list's values are the market's; a changed value or `revoke` follows, and nothing is done twice."""
    ana, ben, cleo = (scene.worker(name) for name in ("ana", "ben", "cleo"))
    scene.listed(f"{ana} 80\n{ben}\n{cleo} revoke never was\n")
    assert scene.qualify() == 3
    assert scene.scores() == {ana: 80, ben: 1}
    assert scene.qualify() == 0
    scene.listed(f"{ana} 90\n{ben} revoke has moved on\n")
    assert scene.qualify() == 2
    assert scene.scores() == {ana: 90}
    said = [(r["worker_id"], r["value"], r["reason"]) for r in grant_lists.receipts(scene.ledger)]
    assert said[-2:] in (
        [(ana, 90, None), (ben, None, "has moved on")],
        [(ben, None, "has moved on"), (ana, 90, None)],
    )


def test_a_type_is_made_once(scene, monkeypatch):
    """A type whose receipt was lost, or that the account has already, is found by its name."""
    append = scene.ledger.append

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(scene.ledger, "append", crash)
    with pytest.raises(KeyboardInterrupt):
        scene.qualify()
    monkeypatch.setattr(scene.ledger, "append", append)
    scene.qualify()
    listed = scene.client.list_qualification_types(
        MustBeRequestable=False, MustBeOwnedByCaller=True
    )["QualificationTypes"]
    assert [each["QualificationTypeId"] for each in listed] == list(
        grant_lists.type_ids(scene.ledger).values()
    )
    assert listed[0]["Description"] == "Has passed the training."


def test_a_refused_worker_stops_no_other(scene):
    """A worker whom the market does not know is a line with the file's line; the others are granted."""
    ana = scene.worker("ana")
    scene.listed(f"ANOBODY 3\n{ana} 3\n")
    with pytest.raises(UserError, match=r"qualifications/trained.txt:1: ANOBODY: Associate"):
        scene.qualify()
    assert scene.scores() == {ana: 3}


def test_a_crash_between_call_and_receipt(scene, monkeypatch):
    """A grant whose receipt was lost is made again, which changes nothing."""
    ana = scene.worker("ana")
    scene.qualify()
    scene.listed(f"{ana} 5\n")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(scene.ledger, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            scene.qualify()
    assert scene.qualify() == 1
    assert scene.scores() == {ana: 5}


def test_required_by_name(scene):
    """A HIT that requires an own qualification by name is open to those who have the value."""
    scene.listed(f"{scene.worker('ana')} 80\n{scene.worker('ben')} 70\n")
    scene.qualify()
    requirement = {"Qualification": "trained", "Comparator": ">=", "IntegerValues": [80]}
    (spelt,) = complete(GIVEN | {"QualificationRequirements": [requirement]})[
        "QualificationRequirements"
    ]
    _, (hit,) = scene.launch(spelt)
    for name in ("ben", "cleo"):
        with pytest.raises(Refused):
            scene.people.accept(name, hit)
    scene.people.accept("ana", hit)


def test_each_worker_once(scene):
    """Who has worked can accept no further HIT of the experiment, once a poll has seen the work."""
    types = {ONCE: once_type("faults-1")}
    batch, (first, second, third) = scene.launch(NEW_WORKERS, rows=3, types=types)
    scene.people.do("ana", first)
    scene.people.do("ana", second)  # the gap: nobody has polled yet
    poll(scene.client, batch, print)
    for _ in range(2):
        once.Once(scene.client, types[ONCE], scene.ledger).catch_up([batch], print)
    assert scene.scores(ONCE) == {scene.worker("ana"): 1}
    with pytest.raises(Refused):
        scene.people.accept("ana", third)
    scene.people.do("ben", third)
    with scene.market.reading():
        assert not Message.objects.exists()


def test_granted_while_the_poll_goes_on(scene, monkeypatch, capsys):
    """A worker is excluded as soon as the answer is saved, while other HITs are still to be asked."""
    types = {ONCE: once_type("faults-1")}
    batch, hits = scene.launch(NEW_WORKERS, rows=3, types=types)
    for name, hit in zip(("ana", "ben", "cleo"), hits, strict=True):
        scene.people.do(name, hit)
    calls = []
    scene.client.meta.events.register(
        "before-call.mturk", lambda model, **_: calls.append(model.name)
    )
    monkeypatch.setattr("crowdmake.calls.CALLS_IN_FLIGHT", 1)
    newcomers = once.Once(scene.client, types[ONCE], scene.ledger)
    poll(scene.client, batch, print, newcomers.hear)
    one = ["ListAssignmentsForHIT", "AssociateQualificationWithWorker"]
    assert calls[-6:] == [*one, *one, *one]
    newcomers.catch_up([batch], print)
    assert calls[-6:] == [*one, *one, *one]
    assert "hit.once: 3 workers can accept no further HIT" in capsys.readouterr().out


def test_a_refused_grant_stops_no_answer(scene, capsys):
    """Where the market refuses every grant all answers are saved, and the grants are tried again."""
    types = {ONCE: once_type("faults-1")}
    batch, hits = scene.launch(NEW_WORKERS, rows=2, types=types)
    for name, hit in zip(("ana", "ben"), hits, strict=True):
        scene.people.do(name, hit)

    def refuse(params, **_):
        params["body"] = params["body"].replace(b'"A', b'"A0')

    event = "before-call.mturk.AssociateQualificationWithWorker"
    scene.client.meta.events.register(event, refuse)
    newcomers = once.Once(scene.client, types[ONCE], scene.ledger)
    assert poll(scene.client, batch, print, newcomers.hear) == 2
    newcomers.catch_up([batch], print)
    assert "hit.once: " + scene.worker("ana") in capsys.readouterr().out
    scene.client.meta.events.unregister(event, refuse)
    once.Once(scene.client, types[ONCE], scene.ledger).catch_up([batch], print)
    assert len(scene.scores(ONCE)) == 2


def test_one_open_at_a_time_leaves_no_gap(scene):
    """With one HIT open at a time nobody gets a second one, however seldom anybody polls."""
    types = {ONCE: once_type("faults-1")}
    launched = {"rows": 3, "types": types, "most": 1}
    done = set()
    for name in ("ana", "ben", "cleo"):
        batch, hits = scene.launch(NEW_WORKERS, **launched)
        (hit,) = set(hits) - done
        for earlier in sorted({"ana", "ben", "cleo"} - {name})[: len(done)]:
            with pytest.raises(Refused):
                scene.people.accept(earlier, hit)
        scene.people.do(name, hit)
        done.add(hit)
        poll(scene.client, batch, print)  # as `launch` does where HITs are put up in drips
    assert once.repeated_lines([batch]) == []


def test_who_did_more_than_one_is_said(scene):
    """Who held several HITs at once and did them all is named with the number."""
    types = {ONCE: once_type("faults-1")}
    batch, hits = scene.launch(NEW_WORKERS, rows=2, types=types)
    for held in [scene.people.accept("ana", hit) for hit in hits]:
        scene.people.submit(held, ("a", "1"))
    poll(scene.client, batch, print)
    assert once.repeated_lines([batch]) == [
        f"hit.once: 1 worker did more than one assignment in spite of it ({scene.worker('ana')} 2)"
    ]


def test_the_receipts_of_once_are_shown(scene):
    """After a grant by a poll `qualify` has its receipts to write again."""
    types = {ONCE: once_type("faults-1")}
    batch, (hit,) = scene.launch(NEW_WORKERS, types=types)
    rounds = account_rounds("local", scene.folder / "state")
    rounds.remember("qualify", "7")
    scene.people.do("ana", hit)
    poll(scene.client, batch, print)
    for _ in range(2):
        once.Once(scene.client, types[ONCE], scene.ledger).catch_up([batch], print)
        assert rounds.of("qualify") is None


def test_who_worked_before_is_excluded_from_the_start(scene):
    """Where `hit.once` comes with a later batch, those of the batches before cannot accept its HITs."""
    batch, (hit,) = scene.launch()
    scene.people.do("ana", hit)
    poll(scene.client, batch, print)
    types = {ONCE: once_type("faults-1")}
    _, (later,) = scene.launch(NEW_WORKERS, types=types, name="later")
    with pytest.raises(Refused):
        scene.people.accept("ana", later)
    scene.people.accept("ben", later)


def test_what_was_looked_through_is_not_read_again(scene):
    """A launch reads only those batches' answers to which something came since the last time."""
    types = {ONCE: once_type("faults-1")}
    batch, hits = scene.launch(NEW_WORKERS, rows=2, types=types)
    for name, hit in zip(("ana", "ben"), hits, strict=True):
        scene.people.do(name, hit)
        poll(scene.client, batch, print)
        scene.launch(NEW_WORKERS, types=types, name="later")
    answers = batch.answers.path.read_bytes()
    batch.answers.path.write_bytes(b"\n" * len(answers))  # whoever reads this raises
    scene.launch(NEW_WORKERS, types=types, name="later")
    assert len(scene.scores(ONCE)) == 2


def test_no_list_is_that_of_once(scene):
    """The qualification behind `hit.once` has no list: what polls grant nobody grants by hand."""
    scene.listed("AB1", name=ONCE)
    with pytest.raises(UserError, match=r"known here: trained"):
        grant_lists.listed_grants([*TYPES, ONCE])


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("AB1 1.5", '1: found "1.5"; expected a whole number, or revoke and a reason'),
        ("AB1 99999999999", '1: found "99999999999"; expected a whole number'),
        ("AB1\nAB1 2", "2: AB1 stands with other words on line 1; keep one"),
        ("ab1", '1: found "ab1"; expected a worker id'),
    ],
)
def test_faults_of_a_list(scene, said, fault):
    """What a list says wrongly is a line with its number, and nothing is granted."""
    scene.listed(said)
    with pytest.raises(UserError) as caught:
        scene.qualify()
    assert str(caught.value).startswith(f"qualifications/trained.txt:{fault}")


def test_a_list_without_a_qualification(scene):
    """A list whose name is no qualification's is told, with the nearest name."""
    scene.listed("AB1", name="trainde")
    with pytest.raises(UserError, match=r"trainde.txt: no qualification of this name; did you mea"):
        scene.qualify()
    assert Path("qualifications/trainde.txt").exists()
