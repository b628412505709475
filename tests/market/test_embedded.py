"""The market's file, its clock, and several markets in one process."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crowdmake.client import in_process
from crowdmake.market.embedded import open_market
from crowdmake.market.models import Bonus, Worker
from crowdmake.market.stores import store_at
from django.core.management import call_command
from django.db import connection

from market.kit import PROPERTIES, Requester, Transport

SCRIPTS = Path(__file__).parents[2] / "scripts"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners(tmp_path):
    """The file and those that SQLite puts beside it are closed to others, in a new folder too."""
    path = tmp_path / "state" / "market.sqlite3"
    market = open_market(path)
    market.set_balance(5)
    files = sorted(path.parent.iterdir())
    assert {each.suffix for each in files} >= {".sqlite3", ".sqlite3-wal", ".sqlite3-shm"}
    assert {mode(each) for each in files} == {0o600}
    market.close()


def test_an_open_file_is_closed_to_others(path):
    """A file that others could read is theirs no longer."""
    path.chmod(0o644)
    open_market(path).close()
    assert mode(path) == 0o600


def test_a_market_is_remembered(location, requester, transport, people):
    """HITs, money and the clock are there when the database is opened again."""
    hit_id = requester.hit(MaxAssignments=2)
    people.do("Ann", hit_id)
    transport.market.clock.advance(timedelta(days=1))
    now = transport.market.clock.now()
    transport.market.close()
    transport.market = open_market(location)
    assert transport.market.clock.now() >= now
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    assert requester.money() == ("9999.88", "0.12")


def test_full_durability(path):
    """Every connection to a file writes ahead and waits for the disk."""
    market = open_market(path)
    with market.reading(), connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


def test_an_older_schema_is_copied_before_it_is_migrated(tmp_path):
    """A file of an earlier version is kept beside the one that is brought up to date."""
    path = tmp_path / "market.sqlite3"
    store = store_at(path)
    store.bind()
    call_command("migrate", "market", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO market_worker VALUES (1, 'A1', 'Ann', false)")
    store.close()
    market = open_market(path)
    with market.reading():
        assert Worker.objects.get().name == "Ann"
        assert Bonus.objects.count() == 0
    market.close()
    (copy,) = tmp_path.glob("*.before-*")
    assert mode(copy) == 0o600
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT name FROM market_worker").fetchall() == [("Ann",)]
        assert kept.execute("PRAGMA table_info(market_bonus)").fetchall() == []


OF_BEFORE = """
INSERT INTO market_requester (id, name, access_key, fees, available_cents, held_cents)
    VALUES (1, 'local', 'local', 'amazon', 1000000, 12);
INSERT INTO market_hittype (id, requester_id, hit_type_id, hit_group_id, fingerprint, title,
        description, keywords, reward_cents, assignment_duration, auto_approval_delay, requirements)
    VALUES (1, 1, '3TYPE', '3GROUP', 'f', 't', 'd', '', 10, 600, 0,
        '[{"QualificationTypeId": "00000000000000000040", "Comparator": "Exists"}]');
INSERT INTO market_hit (id, requester_id, hit_type_id, hit_id, creation_time, expiration,
        max_assignments, fee_cents, annotation, status, on_market, pending, submitted, completed)
    VALUES (1, 1, 1, '3HIT', '2026-11-22 10:00:00', '2100-01-01 00:00:00',
        1, 2, '', 'Assignable', true, 0, 0, 0);
