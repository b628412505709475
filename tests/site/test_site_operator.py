"""What an operator states about the site, and what the server does for its safety."""

import http.client
import json
import re
import shutil
import socket
import stat
import time
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from threading import Event, Thread

import pytest
from crowdmake.cli import main
from crowdmake.market import timekeeper
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.membership import tokens
from crowdmake.market.models import Account, Attempt, Invitation, Session, Site
from crowdmake.market.serving import access, processes, server
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.processes import Service
from crowdmake.market.serving.proxies import Proxies
from crowdmake.market.site import hosts, origins, safety, sources
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from market.kit import PROPERTIES, People
from market.served import crowdmake, serving
from operating import PAID, PUBLIC, invite, state
from sitekit import PASSWORD, served, session_cookie, worker_account
from visitor import Visitor

SAFE = {**PUBLIC, **PAID}
BEHIND = ("--proxy", "127.0.0.1")


@pytest.fixture
def places(tmp_path, market, vault):
    """The options that name the test's market."""
    return ["--database", str(tmp_path / "market.sqlite3"), "--key-file", str(vault.path)]


@pytest.fixture
def type_(places, capsys):
    """Type a command; return its exit code, output and errors."""

    def run(*arguments):
        try:
            status = main(["market", *arguments, *places])
        except SystemExit as error:
            status = error.code
        return status, *capsys.readouterr()

    return run


def options(**settings):
    """Return the settings as `site set` takes them."""
    return [
        part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", value)
    ]


