"""Signing up, signing in, and what a worker can do about the own account."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import quote, urljoin, urlsplit

import pytest
from crowdmake.market import uploads
from crowdmake.market.membership import names, password_links
from crowdmake.market.models import (
    RETURNED,
    Account,
    Assignment,
    Attempt,
    Invitation,
    Message,
    PasswordLink,
    Reply,
    Report,
    Session,
    Worker,
)
from crowdmake.market.site import limits
from crowdmake.market.site.accounts import entering
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from market.kit import PROPERTIES, People
from operating import PAID, PUBLIC, clear, invite, state
from sitekit import PASSWORD, worker_account
from visitor import Visitor

NEW = "quite another password"
MARKUP = "<script>alert(1)</script>\"'&"
EVERY_EXAMPLE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def visitor(origin):
    return Visitor(origin)


def sign_up(visitor, path, name="Bo", password=PASSWORD):
    return visitor.fill(path, name=name, new_password=password, again=password)


def sign_in(visitor, name="ada", password=PASSWORD, **more):
    return visitor.fill("/sign-in", name=name, password=password, **more)


def is_in(visitor):
    return visitor.get("/account").status == 200


class TestSigningUp:
    """By invitation, or freely."""

    def test_by_invitation(self, market, visitor):
        """A link leads to a form, and the form to an account in which one has signed in."""
        done = sign_up(visitor, invite(market), "Bo")
        assert (done.status, done.location) == (302, "/projects")
        page = visitor.get("/account")
        account = Account.objects.select_related("worker").get()
        assert (account.username, account.worker.name) == ("bo", "Bo")
        assert account.worker.worker_id in page.text
        assert "Welcome, Bo" in page.text

    def test_the_cookie(self, market, visitor):
        """The session's cookie is bound to the host, and out of reach for scripts and for HTTP."""
        done = sign_up(visitor, invite(market))
        (cookie,) = done.headers.get_all("Set-Cookie")
        morsel = SimpleCookie(cookie)["__Host-session"]
        assert (morsel["httponly"], morsel["secure"]) == (True, True)
        assert (morsel["path"], morsel["domain"], morsel["samesite"]) == ("/", "", "Lax")

    def test_the_token_is_not_kept(self, market, visitor):
        """Who reads the database cannot use the links that are in it."""
        paths = [invite(market)]
        account = worker_account(market)
        paths.append(f"/reset/{market.run(lambda _: password_links.make(account))}")
        with market.reading(), connection.cursor() as cursor:
            dump = ""
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - the database's own names
                dump += repr(cursor.fetchall())
        assert "ada" in dump
        for each in paths:
            assert visitor.get(each).status == 200
            assert each.rpartition("/")[2] not in dump

    def test_a_single_use(self, market, origin):
        """What was used up says so, and whom to ask."""
        state(market, contact="Dr. Ruth, room 5 <ruth@example.org>")
        path = invite(market)
        sign_up(Visitor(origin), path)
        page = Visitor(origin).get(path)
        assert page.status == 410
        assert "This invitation link has been used up." in page.text
        assert "Ask Dr. Ruth, room 5 <ruth@example.org>" in page.text

    def test_any_number(self, market, origin):
        """An invitation for any number counts, and does not end."""
        path = invite(market, uses=None)
        for name in ("one", "two", "three"):
            assert sign_up(Visitor(origin), path, name).status == 302
        assert Invitation.objects.values_list("used", "uses_left").get() == (3, None)

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "has expired"),
            ({"revoked_at": datetime(2020, 1, 1, tzinfo=UTC)}, "was taken back"),
            ({"token_digest": "x"}, "is not known here"),
        ],
    )
    def test_links_that_are_over(self, market, visitor, changes, why):
        """An expired, revoked or unknown link says which, before the form and after it."""
        path = invite(market)
        form = visitor.get(path)
        market.run(lambda _: Invitation.objects.update(**changes))
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', form.html)[1]
        filled = {"name": "Bo", "new_password": PASSWORD, "again": PASSWORD}
        sent = visitor.send(path, csrfmiddlewaretoken=token, **filled)
        for page in (visitor.get(path), sent):
            assert page.status == 410
            assert why in page.text
        assert not Account.objects.exists()

    def test_the_last_use_is_one_workers(self, market, origin):
        """Of two who use the last of an invitation at once, one gets in."""
        path = invite(market, uses=1)
        with ThreadPoolExecutor(4) as pool:
            each = pool.map(
                lambda name: sign_up(Visitor(origin), path, name), ["aa", "bb", "cc", "dd"]
            )
            statuses = sorted(page.status for page in each)
        assert statuses == [302, 410, 410, 410]
        assert (Account.objects.count(), Worker.objects.count()) == (1, 1)

    def test_who_may(self, market, origin):
        """The operator's setting says who signs up: the invited, anybody, nobody."""
        link = invite(market, uses=None)
        assert "Workers are invited here" in Visitor(origin).get("/sign-up").text
        state(market, sign_up="open")
        assert sign_up(Visitor(origin), "/sign-up", "Open").location == "/projects"
        state(market, sign_up="closed")
        for path in ("/sign-up", link):
            page = Visitor(origin).get(path)
            assert page.status == 403
            assert "takes no new workers" in page.text

    @pytest.mark.parametrize("lacking", [*PAID, None])
    def test_no_pay_no_sign_up(self, market, origin, lacking):
        """On a public address nobody signs up unless all about pay is stated."""
        paid = {**PAID, **({lacking: ""} if lacking else {})}
        state(market, sign_up="open", **PUBLIC, **paid)
        link = invite(market)
        for path in ("/sign-up", link):
            page = Visitor(origin, Host="hits.example.org").get(path)
            assert page.status == (403 if lacking else 200)
            assert ("has not stated whether work is paid" in page.text) == bool(lacking)

    def test_a_name_is_one_workers(self, market, visitor, account):
        """A name that somebody has is refused, however it is written, and the link stays good."""
        path = invite(market)
        for name in ("ada", "ADA", "\uff21\uff44\uff41", " ada "):
            page = sign_up(visitor, path, name)
            assert page.status == 422
            assert "Somebody has this user name already" in page.text
        assert sign_up(visitor, path, "adam").status == 302

    @pytest.mark.parametrize(
        ("name", "password", "words"),
        [
            ("Bo", "2%Zq", "at least 10 characters"),
            ("Bo", "password123", "too common"),
            ("Bo", "12345678901234567890", "too common"),
            ("bartholomew", "bartholomew1", "too similar to the username"),
            ("Bo", "x" * 1001, "at most 1000 characters"),
        ],
    )
    def test_passwords_that_are_none(self, market, visitor, name, password, words):
        """A password is long, uncommon, and not the user name; the page says what is wrong."""
        page = sign_up(visitor, invite(market), name, password)
        assert page.status == 422
        assert words in page.text
        assert password not in page.html
        assert not Account.objects.exists()

    def test_a_repetition_that_differs(self, market, visitor):
        """A password that was mistyped once is noticed."""
        page = visitor.fill(invite(market), name="Bo", new_password=PASSWORD, again=NEW)
        assert page.status == 422
        assert "This is not the password above." in page.text

    @EVERY_EXAMPLE
    @given(name=st.text(max_size=60))
    @example(MARKUP)
    @example("\x00")
    @example("ΐ" * 40)
    @example("‮ada")
    @example("a\u0301\u0301" * 20)
    def test_any_name(self, market, origin, name):
        """Whatever is given as a name makes an account of that name, or is refused as text."""
        visitor = Visitor(origin)
        page = sign_up(visitor, invite(market), name)
        written = names.written(name)
        if page.status == 302:
            assert visitor.get("/account").text.count(written) >= 1
            with market.reading():
                assert Account.objects.filter(username=names.key_of(name)).count() == 1
        else:
            assert page.status == 422
            assert "<script>" not in page.html


