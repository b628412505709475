"""The simulated crowd: who answers what, when, and never twice."""

import shutil
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from crowdmake.market import shifts
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.market.embedded import open_market
from crowdmake.market.ids import worker_id

from market.kit import PROPERTIES, Requester

CROWD = [SimulatedWorker(f"worker {n}", accuracy=0.8, seconds=20 + 5 * n) for n in range(5)]
LABELS = ("cat", "dog", "bird")


def correct(label):
    return {"label": label, "tags": ["a", "b"]}


def answers(requester, hit_id):
    """Return each worker's answer to a HIT, as name and value."""
    return {
        each["WorkerId"]: {
            answer[0].text: answer[1].text or ""
            for answer in ET.fromstring(each["Answer"])  # noqa: S314 - our own text
        }
        for each in requester.work(hit_id)
    }


def twelve(requester):
    """Return twelve tasks for three workers each."""
    long = {"MaxAssignments": 3, "LifetimeInSeconds": 86400}
    return [Task(requester.hit(**long), correct=correct(LABELS[n % 3])) for n in range(12)]


@pytest.fixture
def tasks(requester):
    """Twelve HITs for three workers each, with three correct answers among them."""
    return twelve(requester)


def outcome(requester, tasks):
    """Return who answered what, task by task."""
    return [answers(requester, task.hit_id) for task in tasks]


def test_the_crowd_does_what_is_asked(requester, market, tasks):
    """Every HIT gets as many workers as it wants, and then is reviewable."""
    assert work(market, tasks, CROWD, seed=1) == 36
    assert {requester.state(task.hit_id)[0] for task in tasks} == {"Reviewable"}
    assert all(len(each) == 3 for each in outcome(requester, tasks))
    ids = {worker for each in outcome(requester, tasks) for worker in each}
    assert len(ids) == 5
    assert {len(each) for each in ids} == {len(worker_id())}


def test_lists_are_fields_of_one_name(requester, market, tasks):
    """A list of values is posted as several fields of its name."""
    work(market, tasks, CROWD, seed=1)
    assert {each["tags"] for each in answers(requester, tasks[0].hit_id).values()} == {"a|b"}


def test_accuracy(requester, market):
    """Perfect workers are right, hopeless ones give another task's answer, others are between."""
    names = {"right": 1.0, "wrong": 0.0, "mixed": 0.7}
    crowd = [SimulatedWorker(name, accuracy, 1) for name, accuracy in names.items()]
    tasks = [
        Task(requester.hit(MaxAssignments=3), correct=correct(LABELS[n % 3])) for n in range(60)
    ]
    work(market, tasks, crowd, seed=1)
    good = Counter()
    for number, task in enumerate(tasks):
        for worker, answer in answers(requester, task.hit_id).items():
            assert answer["label"] in LABELS
            good[worker] += answer["label"] == LABELS[number % 3]
    assert len(good) == 3
    least, middle, most = sorted(good.values())
    assert (least, most) == (0, 60)
    assert 30 < middle < 55


def test_without_another_answer_everyone_is_right(requester, market):
    """Where all tasks have one correct answer, there is no other to give."""
    task = Task(requester.hit(), correct={"label": "cat"})
    assert work(market, [task], [SimulatedWorker("w", 0.0, 1)], seed=1) == 1
    (answer,) = answers(requester, task.hit_id).values()
    assert answer == {"label": "cat"}