class TestSite:
    """`site show` and `site set`."""

    def test_statements(self, type_, origin):
        """What is stated is shown, by the command and to workers, until it is stated otherwise."""
        stated = {"name": "Lab <7>", "contact": "ruth@example.org", "address_days": "3", **PAID}
        status, out, err = type_("site", "set", *options(**stated))
        assert (status, err) == (0, "")
        assert "debtor: The lab\n" in out
        (shown,) = json.loads(type_("site", "show", "--json")[1])
        assert shown == {
            **stated,
            "address": "",
            "pages": "",
            "sign_up": "invited",
            "sources": "https:",
            "address_days": 3,
        }
        assert "paid-when: monthly\n" in type_("site", "show")[1]
        page = Visitor(origin).get("/about")
        assert "Lab <7>" in page.text
        assert "The lab" in page.text
        assert "Practice" not in page.text
        type_("site", "set", "--debtor", "")
        assert "Practice, unpaid" in Visitor(origin).get("/about").text

    def test_addresses_are_kept_as_browsers_write_them(self, type_):
        """Letters' case, a final slash and the usual port do not matter."""
        given = {
            "address": "HTTPS://Hits.Example.org:443/",
            "pages": "https://*.Pages.example.net/",
        }
        type_("site", "set", *options(**given))
        (shown,) = json.loads(type_("site", "show", "--json")[1])
        assert {name: shown[name] for name in PUBLIC} == PUBLIC

    def test_a_statement_of_pay_that_lacks_something(self, type_):
        """What is still to be stated before rewards are money is said."""
        said = type_("site", "set", "--currency", "EUR", "--paid-when", "monthly")[2]
        assert "practice, unpaid, until all is stated: --debtor, --paid-how" in said
        assert type_("site", "set", "--debtor", "The lab", "--paid-how", "by transfer")[2] == ""
        assert type_("site", "set", "--name", "The lab")[2] == ""

    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            ({}, PAID, "is money, in EUR"),
            (PAID, {"currency": "USD"}, "is money, in USD"),
            (PAID, {"debtor": ""}, "is practice"),
            (PAID, {"paid_when": "weekly"}, ""),
        ],
    )
    def test_pay_that_changes(self, type_, market, client, before, after, words):
        """Where work was done before, the operator is told what it counts as now."""
        state(market, **before)
        People(market).do("Ann", client.create_hit(**PROPERTIES)["HIT"]["HITId"])
        said = type_("site", "set", *options(**after))[2]
        assert (f"Work that was done before {words}, too:" in said) == bool(words)

    def test_a_setting_that_is_not_yet_safe(self, type_):
        """What is still to be stated before workers come is said at once."""
        status, _, err = type_("site", "set", *options(**PUBLIC))
        assert status == 0
        assert re.fullmatch(
            r"before workers come: nobody can sign up [^\n]*--paid-when[^\n]*\n", err
        )

    @pytest.mark.parametrize(
        "given",
        [
            {"address": "hits.example.org"},
            {"address": "ftp://hits.example.org"},
            {"address": "https://hits.example.org/market"},
            {"address": "https://me@hits.example.org"},
            {"address": "https://*.example.org"},
            {"address": "https://hits.example.org?x"},
            {"address": "https://hits..org"},
            {"address": "https://[::1"},
            {"address": "https://hits.example.org:99999"},
            {"pages": "https://*.*.example.net"},
            {"pages": "https://a*.example.net"},
            {"pages": "https://*.192.0.2.1"},
            {"address_days": "-1"},
            {"address_days": "seven"},
            {"currency": "Euro"},
            {"currency": "€"},
            {"sign_up": "everybody"},
            {"sources": "https: ; script-src *"},
            {"sources": "'unsafe-inline'"},
            {"sources": "https:,x"},
            {"name": "x" * 101},
            {"name": "two\nlines"},
        ],
    )
    def test_what_is_none(self, type_, given, market):
        """A value of another kind is refused, and nothing is changed."""
        status, _, err = type_("site", "set", *options(**given))
        assert status == 2
        assert "expected" in err or "invalid choice" in err
        with market.reading():
            assert not Site.objects.exists()

    @pytest.mark.parametrize(
        ("address", "pages", "words"),
        [
            ("http://hits.example.org", "", "without TLS"),
            ("https://hits.example.org", "http://*.pages.example.net", "without TLS"),
            ("https://hits.example.org", "https://hits.example.org:8443", "host is the site's"),
            ("https://hits.example.org", "https://*.hits.example.org", "host is the site's"),
            ("https://hits.example.org", "https://*.example.org", "include the site's"),
            ("https://hits.example.org", "https://pages.example.org", "the same domain"),
            ("https://hits.example.co.uk", "https://pages.example.co.uk", "the same domain"),
            ("https://hits.example.org", "https://*.com", "not one's own"),
            ("https://hits.example.org", "https://*.co.uk", "not one's own"),
            ("https://a.b.zz", "https://c.b.zz", "the same domain"),
            ("", "https://*.pages.example.net", "only where the site has an address"),
        ],
    )
    def test_addresses_that_do_not_go_together(self, type_, market, address, pages, words):
        """Pages are on a domain that is not the site's, both with TLS."""
        status, _, err = type_("site", "set", *options(address=address, pages=pages))
        assert status == 1
        assert words in err
        assert err.count("\n") == 1
        with market.reading():
            assert not Site.objects.exists()

    @pytest.mark.parametrize(
        ("address", "pages"),
        [
            ("https://hits.example.org", "https://*.pages.example.net"),
            ("https://hits.one.ac.uk", "https://*.two.ac.uk"),
            ("https://192.0.2.1", "https://192.0.2.2"),
            ("http://localhost:8717", "http://*.pages.localhost:8717"),
            ("http://127.0.0.1:8717", "http://localhost:8717"),
            ("https://hits.example.org:8443", "https://pages.example.net:8443"),
        ],
    )
    def test_addresses_that_go_together(self, type_, address, pages):
        """Different domains, or hosts of the loopback."""
        assert type_("site", "set", *options(address=address, pages=pages))[0] == 0

    @settings(max_examples=300, deadline=None)
    @given(st.one_of(st.text(max_size=30), st.text("htps:/.*@?#a1-[]% \\\n", max_size=30)))
    @example("https://a.b:443")
    @example("https://a.b:")
    @example("https://a.b#")
    @example("https://[::1%25x]")
    def test_any_text_as_an_address(self, text):
        """What is taken for an origin is one, and is read again as the same."""
        for many in (False, True):
            try:
                found = origins.read(text, any_below=many)
            except OperatorError:
                continue
            assert re.fullmatch(r"https?://(\*\.)?[a-z0-9._:\[\]-]+", str(found))
            assert origins.read(str(found), any_below=many) == found

    @settings(max_examples=300, deadline=None)
    @given(st.one_of(st.text(max_size=30), st.text("htps:/.*';, a\n", max_size=30)))
    def test_any_text_as_sources(self, text):
        """What is taken for a list of sources cannot leave its directive."""
        try:
            found = sources.read(text)
        except OperatorError:
            return
        assert re.fullmatch(r"[A-Za-z0-9.:/*+~_ -]*", found)