class TestSigningIn:
    """With a user name and a password."""

    def test_in_and_out(self, visitor, account):
        """Who signs in is led on; who signs out is a stranger, also to the former cookie."""
        done = sign_in(visitor, "ADA ")
        assert (done.status, done.location) == (302, "/projects")
        assert is_in(visitor)
        kept = dict(visitor.cookies)
        assert visitor.fill("/account", "/sign-out").location == "/sign-in"
        assert not is_in(visitor)
        visitor.cookies = kept
        assert not is_in(visitor)

    def test_signing_out_is_a_post(self, visitor, account):
        """A link or an image cannot sign a worker out."""
        sign_in(visitor)
        assert visitor.get("/sign-out").status == 405
        assert is_in(visitor)

    @pytest.mark.parametrize(("name", "password"), [("ada", NEW), ("nobody", PASSWORD)])
    def test_wrong(self, visitor, account, name, password):
        """A wrong password and an unknown name are told in the same words."""
        page = sign_in(visitor, name, password)
        assert page.status == 422
        assert entering.WRONG in page.text
        assert not is_in(visitor)

    def test_the_same_time(self, visitor, market, monkeypatch):
        """An unknown name takes as long as a wrong password."""
        monkeypatch.setattr(ScryptPasswordHasher, "work_factor", 2**14)
        worker_account(market)

        def seconds(name):
            begin = time.perf_counter()
            sign_in(visitor, name, NEW)
            return time.perf_counter() - begin

        # In turns, so that what else the machine does is the same for both.
        pairs = [(seconds("ada"), seconds("nobody")) for _ in range(5)]
        known, unknown = map(min, zip(*pairs, strict=True))
        assert 0.6 < unknown / known < 1.7

    def test_the_session_is_new(self, visitor, account):
        """A session that somebody knew before is not the one in which the worker is."""
        visitor.get("/sign-in")
        before = visitor.cookies["__Host-session"]
        sign_in(visitor)
        assert visitor.cookies["__Host-session"] != before
        assert not Session.objects.filter(session_key=before).exists()

    def test_strangers_sessions_are_short(self, visitor, account):
        """A session in which nobody has signed in lasts for two hours, a worker's for two weeks."""
        visitor.get("/sign-in")
        soon = datetime.now(UTC) + timedelta(hours=2, minutes=1)
        assert Session.objects.get().expire_date < soon
        sign_in(visitor)
        assert Session.objects.get().expire_date > soon + timedelta(days=10)

    def test_forged_forms(self, visitor, account):
        """A form from elsewhere, or without the session's token, does nothing."""
        sign_in(visitor)
        assert visitor.send("/sign-out").status == 403
        elsewhere = Visitor(visitor.origin, Origin="https://evil.example")
        elsewhere.cookies = visitor.cookies
        assert visitor.send("/account", csrfmiddlewaretoken="x" * 64).status == 403
        assert is_in(visitor)

    def test_back_to_where_one_was(self, visitor, account):
        """Who is sent to sign in comes back to the page that was asked for."""
        led = visitor.get("/account/password?x=1")
        assert led.location == "/sign-in?next=%2Faccount%2Fpassword%3Fx%3D1"
        assert sign_in(visitor, next="/account/password?x=1").location == "/account/password?x=1"

    @settings(max_examples=300, deadline=None)
    @given(
        st.one_of(
            st.text(max_size=40),
            st.text("/\\.:@?#%\t\r\n \x00ahtpsevil", max_size=25),
            st.text(max_size=20).map(lambda text: f"/{text}"),
        )
    )
    @example("https://evil.example/")
    @example("//evil.example/")
    @example("//")
    @example("/\\evil.example")
    @example("/\t/evil.example")
    @example("\x00//evil.example")
    @example("javascript:alert(1)")
    @example("/projects/../..//evil.example")
    def test_only_to_this_site(self, wanted):
        """Whatever a link asks for, one is led to a page of this site."""
        location = entering.onward(wanted)
        assert location.isascii()
        assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", location)
        led = urlsplit(urljoin("https://hits.example.org/sign-in", location))
        assert (led.scheme, led.netloc) == ("https", "hits.example.org")

    @pytest.mark.parametrize(
        "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example"]
    )
    def test_not_elsewhere(self, visitor, account, wanted):
        """A crafted link to the sign-in leads nobody to another site."""
        assert sign_in(visitor, next=wanted).location == "/projects"
        assert visitor.get(f"/sign-in?next={quote(wanted)}").location == "/projects"


