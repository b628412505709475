"""Many threads and several processes on one database."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

from crowdmake.market import workers
from crowdmake.market.models import HIT

from market.kit import PROPERTIES

THREADS = 16
SCRIPTS = Path(__file__).parents[2] / "scripts"


def at_once(action, number=THREADS):
    """Return what ``action`` gives for 0..number-1 in as many threads that start together."""
    barrier = Barrier(number)

    def wait_and_act(each):
        barrier.wait()
        return action(each)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(wait_and_act, range(number)))


def test_the_last_assignments(requester, people, market):
    """Of sixteen workers who accept at once exactly as many get one as there are."""
    hit_id = requester.hit(MaxAssignments=5)

    def accept(number):
        try:
            return people.do(f"w{number}", hit_id)
        except workers.Refused as refusal:
            return str(refusal)

    outcomes = at_once(accept)
    assert Counter(outcomes)["There are no more of these HITs available."] == THREADS - 5
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    assert len(requester.work(hit_id)) == 5


def test_one_worker_in_many_windows(requester, market):
    """A worker who accepts a HIT many times at once gets one assignment."""
    hit_id = requester.hit(MaxAssignments=THREADS)
    with market.writing():
        worker, hit = workers.register("Ann"), HIT.objects.get(hit_id=hit_id)

    def accept(_):
        try:
            with market.writing() as now:
                return bool(workers.accept(worker, hit, now))
        except workers.Refused:
            return False

    assert at_once(accept).count(True) == 1
    assert requester.state(hit_id) == ("Assignable", THREADS - 1, 1, 0)


def test_the_last_money(client, requester, market):
    """Of sixteen HITs made at once exactly those exist that the money covers."""
    market.set_balance(Decimal("0.84"))

    def create(_):
        try:
            client.create_hit(**PROPERTIES)
        except client.exceptions.RequestError:
            return False
        return True

    assert at_once(create).count(True) == 7
    assert requester.money() == ("0.00", "0.84")


def test_one_token_at_once(client, requester):
    """Of sixteen calls with one token one makes a HIT, and the others name it."""

    def create(_):
        try:
            return client.create_hit(**PROPERTIES, UniqueRequestToken="t")["HIT"]["HITId"]
        except client.exceptions.RequestError as error:
            return error.response["Message"]

    outcomes = at_once(create)
    (hit,) = client.list_hits()["HITs"]
    assert outcomes.count(hit["HITId"]) == 1
    assert all(hit["HITId"] in each for each in outcomes)


def test_one_decision(client, requester, people):
    """Of many approvals and rejections at once one counts, and moves money once."""
    assignment_id = people.do("Ann", requester.hit())

    def decide(number):
        call = client.approve_assignment if number % 2 else client.reject_assignment
        try:
            call(AssignmentId=assignment_id, RequesterFeedback="x")
        except client.exceptions.RequestError:
            return False
        return True

    assert at_once(decide).count(True) == 1
    assert requester.money() in (("9999.88", "0.00"), ("10000.00", "0.00"))


def test_one_hit_type(client, requester):
    """HITs of equal properties made at once share one type."""
    hits = at_once(lambda _: client.create_hit(**PROPERTIES)["HIT"])
    assert len({each["HITTypeId"] for each in hits}) == 1


PROCESS = """
import sys, pathlib
from concurrent.futures import ThreadPoolExecutor
from crowdmake.client import in_process
from crowdmake.market.embedded import open_market

location, question = sys.argv[1:]
client = in_process(open_market(location if "://" in location else pathlib.Path(location)))

def create(number):
    hit = client.create_hit(
        Title=f"{number % 3}", Description="d", Reward="0.10", LifetimeInSeconds=3600,
        AssignmentDurationInSeconds=600, Question=question,
    )["HIT"]
    client.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=0)
    return hit["HITId"]

with ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(create, range(60)))))
"""


def test_several_processes(location, requester, client):
    """Processes with threads of their own lose no update and see no busy file."""
    command = [sys.executable, "-c", PROCESS, str(location), PROPERTIES["Question"]]
    running = [
        subprocess.Popen(
            command,
            env={"PYTHONPATH": str(SCRIPTS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    here = [requester.hit() for _ in range(30)]
    outputs = [each.communicate(timeout=60) for each in running]
    assert outputs == [("60\n", "")] * 2
    pages = client.get_paginator("list_hits").paginate(MaxResults=100)
    hits = [hit for page in pages for hit in page["HITs"]]
    assert len(hits) == 150
    assert {hit["HITId"] for hit in hits if hit["HITStatus"] == "Assignable"} == set(here)
    assert requester.money() == ("9996.40", "3.60")
    assert len({hit["HITTypeId"] for hit in hits}) == 4