class TestCheck:
    """`market check`: what is unsafe on a public address."""

    def test_all_is_well(self, type_, market):
        """A safe site is said to be so, with the address to which workers may come."""
        assert type_("check")[:2] == (
            0,
            "The site is reached on this machine alone; nothing is unsafe about that.\n",
        )
        state(market, **SAFE)
        assert type_("check", *BEHIND) == (0, "Workers may come to https://hits.example.org.\n", "")

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"address": "http://hits.example.org"}, "without TLS"),
            ({"address": "https://hits example"}, "expected an address"),
            ({"pages": ""}, "no host of their own"),
            ({"pages": "http://*.pages.example.net"}, "without TLS"),
            ({"pages": "https://hits.example.org"}, "is the site's"),
            ({"pages": "https://*.pages.example.org"}, "the same domain"),
            ({"pages": "https://*.pages.localhost"}, "cannot reach"),
            ({"pages": "https://*.co.uk"}, "not one's own"),
            ({"currency": ""}, "--currency"),
            ({"paid_how": "", "sign_up": "open"}, "--paid-how"),
            ({"sources": "https: *"}, "'*'"),
            ({"sources": "http:"}, "'http:'"),
            ({"sources": "http://cdn.example.org"}, "'http://cdn.example.org'"),
            ({"address_days": 31}, "31 days"),
        ],
    )
    def test_what_is_unsafe(self, type_, market, changes, words):
        """Each fault is a line, and the exit code 1."""
        state(market, **{**SAFE, **changes})
        status, out, err = type_("check", *BEHIND)
        assert (status, out) == (1, "")
        assert words in err
        assert all(line.startswith("error: ") for line in err.splitlines())

    def test_all_faults_at_once(self, type_, market):
        """What is to be mended is known at once, not one after the other."""
        state(market, address="http://hits.example.org", sources="*", address_days=400)
        assert type_("check")[2].count("\n") == 6

    def test_practice_without_sign_up(self, type_, market):
        """A public site without pay is safe where nobody can sign up."""
        state(market, **PUBLIC, sign_up="closed")
        assert type_("check", *BEHIND)[0] == 0

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "hits"])  # noqa: S104 - what is tested
    def test_all_interfaces(self, type_, market, host):
        """To listen where others reach it takes a proxy with TLS, which is named."""
        assert type_("check", "--host", host)[0] == 0
        state(market, **SAFE)
        assert "without encryption" in type_("check", "--host", host)[2]
        assert type_("check", "--host", host, "--proxy", "10.0.0.0/24")[0] == 0
        assert type_("--host", host, "check")[0] == 1
        assert type_("--host", host, "--proxy", "10.0.0.2", "check")[0] == 0

    def test_no_proxy(self, type_, market):
        """A proxy that is not named would have all workers' limits for its own."""
        state(market, **SAFE)
        status, _, err = type_("check")
        assert (status, err.count("\n")) == (1, 1)
        assert "share its limits" in err

    @pytest.mark.parametrize("proxy", ["proxy.example.org", "10.0.0.1/8", "", "1"])
    def test_a_proxy_is_an_address(self, type_, proxy):
        """A name could be anybody's tomorrow."""
        assert "expected an address such as" in type_("check", "--proxy", proxy)[2]

    def test_an_open_key_file(self, market, tmp_path, capsys, vault):
        """A key file that others can read is unsafe."""
        key = tmp_path / "market.key"
        shutil.copy(vault.path, key)
        key.chmod(0o640)
        assert main(["market", "check", "--database", str(tmp_path / "market.sqlite3")]) == 1
        assert "chmod 600" in capsys.readouterr().err

    def test_it_does_not_start_so(self, places, market, tmp_path):
        """`crowdmake market` refuses what `check` refuses."""
        state(market, **{**SAFE, "pages": ""})
        done = crowdmake("market", *places, "--port", 0, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: the pages that HITs show have no host of their own")

    def test_any_statement_is_safe_or_is_told(self):
        """No combination that the commands take breaks the check."""
        for address in (
            "",
            "https://[::1]",
            "http://localhost",
            "https://x",
            "nonsense",
            "https://[",
        ):
            for pages in ("", "https://*.x", "nonsense"):
                site = Site(address=address, pages=pages)
                assert isinstance(safety.problems(site), list)


class TestInvitations:
    """`invite make`, `list`, `revoke`."""

    def test_a_life(self, type_, market, origin):
        """A link is made, used, and taken back, and the list tells of it."""
        status, out, err = type_("invite", "make", "--uses", "3", "--note", "course A")
        assert status == 0
        assert out.startswith("http://localhost:8717/join/")
        assert "Invitation 1." in err
        path = out.strip().removeprefix("http://localhost:8717")
        fields = {"name": "Bo", "new_password": "quite a password", "again": "quite a password"}
        assert Visitor(origin).fill(path, **fields).location == "/projects"
        (row,) = json.loads(type_("invite", "list", "--json")[1])
        shown = ("number", "note", "used", "uses_left", "state")
        assert [row[name] for name in shown] == [1, "course A", 1, 2, "open"]
        assert path.rpartition("/")[2] not in type_("invite", "list")[1]
        assert type_("invite", "revoke", "1")[:2] == (0, "Invitation 1 is revoked.\n")
        assert Visitor(origin).get(path).status == 410
        assert "revoked" in type_("invite", "list")[1]
        assert type_("invite", "revoke", "1")[0] == 1

    def test_the_sites_address(self, type_, market):
        """The link is at the address that workers reach."""
        state(market, **SAFE)
        out = type_("invite", "make")[1]
        token = out.strip().removeprefix("https://hits.example.org/join/")
        assert len(token) > 40
        assert Invitation.objects.get().token_digest == tokens.digest(token)

    def test_for_any_number_and_without_end(self, type_, market):
        """Both limits can be left open."""
        type_("invite", "make", "--uses", "any", "--days", "forever")
        invitation = Invitation.objects.get()
        assert (invitation.uses_left, invitation.expires_at) == (None, None)

    def test_one_that_lets_nobody_in(self, type_, market):
        """Where nobody can sign up the operator is told with the link."""
        state(market, sign_up="closed")
        assert "It lets nobody in yet" in type_("invite", "make")[2]

    @pytest.mark.parametrize(
        "given", [("--uses", "0"), ("--uses", "x"), ("--days", "-1"), ("--days", "9999999999")]
    )
    def test_what_is_none(self, type_, given):
        """Numbers are numbers."""
        assert type_("invite", "make", *given)[0] == 2


class TestWorkers:
    """`worker list` and `worker password-link`."""

    def test_accounts_are_shown(self, type_, account):
        """The list of workers says who has an account."""
        (row,) = json.loads(type_("worker", "list", "--json")[1])
        assert (row["worker_id"], row["account"]) == (account.worker.worker_id, "ada")

    @pytest.mark.parametrize("by", ["worker_id", "name"])
    def test_a_password_link(self, type_, account, origin, by):
        """The link is found by worker id or user name, and sets a new password."""
        named = account.worker.worker_id if by == "worker_id" else "ADA"
        status, out, err = type_("worker", "password-link", named)
        assert status == 0
        assert "ada" in err
        path = out.strip().removeprefix("http://localhost:8717")
        done = Visitor(origin).fill(path, new_password=PASSWORD, again=PASSWORD)
        assert done.location == "/sign-in"
        assert Account.objects.get().password != account.password

    def test_nobody(self, type_, market):
        """Who has no account gets no link."""
        status, _, err = type_("worker", "password-link", "\x1b[31mnobody")
        assert (status, err.count("\n")) == (1, 1)
        assert "there is no account of that name" in err

    def test_a_name_like_an_id(self, type_, account, market):
        """Nobody gets another's link by calling oneself as the other's worker id."""
        worker_account(market, account.worker.worker_id)
        assert "for ada (" in type_("worker", "password-link", account.worker.worker_id)[2]


class TestEarnings:
    """`worker earnings`: what the operator has to pay."""

    def test_what_is_owed(self, type_, market, client, account):
        """Each worker's sums from each requester are listed, for a month or all time."""
        people = People(market)
        people._known["Ada"] = account.worker
        hit_id = client.create_hit(**{**PROPERTIES, "Reward": "0.25"})["HIT"]["HITId"]
        done = people.do("Ada", hit_id)
        assert json.loads(type_("worker", "earnings", "--json")[1]) == []
        client.approve_assignment(AssignmentId=done)
        client.send_bonus(
            WorkerId=account.worker.worker_id, AssignmentId=done, BonusAmount="1.00", Reason="Well"
        )
        sums = {"rewards": "0.25", "bonuses": "1.00", "sum": "1.25"}
        owed = {"worker_id": account.worker.worker_id, "requester": "local", **sums}
        month = f"{datetime.now(UTC):%Y-%m}-01"
        for by, begins in ((), month), (("--by", "requester"), ""):
            (row,) = json.loads(type_("worker", "earnings", *by, "--json")[1])
            assert row == {"begins": begins, **owed}

    def test_practice_is_not_owed(self, type_, market):
        """Where rewards are practice, the list says so; where they are money, it does not."""
        assert "practice, unpaid" in type_("worker", "earnings")[2]
        state(market, **PAID)
        assert type_("worker", "earnings")[2] == ""


class TestAccessLog:
    """Who asked for what, for as long as the operator says."""

    @pytest.fixture
    def log(self, tmp_path):
        return AccessLog(tmp_path / access.DIRECTORY)

    @pytest.fixture
    def logged(self, market, vault, log):
        """Ask for a path; return the line about it."""

        def ask(path, **headers):
            with served(market, vault, log, Proxies([ip_network("127.0.0.1")])) as origin:
                Visitor(origin, **headers).get(path)
            (file,) = log.directory.iterdir()
            return file.read_text().splitlines()[-1]

        return ask

    def test_a_line(self, logged, log):
        """A line has time, address, method, path, status and duration, in a file of the day."""
        line = logged("/about")
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 127\.0\.0\.1 GET /about 200 \d+ms", line
        )
        (file,) = log.directory.iterdir()
        assert file.name == f"{datetime.now(UTC):%Y-%m-%d}.log"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(log.directory.stat().st_mode) == 0o700

    def test_nothing_that_lets_in(self, logged, market):
        """Neither tokens nor queries are in it."""
        path = invite(market)
        assert " GET /join/* 200 " in logged(path)
        assert " GET /join/* 404 " in logged("/join/abc/../x")
        assert " GET /sign-in 200 " in logged("/sign-in?next=secret")
        token = "g" * 200
        line = logged(f"/{token}/dynamic/hit?workerId=A1", Host="shared.pages.localhost")
        assert " GET /*/dynamic/hit " in line

    def test_no_address_where_none_is_kept(self, logged, market):
        """With 0 days no address is ever written."""
        state(market, address_days=0)
        assert "Z - GET /about 200 " in logged("/about")

    def test_nothing_breaks_a_line(self, logged):
        """What is asked for stays on one line of ASCII."""
        line = logged("/x%0A2026%1b%C3%A9%20y")
        assert line.isascii()
        assert " GET /x%0A2026%1B%C3%A9%20y 404 " in line

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=80))
    def test_any_path(self, path):
        """A path is shown in ASCII without a space, and shows nothing behind /join/ and /reset/."""
        for start in ("/", "/join/", "/reset/", "/files/"):
            shown = access.shown(start + path)
            assert re.fullmatch(r"[!-~]*", shown)
            assert len(shown) <= access.LONGEST_PATH
            if start != "/" and path:
                assert shown == f"{start}*"

    def test_old_days_go(self, log):
        """No line lasts longer than the days that the operator states."""
        today = datetime.now(UTC).date()
        log.directory.mkdir()
        for ago in (0, 1, 6, 7, 8, 400):
            (log.directory / f"{today - timedelta(days=ago)}.log").touch()
        (log.directory / "mine.txt").touch()
        (log.directory / "mine.log").touch()
        log.forget(7)
        kept = {each.name for each in log.directory.iterdir()}
        days = {f"{today - timedelta(days=ago)}.log" for ago in (0, 1, 6)}
        assert kept == {*days, "mine.txt", "mine.log"}
        log.forget(1)
        assert f"{today}.log" in {each.name for each in log.directory.iterdir()}
        assert len(list(log.directory.iterdir())) == 3

    def test_a_full_disk(self, market, vault, tmp_path):
        """Where nothing can be written, workers are served."""
        (tmp_path / "file").touch()
        with served(market, vault, AccessLog(tmp_path / "file" / "below")) as origin:
            assert Visitor(origin).get("/about").status == 200

    def test_served(self, places, market, tmp_path, vault):
        """The command writes it beside the database, and keeps its own log free of addresses."""
        directory = tmp_path / access.DIRECTORY
        with serving(
            tmp_path / "market.sqlite3", "--key-file", vault.path, cwd=tmp_path
        ) as running:
            origin = running.url.replace("127.0.0.1", "localhost")
            visitor = Visitor(origin)
            for path in ("/about", "/nothing?secret", "/join/secret"):
                visitor.get(path)
            lines = (directory / f"{datetime.now(UTC):%Y-%m-%d}.log").read_text()
            assert lines.count("127.0.0.1") == 3
            assert "secret" not in lines + running.logged()
            assert "127.0.0.1" not in running.logged()

    def test_cleared(self, market, tmp_path, vault, log, account, monkeypatch):
        """What keeps the time of a served market removes old days of it, and old sessions."""
        monkeypatch.setattr(timekeeper, "CLEANING_SECONDS", 0.01)
        log.directory.mkdir()
        old = log.directory / f"{date(2020, 1, 1)}.log"
        old.touch()
        session_cookie(market, vault, account)
        market.run(lambda now: Session.objects.update(expire_date=now))
        stop, service = Event(), Service(tmp_path / "market.sqlite3", vault, log, Proxies())
        keeper = Thread(target=processes._keep_time, args=(socket.socket(), service, stop))
        keeper.start()
        end = time.monotonic() + 10
        while (old.exists() or Session.objects.exists()) and time.monotonic() < end:
            time.sleep(0.02)
        stop.set()
        keeper.join()
        assert not old.exists()
        assert not Session.objects.exists()


