"""What holds for a market's database: connections, migrations, what time does, copies."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from crowdmake.market import accounts, due, operator, workers
from crowdmake.market.embedded import open_market
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import HIT, Assignment, Bonus, Worker
from crowdmake.market.stores import postgresql as store_module
from crowdmake.market.stores import store_at, turns
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection
from postgresql import new_database

from market.kit import AUTHORIZATION, TARGET, TYPE, People, another
from market.test_concurrency import at_once

SCRIPTS = Path(__file__).parents[2] / "scripts"


def connections_to(location):
    """Return how many connections to the database are open."""
    if isinstance(location, Path):
        # SQLite keeps the database's own descriptors for reuse, but not those of its log.
        log = location.with_name(location.name + "-wal")
        links = (each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
        return sum(each == log for each in links)
    with psycopg.connect(location) as watching:
        # The server's own workers, such as autovacuum, come and go.
        count = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return watching.execute(count).fetchone()[0] - 1


def comes_to(location, number):
    """Return whether soon just so many connections are open: a server notices an end later."""
    until = time.monotonic() + 10
    while connections_to(location) != number and time.monotonic() < until:
        Event().wait(0.05)
    return connections_to(location) == number


class TestConnections:
    """One for each thread that uses the market, and no longer than that."""

    def test_a_thread_that_ends_leaves_none_open(self, market, location):
        """However many threads have used a market, the connections of those that run are open."""
        before = connections_to(location)
        seen = at_once(lambda _: market.clock.now() and connections_to(location), 4)
        assert max(seen) > before
        assert comes_to(location, before)

    def test_closing_a_market_closes_the_connection(self, location):
        """Nothing holds the database after its only user has closed it."""
        before = connections_to(location)
        open_market(location).close()
        assert comes_to(location, before)

    def test_a_broken_connection_is_replaced(self, emptied):
        """After the server has closed its connections, the next call goes through."""
        market = open_market(emptied)
        with psycopg.connect(emptied) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert another(market, "local").money() == ("10000.00", "0.00")
        market.close()

    def test_reading_inside_a_transaction(self, market):
        """Asking for the time in a transaction leaves it whole."""
        with market.writing():
            workers.register("Ann", worker_id="A1")
            market.clock.now()
            workers.register("Bob", worker_id="A2")
        with market.reading():
            assert Worker.objects.count() == 2


class TestAnotherTry:
    """PostgreSQL takes transactions back, and then they are begun anew."""

    @pytest.fixture
    def market(self, emptied):
        market = open_market(emptied)
        yield market
        market.close()

    def test_two_who_wait_for_each_other(self, market):
        """Of two transactions that lock the same rows in opposite orders both succeed."""
        pair = [another(market, name).transport.market.requester for name in ("one", "two")]
        locked = [Event(), Event()]

        def pay(number):
            def action(_):
                accounts.pay(pair[number].pk, 1)
                locked[number].set()
                assert locked[1 - number].wait(10)
                accounts.pay(pair[1 - number].pk, 1)

            market.run(action)

        at_once(pay, 2)
        with market.reading():
            for each in pair:
                each.refresh_from_db()
                assert each.available_cents == 999_998

    def test_a_violation_that_is_a_bug_comes_out(self, market):
        """What violates a constraint every time is not tried for ever."""
        tries = []

        def make_twice(_):
            tries.append(1)
            Worker.objects.bulk_create(Worker(worker_id="A1", name=each) for each in "ab")

        with pytest.raises(IntegrityError):
            market.run(make_twice)
        assert len(tries) == store_module.TRIES
        with market.reading():
            assert not Worker.objects.exists()


def test_a_row_that_changed_its_relations_while_it_was_waited_for(market, client, requester):
    """A call that waits while the HIT gets another type finds the HIT."""
    hit_id = requester.hit()
    other = client.create_hit_type(**{**TYPE, "Title": "Another"})["HITTypeId"]
    with ThreadPoolExecutor(1) as pool:
        with market.writing():
            hit = HIT.objects.select_for_update(of=("self",)).get(hit_id=hit_id)
            hit.hit_type = hit.hit_type._meta.model.objects.get(hit_type_id=other)
            hit.save()
            waiting = pool.submit(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=0)
            # Either it waits for the row by then, or it comes later and sees the change.
            Event().wait(0.3)
        waiting.result()
    assert requester.state(hit_id)[0] == "Reviewable"


class TestTime:
    """What time does, done by many at once."""

    @pytest.fixture
    def portions(self, monkeypatch):
        """Little is done at a time."""
        monkeypatch.setattr(due, "PORTION", 3)

    def test_everything_due_is_done_once(self, market, requester, people, client, portions):
        """Of many who call after much fell due each finds it done, at the moments it was due."""
        expiring = [requester.hit(MaxAssignments=2) for _ in range(7)]
        for hit_id in expiring:
            people.do("Ann", hit_id)
        abandoned = [requester.hit(LifetimeInSeconds=86400) for _ in range(7)]
        for hit_id in abandoned:
            people.accept("Bob", hit_id)
        market.clock.advance(timedelta(hours=2))
        found = at_once(lambda _: client.get_account_balance()["OnHoldBalance"], 8)
        assert set(found) == {"1.68"}
        assert {requester.state(each) for each in expiring} == {("Reviewable", 0, 0, 0)}
        assert {requester.state(each) for each in abandoned} == {("Assignable", 1, 0, 0)}
        market.clock.advance(timedelta(days=40))
        at_once(lambda _: market.clock.now(), 8)
        assert requester.money() == ("9999.16", "0.00")
        for hit_id in expiring:
            (each,) = requester.work(hit_id)
            assert each["AssignmentStatus"] == "Approved"
            assert each["ApprovalTime"] == each["AutoApprovalTime"]

    def test_it_goes_on_while_others_work(self, market, requester, people, client, portions):
        """Decisions, deletions and submissions while it all falls due leave the money exact."""
        hits = [requester.hit(MaxAssignments=2, AutoApprovalDelayInSeconds=60) for _ in range(12)]
        done = [people.do("Ann", hit_id) for hit_id in hits]
        held = [people.accept("Bob", hit_id) for hit_id in hits]
        rejected = []

        def act(number):
            if number % 4 == 0:
                market.clock.advance(timedelta(seconds=61))
            for place in range(number % 4, len(hits), 4):
                try:
                    people.submit(held[place])
                    client.reject_assignment(AssignmentId=done[place], RequesterFeedback="x")
                    rejected.append(done[place])
                except (client.exceptions.RequestError, workers.Refused):
                    continue

        at_once(act, 12)
        market.clock.advance(timedelta(days=40))
        statuses = [each["AssignmentStatus"] for hit in hits for each in requester.work(hit)]
        assert statuses.count("Rejected") == len(rejected)
        paid = 12 * statuses.count("Approved")
        assert statuses.count("Approved") + len(rejected) == len(statuses)
        assert requester.money() == (f"{(1_000_000 - paid) / 100:.2f}", "0.00")
        with market.reading():
            assert not Assignment.objects.filter(due_at__isnull=False).exists()


class TestPatience:
    """Nobody waits for ever for a writer that does not come to an end."""

    @pytest.fixture
    def hasty(self, monkeypatch):
        """PostgreSQL waits for little at all."""
        monkeypatch.setitem(store_module.LIMITS, "lock_timeout", 300)
        monkeypatch.setitem(store_module.LIMITS, "statement_timeout", 600)

    def test_a_row_that_somebody_holds(self, emptied, hasty):
        """A call that needs a row which another session keeps is answered with HTTP 500."""
        market = open_market(emptied)
        hit_id = another(market, "local").hit()
        headers = {"X-Amz-Target": TARGET + "DeleteHIT", "Authorization": AUTHORIZATION}
        with psycopg.connect(emptied) as holder:
            holder.execute("SELECT 1 FROM market_hit FOR UPDATE")
            start = time.monotonic()
            status, _, body = market.respond(headers, json.dumps({"HITId": hit_id}).encode())
            assert time.monotonic() - start < 5
        assert (status, json.loads(body)["__type"]) == (500, "ServiceFault")
        market.close()

    def test_a_statement_that_takes_long(self, emptied, hasty):
        """No statement goes on without an end."""
        market = open_market(emptied)
        with (
            market.reading(),
            pytest.raises(OperationalError, match="timeout"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT pg_sleep(30)")
        market.close()

    def test_the_operator_decides(self, emptied, monkeypatch):
        """What the URL or PGOPTIONS says of it holds."""
        monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=9s")
        options = "?options=-c%20lock_timeout%3D7s"
        for url, limits in ((emptied, ["20s", "9s"]), (emptied + options, ["7s", "1min"])):
            store = store_at(url)
            store.bind()
            with connection.cursor() as cursor:
                assert [self.shown(cursor, name) for name in store_module.LIMITS] == limits
            store.close()

    @staticmethod
    def shown(cursor, name):
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]

    def test_migrations_take_their_time(self, emptied, hasty):
        """Who migrates waits for another who does, and has the usual limits afterwards."""
        with psycopg.connect(emptied) as other, ThreadPoolExecutor(1) as pool:
            other.execute("SELECT pg_advisory_lock(%s)", [store_module.TIME_LOCK])
            waiting = pool.submit(operator.migrate, emptied)
            Event().wait(1.5)
            assert not waiting.done()
            other.execute("SELECT pg_advisory_unlock(%s)", [store_module.TIME_LOCK])
            waiting.result(30)

    def test_a_writer_that_was_stopped(self, path, monkeypatch):
        """Writers to a file that a stopped process is writing to are told so, all of them soon."""
        monkeypatch.setattr(turns, "TURN_SECONDS", 0.5)
        market = open_market(path)
        with market_writer(path) as process:
            os.kill(process.pid, signal.SIGSTOP)
            start = time.monotonic()

            def write(_):
                with pytest.raises(OperatorError, match=f"{path} is being written to"):
                    market.run(lambda _: workers.register("Bob"))

            at_once(write, 4)
            assert time.monotonic() - start < 4
            with market.reading():
                assert not Worker.objects.exists()
            process.kill()
        monkeypatch.undo()
        market.run(lambda _: workers.register("Bob"))
        with market_writer(path) as process:
            process.kill()
        market.close()

    def test_a_turn_that_nobody_wants_any_more(self, tmp_path, monkeypatch):
        """One that comes after all is passed on, and not kept by who gave up waiting for it."""
        monkeypatch.setattr(turns, "TURN_SECONDS", 0.2)
        path = tmp_path / "lock"
        holder, waiter, third = (turns.Turn(path) for _ in range(3))
        with holder.taken(), pytest.raises(OperatorError), waiter.taken():
            pass
        monkeypatch.setattr(turns, "TURN_SECONDS", 10.0)
        for each in (third, waiter, holder, waiter):
            with each.taken():
                pass

    def test_a_turn_that_comes_while_it_is_waited_for(self, tmp_path):
        """Who waits gets it as soon as it is free, and others wait then."""
        path = tmp_path / "lock"
        holder, waiter, third = (turns.Turn(path) for _ in range(3))
        inside, go = Event(), Event()

        def wait():
            with waiter.taken():
                inside.set()
                go.wait(10)

        with ThreadPoolExecutor(2) as pool:
            with holder.taken():
                first = pool.submit(wait)
                assert not inside.wait(0.2)
            assert inside.wait(10)
            second = pool.submit(lambda: third.taken().__enter__())
            Event().wait(0.2)
            assert not second.done()
            go.set()
            first.result(10)
            second.result(10)


@contextmanager
def market_writer(path):
    """Run a process that is writing to the file."""
    code = (
        "import sys, time, pathlib\n"
        "from crowdmake.market.embedded import open_market\n"
        "from crowdmake.market import workers\n"
        "with open_market(pathlib.Path(sys.argv[1])).writing():\n"
        "    workers.register('Ann')\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, path],
        env={"PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"writing\n"
        yield process


class TestNotMigrated:
    """A database without the market's tables, or with those of another version."""

    @pytest.fixture
    def empty_url(self, postgresql):
        return new_database(postgresql)

    def test_it_says_what_to_do(self, empty_url):
        """An empty database is refused with the command that makes the tables, once and for all."""
        with pytest.raises(OperatorError, match="crowdmake market migrate --database postgresql"):
            open_market(empty_url)
        operator.migrate(empty_url)
        open_market(empty_url).close()

    def test_a_password_is_not_shown(self, empty_url):
        """The message has the database's address without the password."""
        secret = empty_url.replace("market@", "market:open-sesame@")
        with pytest.raises(OperatorError) as caught:
            open_market(secret)
        assert "open-sesame" not in str(caught.value)
        assert empty_url in str(caught.value)

    def test_a_server_that_does_not_answer(self, monkeypatch):
        """A connection that is not answered is given up: no request waits for it for long."""
        monkeypatch.setitem(store_module.PATIENCE, "connect_timeout", 2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            start = time.monotonic()
            with pytest.raises(OperatorError, match="cannot be used: connection timeout"):
                open_market(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/market")
        assert time.monotonic() - start < 5

    def test_migrating_at_once(self, empty_url):
        """Several who migrate one database at once all succeed."""
        at_once(lambda _: operator.migrate(empty_url), 3)
        open_market(empty_url).close()

    def test_a_later_version(self, location):
        """A database that a later version has migrated is left alone."""
        market = open_market(location)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " VALUES ('market', '9999_later', CURRENT_TIMESTAMP)"
            )
        try:
            with pytest.raises(OperatorError, match="later version"):
                open_market(location)
            with pytest.raises(OperatorError, match="later version"):
                operator.migrate(location)
        finally:
            market.store.bind()
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://x/y",
            "postgresql://market@127.0.0.1:1/none?connect_timeout=2",
            "postgresql://a b",
            "postgresql://market@127.0.0.1:1/none?no_such_option=1",
        ],
    )
    def test_where_there_is_none(self, url):
        """A place that cannot be a market's is one line for the operator."""
        with pytest.raises(OperatorError) as caught:
            open_market(url)
        assert "\n" not in str(caught.value)