def rerun(template, tmp_path, transport, session_client, seed, crowd=CROWD):
    """Return the outcome of the same tasks on a market of its own."""
    path = shutil.copy(template, tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite3")
    transport.market = open_market(path)
    requester = Requester(session_client, transport)
    tasks = twelve(requester)
    work(transport.market, tasks, crowd, seed)
    return outcome(requester, tasks)


def test_the_seed_decides(template, tmp_path, transport, session_client):
    """The same seed, tasks and workers give the same answers, another seed others."""
    place = (template, tmp_path, transport, session_client)
    first = rerun(*place, seed=1)
    assert rerun(*place, seed=1) == first
    assert rerun(*place, seed=2) != first


def test_running_again_does_nothing(requester, market, tasks):
    """What is done is not done again."""
    work(market, tasks, CROWD, seed=1)
    before = outcome(requester, tasks)
    assert work(market, tasks, CROWD, seed=1) == 0
    assert outcome(requester, tasks) == before


def test_a_crash_loses_nothing(
    requester, market, tasks, monkeypatch, template, tmp_path, transport, session_client
):
    """Interrupted anywhere and run again, the crowd ends where it would have without."""

    class CrashError(Exception):
        pass

    monkeypatch.setattr(shifts, "EVENTS_A_TRANSACTION", 4)
    steps, step = iter(range(30)), shifts._step

    def fail_at_last(*arguments):
        if next(steps, None) is None:
            raise CrashError
        step(*arguments)

    monkeypatch.setattr(shifts, "_step", fail_at_last)
    with pytest.raises(CrashError):
        work(market, tasks, CROWD, seed=1)
    done = sum(len(each) for each in outcome(requester, tasks))
    assert 0 < done < 36
    monkeypatch.setattr(shifts, "_step", step)
    assert work(market, tasks, CROWD, seed=1) == 36 - done
    found = outcome(requester, tasks)
    assert found == rerun(template, tmp_path, transport, session_client, seed=1)


def test_recorded_answers_are_replayed(requester, market):
    """Member n gives entry n without noise, and a HIT with fewer entries stays open."""
    recorded = ({"label": "first"}, {"label": "second"})
    full, short, long = (
        Task(requester.hit(MaxAssignments=number, LifetimeInSeconds=86400), recorded=recorded)
        for number in (2, 3, 1)
    )
    crowd = [SimulatedWorker(f"w{n}", 0.0, 10) for n in range(3)]
    assert work(market, [full, short, long], crowd, seed=1) == 5
    labels = [
        {worker: each["label"] for worker, each in answers(requester, task.hit_id).items()}
        for task in (full, short, long)
    ]
    assert sorted(labels[0].values()) == ["first", "second"]
    assert labels[0] == labels[1]
    assert labels[2].items() < labels[0].items()
    assert list(labels[2].values()) == ["first"]
    assert requester.state(short.hit_id) == ("Assignable", 1, 0, 0)
    assert work(market, [full, short, long], crowd, seed=1) == 0


def test_a_task_without_answers_is_left_alone(requester, market):
    """Nobody works on a task that says nothing about its answer."""
    assert work(market, [Task(requester.hit())], CROWD, seed=1) == 0


def test_hits_that_cannot_be_worked_on(client, requester, market, people):
    """Unknown, deleted, expired and full HITs are skipped."""
    deleted, expired, full, good = (requester.hit() for _ in range(4))
    client.update_expiration_for_hit(HITId=deleted, ExpireAt=0)
    client.delete_hit(HITId=deleted)
    client.update_expiration_for_hit(HITId=expired, ExpireAt=0)
    people.do("Ann", full)
    tasks = [Task(hit_id, correct={"x": "1"}) for hit_id in ("3NONE", deleted, expired, full, good)]
    assert work(market, tasks, CROWD, seed=1) == 1
    assert requester.state(good)[0] == "Reviewable"


def test_times_are_believable(requester, market, tasks):
    """Each worker does one HIT after the other, about as fast as it is said to be."""
    start = market.clock.now()
    work(market, tasks, CROWD, seed=1)
    seconds = {}
    for task in tasks:
        for each in requester.work(task.hit_id):
            seconds.setdefault(each["WorkerId"], []).append(
                (each["AcceptTime"], each["SubmitTime"])
            )
    paces = []
    for spans in seconds.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        took = [(end - begin).total_seconds() for begin, end in spans]
        paces.append(sum(took) / len(took))
        assert len(set(took)) > 1
    assert all(20 * 0.7 - 1 <= each <= 40 * 1.4 + 1 for each in paces)
    last = max(end for spans in seconds.values() for _, end in spans)
    assert start < last <= market.clock.now()


def test_deadlines_and_lifetimes_are_kept(client, requester, market):
    """Slow workers submit before the deadline and the expiry, and leave what expired meanwhile."""
    slow = [SimulatedWorker("slow", 1.0, 500)]
    short = Task(requester.hit(AssignmentDurationInSeconds=60), correct={"x": "1"})
    brief = Task(requester.hit(LifetimeInSeconds=100), correct={"x": "1"})
    gone = Task(requester.hit(LifetimeInSeconds=50), correct={"x": "1"})
    assert work(market, [short, brief, gone], slow, seed=1) == 2
    (first,), (second,) = (requester.work(each.hit_id) for each in (short, brief))
    assert first["SubmitTime"] - first["AcceptTime"] < timedelta(seconds=60)
    expiration = client.get_hit(HITId=brief.hit_id)["HIT"]["Expiration"]
    assert second["AcceptTime"] < second["SubmitTime"] <= expiration
    assert requester.state(gone.hit_id) == ("Reviewable", 0, 0, 0)


def test_people_and_the_crowd(requester, market, people):
    """The crowd leaves to people what they have, and never exceeds what is on offer."""
    hit_id = requester.hit(MaxAssignments=4, AssignmentDurationInSeconds=86400)
    held = people.accept("Ann", hit_id)
    people.do("Bob", hit_id)
    assert work(market, [Task(hit_id, correct={"x": "1"})], CROWD, seed=1) == 2
    assert requester.state(hit_id) == ("Unassignable", 0, 1, 0)
    people.submit(held)
    assert len(requester.work(hit_id)) == 4


def test_automatic_approval_goes_along(client, requester, market):
    """While the crowd works on, the clock approves what was submitted long before."""
    tasks = [
        Task(requester.hit(AutoApprovalDelayInSeconds=60), correct={"x": "1"}) for _ in range(10)
    ]
    work(market, tasks, [SimulatedWorker("w", 1.0, 50)], seed=1)
    approved = [requester.state(each.hit_id)[3] for each in tasks]
    assert approved[:7] == [1] * 7
    assert approved[-1] == 0
    first = requester.work(tasks[0].hit_id)[0]
    assert first["ApprovalTime"] == first["AutoApprovalTime"]


def test_requirements_do_not_keep_the_crowd_out(client, market):
    """Simulated workers meet every requirement."""
    need = {"QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Comparator": "Exists"}
    hit = client.create_hit(**PROPERTIES, QualificationRequirements=[need])["HIT"]
    assert work(market, [Task(hit["HITId"], correct={"x": "1"})], CROWD, seed=1) == 1


def test_names_are_unique(market):
    """Two workers of one name would be one worker."""
    with pytest.raises(ValueError, match="share a name"):
        work(market, [], [CROWD[0], CROWD[0]], seed=1)