class TestLimits:
    """How often one may try."""

    def tries(self, visitor, number, name="ada"):
        return [sign_in(visitor, name, NEW).status for _ in range(number)]

    def test_by_name(self, visitor, account, market):
        """After ten wrong passwords even the right one waits; another worker is not concerned."""
        worker_account(market, "Bob")
        assert self.tries(visitor, 11) == [422] * 10 + [429]
        page = sign_in(visitor)
        assert page.status == 429
        assert 0 < int(page.headers["Retry-After"]) <= 15 * 60
        assert "Too many tries" in page.text
        assert re.search(r"Wait \d+ minutes?", page.text)
        assert sign_in(visitor, "bob").status == 302

    def test_by_address(self, visitor, market, account):
        """One address tries names without end no more than fifty times."""
        self.tries(visitor, 1, "somebody")
        first = Attempt.objects.order_by("pk").first()
        more = {"kind": first.kind, "subject": first.subject, "at": first.at}
        rows = (Attempt(**more) for _ in range(48))
        market.run(lambda _: Attempt.objects.bulk_create(rows))
        assert self.tries(visitor, 2, "nobody") == [422, 429]
        assert sign_in(visitor).status == 429

    def test_a_success_resets_nothing(self, visitor, account, market):
        """Who gets in does not clear what was tried in vain, by others or before."""
        worker_account(market, "Bob")
        self.tries(visitor, 9)
        assert sign_in(visitor).status == 302
        assert sign_in(Visitor(visitor.origin), "bob").status == 302
        other = Visitor(visitor.origin)
        assert self.tries(other, 2) == [422, 429]

    def test_successes_do_not_count(self, origin, account):
        """A worker who signs in again and again is not stopped."""
        for _ in range(12):
            assert sign_in(Visitor(origin)).status == 302
        assert not Attempt.objects.exists()

    def test_nothing_tells_whose(self, visitor, account):
        """What is kept of an attempt has neither the name nor the address in it."""
        self.tries(visitor, 1)
        kept = repr(list(Attempt.objects.values()))
        assert "ada" not in kept
        assert "127.0.0.1" not in kept

    def test_time_passes(self, visitor, account, market):
        """A quarter of an hour later one may try again, and the rows go."""
        self.tries(visitor, 11)
        ago = datetime.now(UTC) - timedelta(minutes=16)
        market.run(lambda _: Attempt.objects.update(at=ago))
        assert sign_in(visitor).status == 302
        market.run(lambda _: Attempt.objects.update(at=ago - timedelta(hours=1)))
        clear(market)
        assert not Attempt.objects.exists()

    def test_sign_ups(self, origin, market, monkeypatch):
        """Where anybody may sign up, an address makes accounts for a while, and then waits."""
        state(market, sign_up="open")
        monkeypatch.setitem(
            limits.LIMITS, (limits.SIGN_UP, "address"), limits.Limit(2, timedelta(hours=1))
        )
        statuses = [
            sign_up(Visitor(origin), "/sign-up", name).status for name in ("a1", "a2", "a3")
        ]
        assert statuses == [302, 302, 429]
        assert Account.objects.count() == 2

    def test_a_home_of_ipv6_is_one(self):
        """Addresses of one home's network are one, others are not."""
        network = limits._network
        assert network("2001:db8:1:2::3") == network("2001:db8:1:2:ffff::4")
        assert network("2001:db8:1:2::3") != network("2001:db8:1:3::3")
        assert network("192.0.2.1") != network("192.0.2.2")