INSERT INTO market_question (hit_id, xml) VALUES (1, '<a/>');
"""


def test_hits_of_an_older_schema_are_found_by_what_they_require(
    tmp_path, transport, session_client
):
    """ListHITsForQualificationType knows the HITs that a market had before it was brought up to date."""
    path = tmp_path / "market.sqlite3"
    store = store_at(path)
    store.bind()
    call_command("migrate", "market", "0001", verbosity=0)
    store.close()
    with closing(sqlite3.connect(path)) as older:
        older.executescript(OF_BEFORE)
    market = open_market(path)
    transport.use(market)
    found = session_client.list_hits_for_qualification_type(
        QualificationTypeId="00000000000000000040"
    )
    assert [each["HITId"] for each in found["HITs"]] == ["3HIT"]
    market.close()


def test_migrations_are_complete(market):
    """No model differs from what the migrations make."""
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


class TestClock:
    """The market's own time."""

    def test_it_follows_the_wall_clock(self, market):
        """Unless it was moved, it shows the time of day."""
        before = datetime.now(UTC)
        assert before <= market.clock.now() <= datetime.now(UTC)

    def test_it_is_moved_forward_only(self, market):
        """An earlier moment changes nothing; the time is aware UTC."""
        later = market.clock.now() + timedelta(days=3, microseconds=7)
        market.clock.advance_to(later)
        assert market.clock.now() == later
        market.clock.advance_to(later - timedelta(days=1))
        assert market.clock.now() == later
        market.clock.advance(timedelta(seconds=1))
        assert market.clock.now() == later + timedelta(seconds=1)
        assert market.clock.now().utcoffset() == timedelta()

    def test_it_never_runs_behind(self, market):
        """A clock moved into the past shows the time of day."""
        market.clock.advance_to(datetime(2020, 1, 1, tzinfo=UTC))
        assert abs(market.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)

    def test_another_opening_sees_it(self, market, location):
        """The clock is the database's."""
        later = market.clock.now() + timedelta(days=3)
        market.clock.advance_to(later)
        assert open_market(location).clock.now() == later


def test_markets_are_apart(template, tmp_path):
    """Several files may be open in one process, in turns and at once in several threads."""
    requesters = []
    for number in range(3):
        transport = Transport()
        transport.market = open_market(shutil.copy(template, tmp_path / f"{number}.sqlite3"))
        requesters.append(Requester(in_process(transport), transport))

    def work(number):
        chosen = requesters[number % 3]
        return [chosen.hit() for _ in range(number % 3 + 1)]

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(work, range(12)))
    for number, each in enumerate(requesters):
        listed = {hit["HITId"] for hit in each.client.list_hits(MaxResults=100)["HITs"]}
        assert listed == {hit_id for ids in made[number::3] for hit_id in ids}


def run(code, *arguments):
    """Return what a new Python process prints that only finds `crowdmake` on its path."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={"PYTHONPATH": str(SCRIPTS), "DJANGO_SETTINGS_MODULE": "another.project", "TZ": "CET"},
        capture_output=True,
        text=True,
        check=True,
    )


def test_another_projects_settings_and_time_zone_stay(path):
    """The market leaves the environment's Django settings, time zone and streams alone."""
    done = run(
        "import sys, time, pathlib, os\n"
        "from crowdmake.market.embedded import open_market\n"
        "print(open_market(pathlib.Path(sys.argv[1])).clock.now().tzinfo, time.tzname[0],"
        " os.environ['TZ'])",
        path,
    )
    assert (done.stdout, done.stderr) == ("UTC CET CET\n", "")


def test_processes_may_make_one_file_together(tmp_path):
    """Several processes that open the same new file at once all get the market."""
    code = (
        "import sys, pathlib\n"
        "from crowdmake.market.embedded import open_market\n"
        "print(open_market(pathlib.Path(sys.argv[1])).clock.now().year > 2000)"
    )
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: run(code, tmp_path / "new.sqlite3"), range(3)))
    assert [each.stdout for each in done] == ["True\n"] * 3


def test_a_hit_is_the_same_through_two_openings(location, client):
    """Two markets on one database in one process are one market."""
    second = open_market(location)
    made = client.create_hit(**PROPERTIES)["HIT"]
    other = Transport()
    other.market = second
    assert in_process(other).get_hit(HITId=made["HITId"])["HIT"] == made