class TestProxies:
    """Whom the market believes about addresses."""

    NEAR = ip_network("10.0.0.0/24")

    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
            ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.2", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.2", "1.2.3.4, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
            ("10.0.0.2", "10.0.0.4, 10.0.0.3", "10.0.0.4"),
            ("10.0.0.2", "", "10.0.0.2"),
            ("10.0.0.2", "unknown", "10.0.0.2"),
            ("10.0.0.2", "198.51.100.1, x", "10.0.0.2"),
            ("::ffff:10.0.0.2", "2001:db8::1", "2001:db8::1"),
        ],
    )
    def test_whose_request(self, peer, forwarded, client):
        """The last address that is no trusted proxy's counts; strangers are not believed."""
        assert Proxies([self.NEAR]).client(peer, forwarded) == client
        assert Proxies().client(peer, forwarded) == peer

    @given(st.text(max_size=60))
    def test_any_header(self, forwarded):
        """Whatever is in the header, the result is an address."""
        found = Proxies([self.NEAR]).client("10.0.0.2", forwarded)
        assert ip_network(found)

    @pytest.mark.parametrize(
        ("peer", "near"),
        [("127.0.0.1", True), ("::1", True), ("10.0.0.9", True), ("192.0.2.1", False), ("", False)],
    )
    def test_who_is_let_to_the_site(self, peer, near):
        """This machine and the proxies; nobody else, because nothing is encrypted."""
        assert Proxies([self.NEAR]).lets_in(peer) == near

    def test_limits_are_the_clients(self, market, vault, account):
        """Behind a proxy each client has tries of its own, and cannot invent others."""
        with served(market, vault, proxies=Proxies([ip_network("127.0.0.1")])) as origin:
            state(market, address=origin, pages="")
            for forwarded in ("192.0.2.1", "192.0.2.2", "6.6.6.6, 192.0.2.1"):
                Visitor(origin, X_Forwarded_For=forwarded).fill(
                    "/sign-in", name=forwarded, password=PASSWORD
                )
            by_address = Attempt.objects.order_by("pk").values_list("subject", flat=True)
            found = list(by_address)[::2]
            assert found[0] == found[2] != found[1]

    def test_without_an_address_the_site_is_for_this_machine(self, market, vault):
        """A proxy's clients do not reach a site that has no address, whatever Host they send."""
        with served(market, vault, proxies=Proxies([ip_network("127.0.0.1")])) as origin:
            assert Visitor(origin).get("/about").status == 200
            assert Visitor(origin, X_Forwarded_For="192.0.2.1").get("/about").status == 421