class TestPasswords:
    """Changing it, and the operator's link."""

    def change(self, visitor, password=PASSWORD):
        return visitor.fill("/account/password", password=password, new_password=NEW, again=NEW)

    def test_changing_it(self, origin, account):
        """Other browsers are signed out, this one is not, and only the new password is good."""
        here, there = Visitor(origin), Visitor(origin)
        sign_in(here)
        sign_in(there)
        before = here.cookies["__Host-session"]
        assert self.change(here).location == "/account"
        assert is_in(here)
        assert here.cookies["__Host-session"] != before
        assert not is_in(there)
        assert sign_in(Visitor(origin)).status == 422
        assert sign_in(Visitor(origin), password=NEW).status == 302

    def test_not_without_the_present_one(self, visitor, account):
        """Who finds a browser open cannot take the account over, nor guess for long."""
        sign_in(visitor)
        assert [self.change(visitor, "a wrong password").status for _ in range(11)] == [
            422
        ] * 10 + [429]
        assert is_in(visitor)

    def link(self, market, account):
        return f"/reset/{market.run(lambda _: password_links.make(account))}"

    def test_the_operators_link(self, origin, market, account):
        """It sets a password once, and signs everybody out who was in."""
        there, here = Visitor(origin), Visitor(origin)
        sign_in(there)
        path = self.link(market, account)
        assert here.fill(path, new_password=NEW, again=NEW).location == "/sign-in"
        assert not is_in(there)
        assert sign_in(here, password=NEW).status == 302
        again = Visitor(origin).get(path)
        assert again.status == 410
        assert "has been used" in again.text

    def test_a_newer_link_ends_the_former(self, visitor, market, account):
        """Only the last link that was made is good."""
        first, second = self.link(market, account), self.link(market, account)
        assert visitor.get(first).status == 410
        assert visitor.get(second).status == 200

    def test_a_changed_password_ends_links(self, visitor, market, account):
        """A link that lies around is of no use once the worker has chosen a password."""
        path = self.link(market, account)
        sign_in(visitor)
        self.change(visitor)
        assert visitor.get(path).status == 410

    def test_it_expires(self, visitor, market, account):
        """After two days it is over; a month later it is removed."""
        path = self.link(market, account)
        market.run(lambda _: PasswordLink.objects.update(expires_at=datetime.now(UTC)))
        assert "has expired" in visitor.get(path).text
        ago = datetime.now(UTC) - timedelta(days=31)
        market.run(lambda _: PasswordLink.objects.update(expires_at=ago))
        clear(market)
        assert not PasswordLink.objects.exists()

    @EVERY_EXAMPLE
    @given(token=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
    @example("x" * 43)
    @example("..")
    @example("\x00")
    def test_any_token(self, origin, account, token):
        """A link that nobody made is told so, or is no page at all."""
        for kind in ("join", "reset"):
            assert Visitor(origin).get(f"/{kind}/{quote(token, safe='')}").status in (400, 404, 410)


class TestOwnAccount:
    """What a worker sees, takes along and ends."""

    @pytest.fixture
    def worked(self, market, client, account):
        """Ada has submitted with a file, was rejected, replied, reported, got a bonus and a letter."""
        people = People(market)
        people._known["ada"] = account.worker
        hit = client.create_hit(**{**PROPERTIES, "Title": MARKUP})["HIT"]["HITId"]
        done = people.do("ada", hit, ("label", MARKUP))
        client.reject_assignment(AssignmentId=done, RequesterFeedback=MARKUP)
        client.send_bonus(
            WorkerId=account.worker.worker_id, AssignmentId=done, BonusAmount="0.25", Reason="well"
        )
        client.notify_workers(Subject="s", MessageText=MARKUP, WorkerIds=[account.worker.worker_id])
        held = people.accept("ada", client.create_hit(**PROPERTIES)["HIT"]["HITId"])

        def write(now):
            assignment = Assignment.objects.get(assignment_id=done)
            uploads.keep(assignment, "file", b"\x00\xff")
            Reply.objects.create(assignment=assignment, text="I did it", sent_at=now)
            Report.objects.create(
                hit=assignment.hit, worker=account.worker, reason="broken", text="mine", sent_at=now
            )

        market.run(write)
        return done, held.assignment_id

    def test_an_export(self, visitor, worked, account, client, market):
        """The file has everything about the worker, and nothing about another."""
        worker_account(market, "Bob")
        sign_in(visitor)
        page = visitor.get("/account/export")
        assert page.headers["Content-Type"] == "application/json"
        assert page.headers["Content-Disposition"].startswith("attachment;")
        kept = json.loads(page.body)
        done, held = worked
        assert kept["account"]["worker_id"] == account.worker.worker_id
        assert [each["assignment_id"] for each in kept["assignments"]] == [done, held]
        assert kept["assignments"][0]["feedback"] == MARKUP
        assert "&lt;script&gt;" in kept["assignments"][0]["answer"]
        assert [each["amount"] for each in kept["bonuses"]] == ["0.25"]
        assert kept["earned"] == {"rewards": "0.00", "bonuses": "0.25"}
        assert MARKUP in [each["text"] for each in kept["messages"]]
        assert [each["text"] for each in kept["replies"]] == ["I did it"]
        assert [each["text"] for each in kept["reports"]] == ["mine"]
        assert "bob" not in page.html.lower()
        assert "scrypt" not in page.html
        (file,) = kept["files"]
        assert visitor.get(file["address"]).body == b"\x00\xff"

    def test_files_are_the_workers_own(self, visitor, worked, market):
        """Nobody fetches what another worker gave."""
        worker_account(market, "Bob")
        sign_in(visitor)
        (file,) = json.loads(visitor.get("/account/export").body)["files"]
        other = Visitor(visitor.origin)
        assert other.get(file["address"]).status == 302
        sign_in(other, "bob")
        assert other.get(file["address"]).status == 404

    def test_deletion(self, visitor, worked, account, market, client):
        """The account goes with what is the worker's alone; answers and payments stay."""
        sign_in(visitor)
        page = visitor.get("/account/delete")
        assert "What is deleted" in page.text
        assert "What stays" in page.text
        assert visitor.fill("/account/delete", password=NEW).status == 422
        assert Account.objects.exists()
        assert visitor.fill("/account/delete", password=PASSWORD).location == "/about"
        assert not is_in(visitor)
        done, held = worked
        worker = Worker.objects.get()
        assert (worker.name, worker.worker_id) == ("", account.worker.worker_id)
        for gone in (Account, Message, Reply, Session.objects.exclude(account=None)):
            assert not getattr(gone, "objects", gone).all().exists()
        assert Report.objects.values_list("reason", "text").get() == ("broken", "")
        found = client.get_assignment(AssignmentId=done)["Assignment"]
        assert (found["WorkerId"], found["AssignmentStatus"]) == (worker.worker_id, "Rejected")
        assert "&lt;script&gt;" in found["Answer"]
        assert client.list_bonus_payments(AssignmentId=done)["NumResults"] == 1
        assert Assignment.objects.get(assignment_id=held).status == RETURNED
        assert sign_in(Visitor(visitor.origin)).status == 422
        assert sign_up(Visitor(visitor.origin), invite(market), "Ada").status == 302

    def test_a_choice(self, visitor, account):
        """Accepting the next HIT by itself is switched on and off."""
        sign_in(visitor)
        assert visitor.fill("/account", accept_next="on").location == "/account"
        assert Account.objects.get().accept_next is True
        assert "checked" in visitor.get("/account").html
        visitor.fill("/account")
        assert Account.objects.get().accept_next is False

    def test_a_hostile_name(self, visitor, market):
        """A name with markup, wherever it came from, is text on every page."""
        account = worker_account(market, MARKUP)
        sign_in(visitor, MARKUP)
        link = market.run(lambda _: password_links.make(account))
        for path in (
            "/account",
            "/account/password",
            "/account/delete",
            "/about",
            f"/reset/{link}",
        ):
            page = visitor.get(path)
            assert page.status == 200
            assert "<script>alert" not in page.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in visitor.get("/account").html

    @pytest.mark.parametrize("path", ["", "/password", "/export", "/export/files/X", "/delete"])
    def test_strangers(self, visitor, account, path):
        """Who has not signed in is sent to do so."""
        for method in ("GET", "HEAD"):
            assert visitor.ask(method, f"/account{path}").location.startswith("/sign-in?next=%2Fac")

    def test_old_sessions_go(self, visitor, account, market):
        """A session that is over is removed."""
        sign_in(visitor)
        market.run(lambda _: Session.objects.update(expire_date=datetime.now(UTC)))
        assert not is_in(visitor)
        clear(market)
        assert not Session.objects.filter(account=account).exists()