@pytest.fixture
def own(market):
    """A requester within the process, whose calls leave no connection to other threads."""
    return another(market, "local")


@pytest.fixture
def filled(market, own, people):
    """A HIT, half of which is done."""
    hit_id = own.hit(MaxAssignments=2)
    people.do("Ann", hit_id)
    return hit_id


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def leave_alone(location):
    """Close the connections that other threads of the tests have to a PostgreSQL market."""
    if isinstance(location, str):
        with psycopg.connect(location) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )


def replace(location, source):
    """Put a backup in the place of a market that nobody else is connected to."""
    leave_alone(location)
    operator.restore(location, source, replace=True)


class TestBackups:
    """`backup` and `restore`."""

    def test_there_and_back(self, filled, location, tmp_path):
        """A backup made while the market is open holds all of it, and a new one works with it."""
        backup = tmp_path / "backup"
        operator.backup(location, backup)
        assert mode(backup) == 0o600
        assert list(tmp_path.glob(".*")) == []
        new = tmp_path / "new.sqlite3" if isinstance(location, Path) else new_database(location)
        operator.restore(new, backup)
        market = open_market(new)
        restored = another(market, "local")
        assert restored.state(filled) == ("Assignable", 1, 0, 0)
        assert restored.money() == ("9999.76", "0.24")
        (work,) = restored.work(filled)
        people = People(market)
        people.do("Bob", filled)
        restored.client.approve_assignment(AssignmentId=work["AssignmentId"])
        assert restored.state(restored.hit()) == ("Assignable", 1, 0, 0)
        assert restored.money() == ("9999.64", "0.24")
        market.close()

    def test_going_back(self, market, own, location, tmp_path):
        """What was done after a backup is gone when it is put back."""
        backup = tmp_path / "backup"
        hit_id = own.hit()
        operator.backup(location, backup)
        own.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        later = own.hit()
        market.close()
        replace(location, backup)
        assert own.state(hit_id)[0] == "Assignable"
        with pytest.raises(own.client.exceptions.RequestError, match="does not exist"):
            own.state(later)

    def test_a_market_in_use_is_not_replaced(self, emptied, tmp_path):
        """A PostgreSQL market that anybody is connected to stays what it is."""
        backup = tmp_path / "backup"
        market = open_market(emptied)
        operator.backup(emptied, backup)
        hit_id = another(market, "local").hit()
        market.close()
        leave_alone(emptied)
        with psycopg.connect(emptied), pytest.raises(OperatorError, match="in use"):
            operator.restore(emptied, backup, replace=True)
        assert another(market, "local").state(hit_id)[0] == "Assignable"
        market.close()

    def test_writing_goes_on_during_a_backup(self, market, location, tmp_path):
        """A backup is the state of one moment, whoever writes meanwhile."""
        stop = Event()

        def write():
            own = another(market, "writer")
            while not stop.is_set():
                own.hit()

        writer = Thread(target=write)
        writer.start()
        try:
            for number in range(3):
                operator.backup(location, tmp_path / f"{number}")
        finally:
            stop.set()
            writer.join()
        for number in range(3):
            copy = (
                tmp_path / f"copy-{number}"
                if isinstance(location, Path)
                else new_database(location)
            )
            operator.restore(copy, tmp_path / f"{number}")
            restored = open_market(copy)
            with restored.reading():
                for each in type(restored.requester).objects.filter(name="writer"):
                    assert each.held_cents == 12 * HIT.objects.filter(requester=each).count()
            restored.close()

    def test_no_file_is_overwritten(self, location, tmp_path):
        """A backup is refused where there is a file of that name, or a folder that is not there."""
        there = tmp_path / "there"
        there.write_text("mine")
        with pytest.raises(OperatorError, match="exists already"):
            operator.backup(location, there)
        assert there.read_text() == "mine"
        with pytest.raises(OperatorError, match="No such file or directory"):
            operator.backup(location, tmp_path / "nowhere" / "backup")

    def test_a_place_without_a_market(self, location, tmp_path):
        """There is nothing to back up where there is no market, and none is made by trying."""
        place = tmp_path / "none" if isinstance(location, Path) else new_database(location)
        with pytest.raises(OperatorError, match="there is no market"):
            operator.backup(place, tmp_path / "backup")
        assert not (tmp_path / "backup").exists()
        assert not (tmp_path / "none").exists()

    @pytest.mark.parametrize("content", [None, b"", b"no backup", b"SQLite format 3\0" * 99])
    def test_what_is_no_backup(self, filled, market, own, location, tmp_path, content):
        """A file that is none, or a missing one, is refused, and the market stays."""
        source = tmp_path / "source"
        if content is not None:
            source.write_bytes(content)
        market.close()
        with pytest.raises(OperatorError, match=r"no such file|not the (un.*)?backup|pg_restore"):
            replace(location, source)
        assert own.state(filled) == ("Assignable", 1, 0, 0)

    def test_a_torn_backup(self, filled, market, own, location, tmp_path):
        """Half a backup is refused, and the market stays as it is."""
        whole, half = tmp_path / "whole", tmp_path / "half"
        operator.backup(location, whole)
        half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        market.close()
        with pytest.raises(OperatorError, match=r"not the undamaged backup|pg_restore failed"):
            replace(location, half)
        assert own.state(filled) == ("Assignable", 1, 0, 0)