class TestRequests:
    """What the server takes and answers for the site."""

    def test_programs_are_told_what_it_is(self, origin):
        """Who asks for no page at / is told of the API, and browsers are led to the site."""
        program = Visitor(origin, Accept="*/*").get("/")
        assert (program.status, program.headers["Content-Type"]) == (200, "text/plain")
        assert b"requester API" in program.body
        assert Visitor(origin).get("/").location == "/about"

    def test_head(self, origin):
        """A HEAD has the page's headers and no body."""
        page = Visitor(origin).ask("HEAD", "/about")
        assert (page.status, page.body) == (200, b"")
        assert int(page.headers["Content-Length"]) > 500

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_other_methods(self, origin, method):
        """Other methods are refused, everywhere."""
        page = Visitor(origin).ask(method, "/about")
        assert (page.status, page.headers["Allow"]) == (405, server.METHODS)

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.one_of(
            st.text("abc.:0123456789[]@/-_%localhst", max_size=30),
            st.sampled_from(["evil.example", "pages.localhost.evil.example", "localhost.", "a:b"]),
            st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
        )
    )
    @example("")
    @example("localhost:99999999")
    @example("[::1]")
    @example("evil.example@localhost")
    def test_any_host(self, origin, host):
        """A host that is not the site's gets nothing of it, and breaks nothing."""
        parts = origin.removeprefix("http://").split(":")
        with socket.create_connection((parts[0], int(parts[1])), timeout=10) as raw:
            head = f"GET /about HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n"
            raw.sendall(head.encode("latin-1") + b"Connection: close\r\n\r\n")
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        status = int(answer.split(b" ", 2)[1])
        assert status in (200, 400, 404, 421)
        if status == 200:
            name = re.sub(r":\d*$", "", host.lower())
            assert hosts.is_loopback(name.strip("[]"))

    def test_only_workers_send_files(self, origin, account, market, vault):
        """A large body is taken where work is submitted, from a worker who has signed in."""
        path = "/projects/3GROUP/tasks/3WORK/submit"
        large = b"x" * (server.MAX_BODY + 1)
        assert self._post(origin, path, large) is None
        visitor = Visitor(origin)
        visitor.fill("/sign-in", name="ada", password=PASSWORD)
        assert self._post(origin, path, large, visitor) == 403  # it has no CSRF token
        assert self._post(origin, "/account", large, visitor) is None
        assert self._post(origin, path, b"x" * (server.MAX_UPLOAD + 1), visitor) is None

    def _post(self, origin, path, body, visitor=None):
        """Return the status of the answer, None where the body was not read."""
        kept = visitor.cookies if visitor else {"__Host-session": "x" * 32}
        cookies = "; ".join(f"{name}={value}" for name, value in kept.items())
        connection = http.client.HTTPConnection(origin.removeprefix("http://"), timeout=30)
        try:
            connection.request("POST", path, body, {"Cookie": cookies, "Accept": "text/html"})
            status = connection.getresponse().status
        except (ConnectionError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return None if status == 400 else status
