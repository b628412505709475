"""What the tests of the workers' site share: a served market, its people, and a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crowdmake.market import workers
from crowdmake.market.models import Account, Session
from crowdmake.market.serving.served import ServedMarket
from crowdmake.market.site import current
from crowdmake.market.site.sessions import ACCOUNT, SessionStore
from market.kit import http_server

PASSWORD = "a long enough password"  # noqa: S105 - nobody's


def worker_account(market: Any, name: str = "ada") -> Account:
    """Return the account of a new worker, whose password is PASSWORD."""

    def make(now: Any) -> Account:
        account = Account(worker=workers.register(name), username=name.lower(), created_at=now)
        account.set_password(PASSWORD)
        account.save()
        return account

    return market.run(make)


def session_cookie(market: Any, vault: Any, account: Account) -> dict[str, str]:
    """Return the cookie of a browser in which the worker has signed in, as Playwright takes it."""
    with current.serving(market.store, vault), market.reading():
        session = SessionStore()
        session[ACCOUNT] = account.pk
        session.save()
    assert Session.objects.filter(account=account).exists()
    return {"name": "__Host-session", "value": session.session_key}


def sign_in(context: Any, origin: str, cookie: dict[str, str]) -> None:
    """Give a browser's context the session."""
    # Playwright knows no secure origin but https; cookies ignore the scheme.
    url = origin.replace("http:", "https:")
    context.add_cookies([{**cookie, "url": url, "secure": True}])


def listened(page: Any) -> Any:
    """Return a browser's tab; what its console says is in `page.said` from now on."""
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page


@contextmanager
def served(market: Any, vault: Any, log: Any = None, proxies: Any = None) -> Iterator[str]:
    """Serve a market on a free port of the loopback, in a thread; yield its site's origin."""
    served = ServedMarket(market.store, vault, log)
    more = {"browse": served.browse, "uploads": served.uploads, "proxies": proxies}
    with http_server(served.respond, served.fetch, **more) as address:
        yield address.replace("127.0.0.1", "localhost")