def _workers_seen_elsewhere(path):
    """Return how many workers a process sees that opens the market and ends."""
    code = (
        "import sys, pathlib\n"
        "from crowdmake.market.embedded import open_market\n"
        "from crowdmake.market.models import Worker\n"
        "market = open_market(pathlib.Path(sys.argv[1]))\n"
        "with market.reading():\n"
        "    print(Worker.objects.count())\n"
    )
    command = [sys.executable, "-c", code, path]
    return subprocess.check_output(command, env={"PYTHONPATH": str(SCRIPTS)}, text=True).strip()


class TestFiles:
    """What is promised of files."""

    def test_a_file_that_is_no_database(self, tmp_path):
        """A file of another kind is refused in one line, and not changed."""
        path = tmp_path / "diary"
        path.write_bytes(b"Dear diary, " * 999)
        with pytest.raises(OperatorError, match="not a database"):
            open_market(path)
        assert path.read_bytes() == b"Dear diary, " * 999

    def test_opening_a_file_twice_keeps_its_locks(self, path):
        """What a process writes that opened the market twice, others see, though one came and went."""
        market = open_market(path)
        open_market(path)
        assert _workers_seen_elsewhere(path) == "0"
        market.run(lambda _: workers.register("Ann"))
        assert _workers_seen_elsewhere(path) == "1"

    def test_an_open_file_is_closed_to_others(self, path):
        """A market that others could read is theirs no longer once it is opened, with its log."""
        open_market(path).close()
        path.chmod(0o644)
        market = open_market(path)
        market.run(lambda _: workers.register("Ann"))
        assert {mode(each) for each in path.parent.glob(f"{path.name}*")} == {0o600}
        market.close()

    def test_a_file_in_use_is_not_replaced(self, path, tmp_path):
        """A restore is refused while any thread has the file open, and works afterwards."""
        operator.backup(path, tmp_path / "backup")
        market = open_market(path)
        with pytest.raises(OperatorError, match=f"{path} is in use"):
            operator.restore(path, tmp_path / "backup")
        market.close()
        opened, closing_ = Event(), Event()

        def hold():
            market.clock.now()
            opened.set()
            closing_.wait(10)

        thread = Thread(target=hold)
        thread.start()
        opened.wait(10)
        with pytest.raises(OperatorError, match="is in use"):
            operator.restore(path, tmp_path / "backup")
        closing_.set()
        thread.join()
        operator.restore(path, tmp_path / "backup")

    def test_what_was_replaced_is_kept(self, path, tmp_path):
        """Beside a restored file stands what was there, closed to others."""
        operator.backup(path, tmp_path / "backup")
        market = open_market(path)
        with market.writing():
            workers.register("Ann")
        market.close()
        operator.restore(path, tmp_path / "backup")
        (kept,) = tmp_path.glob("*.before-restore-*")
        assert mode(kept) == mode(path) == 0o600
        with closing(sqlite3.connect(kept)) as old:
            assert old.execute("SELECT name FROM market_worker").fetchall() == [("Ann",)]
        with market.reading():
            assert not Worker.objects.exists()
        market.close()

    def test_a_damaged_file_is_replaced(self, path, tmp_path):
        """A file that no longer is a database gives way to its backup, and is kept."""
        operator.backup(path, tmp_path / "backup")
        gone = b"gone" * 9999
        path.write_bytes(gone)
        path.with_name(path.name + "-wal").write_bytes(gone)
        operator.restore(path, tmp_path / "backup")
        open_market(path).close()
        (kept,) = tmp_path.glob("*.before-restore-*")
        assert kept.read_bytes() == gone

    def test_an_older_backup_is_brought_up_to_date(self, tmp_path, path):
        """A backup with fewer tables gets the missing ones."""
        older = store_at(tmp_path / "older.sqlite3")
        older.bind()
        call_command("migrate", "market", "0001", verbosity=0)
        older.close()
        operator.restore(path, tmp_path / "older.sqlite3")
        market = open_market(path)
        with market.reading():
            assert not Bonus.objects.exists()
        market.close()

    def test_a_backup_of_a_later_version(self, tmp_path, path):
        """A backup that a later version has made is refused."""
        backup = tmp_path / "backup"
        with closing(sqlite3.connect(backup)) as made:
            made.execute("CREATE TABLE django_migrations (id integer, app, name, applied)")
            made.execute("INSERT INTO django_migrations VALUES (1, 'market', '9999_later', '')")
            made.commit()
        with pytest.raises(OperatorError, match="later version"):
            operator.restore(path, backup)

    def test_a_turn_outlives_no_process(self, path):
        """Who waits for a writer that is killed gets its turn, and nothing of what that wrote."""
        market = open_market(path)
        with market_writer(path) as process, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(market.run, lambda _: workers.register("Bob"))
            Event().wait(0.2)
            assert not waiting.done()
            os.kill(process.pid, signal.SIGKILL)
            waiting.result(10)
        with market.reading():
            assert [each.name for each in Worker.objects.all()] == ["Bob"]
        market.close()


