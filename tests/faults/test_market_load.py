"""Fifty workers and sixteen connections of a requester at once: whatever happens, it adds up."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from crowdmake.market import operator
from crowdmake.market.embedded import open_market
from crowdmake.market.models import DISPOSED, HIT, Assignment
from faults.market_requesters import ASSIGNMENTS, COST_CENTS, Connection
from market.kit import connect
from market.served import SCRIPTS, new_key, serving
from postgresql import free_port, new_database, server

PROGRAM = Path(__file__).with_name("market_workers.py")
WORKERS, PROCESSES, CONNECTIONS = 50, 2, 16
START_CENTS = 1_000_000
STATUS = {"approved": "Approved", "rejected": "Rejected"}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def location(request, tmp_path):
    """Where an empty market is, on a database that waits for the disk."""
    if request.param == "SQLite":
        yield tmp_path / "market.sqlite3"
        return
    with server(durable=True) as url:
        database = new_database(url)
        operator.migrate(database)
        yield database


class Scene:
    """A served market, processes of workers beside it, and what was acknowledged to all."""

    def __init__(self, location, folder, hits):
        self.location, self.folder, self.hits = location, folder, hits
        self.key = new_key(location, folder)
        self.port = free_port()
        self._running = ExitStack()
        self._workers = []
        self._told = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self._served = self._running.enter_context(
            serving(self.location, "--port", self.port, cwd=self.folder)
        )
        self._workers = [self._started(number) for number in range(PROCESSES)]

    def _started(self, number):
        each = WORKERS // PROCESSES
        total = CONNECTIONS * self.hits * ASSIGNMENTS
        command = [sys.executable, PROGRAM, self.location, self._journal(number)]
        return subprocess.Popen(
            [*command, *map(str, (number * each, each, total))],
            env={"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"]},
        )

    def kill(self):
        """End every process of the market and of the workers on the spot."""
        for each in [*self._served.children(), self._served.process.pid]:
            os.kill(each, signal.SIGKILL)
        for each in self._workers:
            each.kill()
        self.stop()

    def stop(self):
        """End the market, and return how each process of workers ended."""
        self._running.close()
        return [each.wait(60) for each in self._workers]

    def working(self):
        return any(each.poll() is None for each in self._workers)

    def request(self, number):
        """Do what one connection does."""
        Connection(self.url, self.key, number, lambda **line: self._told.append(line)).run(
            self.hits
        )

    def acknowledged(self):
        """Return all that was acknowledged, by what it was."""
        lines = list(self._told)
        for number in range(PROCESSES):
            if self._journal(number).exists():
                lines += map(json.loads, self._journal(number).read_text().splitlines())
        found = {what: [] for what in ("created", "accepted", "submitted", "deleted", *STATUS)}
        for line in lines:
            found[line["what"]].append(line)
        return found

    def _journal(self, number):
        return self.folder / f"workers-{number}.jsonl"


def run(scene, kills=()):
    """Let everybody work to the end; kill all whenever as much as ``kills`` say is submitted."""
    scene.start()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        requests = [pool.submit(scene.request, number) for number in range(CONNECTIONS)]
        for number in kills:
            while len(scene.acknowledged()["submitted"]) < number and scene.working():
                time.sleep(0.05)
            scene.kill()
            scene.start()
        for each in requests:
            each.result()
    while scene.working():
        time.sleep(0.05)


def check_work(told, work, total):
    """Each assignment is one worker's, with all that was acknowledged of it, and no other."""
    assert len(work) == total
    assert len({(each.hit_id, each.worker_id) for each in work.values()}) == total
    for each in told["accepted"] + told["submitted"]:
        row = work[each["assignment"]]
        assert (row.hit.hit_id, row.worker.worker_id) == (each["hit"], each["worker"])
    decided = {each["assignment"]: STATUS[what] for what in STATUS for each in told[what]}
    for each in work.values():
        assert each.status == decided.get(each.assignment_id, "Submitted")
        assert f">{each.worker.worker_id} {each.assignment_id}<" in each.answer


def check_hits(told, work, hits):
    """Each HIT's counters are what was acknowledged of its work, and those exist that should."""
    assert set(hits) == {each["hit"] for each in told["created"]}
    deleted = {each["hit"] for each in told["deleted"]}
    decided = Counter(each["hit"] for what in STATUS for each in told[what])
    worked = Counter(each.hit.hit_id for each in work.values())
    for hit_id, hit in hits.items():
        assert hit.status == (DISPOSED if hit_id in deleted else "Reviewable")
        assert worked[hit_id] == hit.max_assignments == ASSIGNMENTS
        assert (hit.pending, hit.completed) == (0, decided[hit_id])
        assert hit.submitted == ASSIGNMENTS - decided[hit_id]


def check_answers(client, told, work):
    """The requester sees the HITs that were not deleted, with all work and the exact money."""
    shown = {each["hit"] for each in told["created"]} - {each["hit"] for each in told["deleted"]}
    pages = client.get_paginator("list_hits").paginate(MaxResults=100)
    assert Counter(hit["HITId"] for page in pages for hit in page["HITs"]) == Counter(shown)
    for hit_id in shown:
        listed = client.list_assignments_for_hit(HITId=hit_id, MaxResults=100)["Assignments"]
        mine = {each.assignment_id: each for each in work.values() if each.hit.hit_id == hit_id}
        assert len(listed) == ASSIGNMENTS
        assert {(each["AssignmentId"], each["Answer"]) for each in listed} == {
            (key, each.answer) for key, each in mine.items()
        }
    balance = client.get_account_balance()
    undecided = sum(each.status == "Submitted" for each in work.values())
    held, paid = COST_CENTS * undecided, COST_CENTS * len(told["approved"])
    available = START_CENTS - held - paid
    assert balance["OnHoldBalance"] == f"{held / 100:.2f}"
    assert balance["AvailableBalance"] == f"{available / 100:.2f}"


def check(scene):
    """Compare what the market holds and shows with what was acknowledged, one by one."""
    told = scene.acknowledged()
    market = open_market(scene.location)
    with market.reading():
        rows = Assignment.objects.select_related("hit", "worker")
        work = {each.assignment_id: each for each in rows}
        hits = {each.hit_id: each for each in HIT.objects.all()}
    market.close()
    check_work(told, work, CONNECTIONS * scene.hits * ASSIGNMENTS)
    check_hits(told, work, hits)
    check_answers(connect(scene.url, scene.key), told, work)
    return told


def test_fifty_workers_and_sixteen_connections(location, tmp_path):
    """Two thousand assignments are finished, each once, and counters and money are exact."""
    scene = Scene(location, tmp_path, hits=16)
    run(scene)
    told = check(scene)
    assert len(told["accepted"]) == len(told["submitted"]) == 2048
    assert set(scene.stop()) == {0}


def test_killed_in_the_middle(location, tmp_path):
    """Whenever all processes are killed and started again, nothing acknowledged is lost."""
    scene = Scene(location, tmp_path, hits=5)
    run(scene, kills=(0, 100, 300, 500))
    check(scene)
    assert set(scene.stop()) == {0}
