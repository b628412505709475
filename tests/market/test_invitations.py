"""What has to hold on both databases when workers sign up at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from crowdmake.market.membership import deleting, invitations, password_links
from crowdmake.market.models import Account, Attempt, Invitation, Session, Worker
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.site import current, leftovers, limits
from crowdmake.market.site.accounts import admission

AT_ONCE = 6


@pytest.fixture
def at_once(market, vault):
    """Do something in several threads; return what came of each."""

    def do(action):
        def one(number):
            with current.serving(market.store, vault), market.reading():
                try:
                    return action(number)
                except Exception as error:  # noqa: BLE001 - it is what the tests look at
                    return error
                finally:
                    market.store.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, range(AT_ONCE)))

    return do


def invite(market, uses):
    return market.run(lambda _: invitations.make(uses, timedelta(days=1), "")).invitation


@pytest.mark.parametrize("uses", [1, 3])
def test_the_last_use(market, at_once, uses):
    """As many get in as an invitation is for, and the others leave no trace."""
    invitation = invite(market, uses)
    found = at_once(lambda number: admission.admit(f"worker{number}", "x", invitation))
    refused = [each for each in found if isinstance(each, invitations.Unusable)]
    assert [str(each) for each in refused] == ["has been used up"] * (AT_ONCE - uses)
    with market.reading():
        assert (Account.objects.count(), Worker.objects.count()) == (uses, uses)
        assert Invitation.objects.values_list("used", "uses_left").get() == (uses, 0)


def test_one_name(market, at_once):
    """A name is one worker's, and who did not get it has used up nothing."""
    invitation = invite(market, AT_ONCE)
    found = at_once(lambda number: admission.admit("Ada" if number % 2 else "ada", "x", invitation))
    assert sum(isinstance(each, admission.Taken) for each in found) == AT_ONCE - 1
    with market.reading():
        assert (Account.objects.count(), Worker.objects.count()) == (1, 1)
        assert Invitation.objects.get().used == 1


def test_one_new_password(market, at_once):
    """A link for a new password is used once."""
    market.run(lambda now: admission_of("ada", now))
    token = market.run(lambda _: password_links.make(Account.objects.get()))
    links = at_once(lambda _: password_links.find(token))
    found = at_once(
        lambda number: current.run(lambda _: password_links.use(links[number], f"{number}"))
    )
    assert sum(isinstance(each, password_links.Unusable) for each in found) == AT_ONCE - 1
    with market.reading():
        assert Account.objects.get().password == str(found.index(None))


def admission_of(name, now):
    """Return a new account."""
    worker = Worker.objects.create(worker_id="A" + name.upper(), name=name)
    return Account.objects.create(username=name, password="x", worker=worker, created_at=now)  # noqa: S106 - nobody's


def test_attempts(market, at_once, tmp_path):
    """Attempts are counted, taken back one by one, and removed when they no longer count."""
    taken = at_once(lambda _: limits.attempt(limits.SIGN_IN, address="192.0.2.1", name="ada"))
    with market.reading():
        assert Attempt.objects.count() == 2 * AT_ONCE
    at_once(lambda number: taken[number].succeeded())
    with market.reading():
        assert not Attempt.objects.exists()
    found = at_once(
        lambda _: [
            limits.attempt(limits.SIGN_IN, address="192.0.2.1", name="ada") for _ in range(10)
        ]
    )
    assert all(isinstance(each, limits.TooMany) for each in found)
    market.run(lambda now: Attempt.objects.update(at=now - timedelta(hours=2)))
    leftovers.clear(AccessLog(tmp_path), market.store)
    with market.reading():
        assert not Attempt.objects.exists()


def test_deletion(market):
    """An account is deleted with its sessions, and its worker stays without a name."""
    account = market.run(lambda now: admission_of("ada", now))

    def open_session(now):
        Session.objects.create(session_key="k", session_data="{}", expire_date=now, account=account)

    market.run(open_session)
    market.run(lambda now: deleting.delete(Account.objects.get(), now))
    with market.reading():
        assert not Session.objects.exists()
        assert Worker.objects.values_list("name", "worker_id").get() == ("", "AADA")