class TestDumps:
    """What is promised of PostgreSQL databases."""

    def test_a_market_is_not_replaced_unasked(self, postgresql, tmp_path):
        """A restore over a market is refused unless it is said that it is to be replaced."""
        operator.backup(postgresql, tmp_path / "backup")
        with pytest.raises(OperatorError, match="holds a market"):
            operator.restore(postgresql, tmp_path / "backup")
        replace(postgresql, tmp_path / "backup")
        open_market(postgresql).close()

    def test_other_tables_stay(self, postgresql, tmp_path):
        """What else a database holds is neither in the backup nor touched by a restore."""
        with psycopg.connect(postgresql, autocommit=True) as other:
            other.execute("CREATE TABLE IF NOT EXISTS diary AS SELECT 1 AS page")
        operator.backup(postgresql, tmp_path / "backup")
        replace(postgresql, tmp_path / "backup")
        with psycopg.connect(postgresql, autocommit=True) as other:
            assert other.execute("SELECT page FROM diary").fetchall() == [(1,)]
            other.execute("DROP TABLE diary")

    def test_without_the_programs(self, postgresql, tmp_path, monkeypatch):
        """Where PostgreSQL's client programs are missing, that is what the operator is told."""
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(OperatorError, match="pg_dump was not found"):
            operator.backup(postgresql, tmp_path / "backup")
        (tmp_path / "source").write_bytes(b"")
        with pytest.raises(OperatorError, match="pg_restore was not found"):
            replace(postgresql, tmp_path / "source")

    def test_the_password_travels_in_the_environment(self, postgresql, tmp_path, monkeypatch):
        """No command line shows the password, which the program gets."""
        spy = tmp_path / "bin" / "pg_dump"
        spy.parent.mkdir()
        spy.write_text(
            '#!/bin/sh\nfor each in "$@"; do case "$each" in --file=*) out="${each#--file=}";;'
            f' esac; done\necho "$@" > {tmp_path}/said\necho "$PGPASSWORD" > "$out"\n'
        )
        spy.chmod(0o755)
        monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
        operator.backup(postgresql.replace("market@", "market:open-sesame@"), tmp_path / "backup")
        assert (tmp_path / "backup").read_text() == "open-sesame\n"
        assert "open-sesame" not in (tmp_path / "said").read_text()
        assert shutil.which("pg_dump") == str(spy)

    def test_what_no_variable_takes(self, postgresql, tmp_path):
        """A certificate's password is on no command line either: a backup with it is refused."""
        url = f"{postgresql}?sslpassword=open-sesame"
        with pytest.raises(OperatorError, match="pg_dump cannot be given sslpassword") as caught:
            operator.backup(url, tmp_path / "backup")
        assert "open-sesame" not in str(caught.value) + store_at(url).shown()
        assert list(tmp_path.iterdir()) == []
