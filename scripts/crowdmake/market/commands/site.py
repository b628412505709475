"""`crowdmake market site`: what the operator states about the workers' site."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crowdmake.market.commands import common
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import VISIBLE, Assignment, Site
from crowdmake.market.models.site import CLOSED, INVITED, OPEN
from crowdmake.market.site import origins, safety, sources
from crowdmake.market.site.pay import Pay

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

MOST_DAYS = 36_500
STATEMENT = ("currency", "debtor", "paid_how", "paid_when")


def _text(column: str) -> Callable[[str], str]:
    """Return what reads the words for a column."""
    longest = getattr(Site._meta.get_field(column), "max_length", None) or 0

    def read(text: str) -> str:
        if len(text) > longest or not text.isprintable():
            raise ArgumentTypeError(f"expected up to {longest} printable characters on one line")
        return text.strip()

    return read


def _explained(read: Callable[[str], str]) -> Callable[[str], str]:
    """Return ``read`` as argparse wants it; "" stays as it is."""

    def explained(text: str) -> str:
        try:
            return read(text) if text.strip() else ""
        except OperatorError as error:
            raise ArgumentTypeError(str(error)) from None

    return explained


def _currency(text: str) -> str:
    if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise ArgumentTypeError(f"expected three letters such as EUR, not {text!r}")
    return text.upper()


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_DAYS:
        return int(text)
    raise ArgumentTypeError(f"expected a number of days, not {text!r}")


# Each of the site's columns, what reads it, and what it says.
SETTINGS: dict[str, tuple[Callable[[str], Any], str]] = {
    "name": (_text("name"), "what the site is called"),
    "address": (
        _explained(lambda text: str(origins.read(text))),
        "where workers reach it, such as https://hits.example.org; '' for this machine alone",
    ),
    "pages": (
        _explained(lambda text: str(origins.read(text, any_below=True))),
        "where the pages that HITs show are, such as https://*.pages.example.net, on a domain that"
        " is not the site's; with *. before it pages may keep things, each HIT type its own",
    ),
    "sign_up": (str, f"who may sign up: {INVITED}, {OPEN} (anybody), {CLOSED} (nobody)"),
    "sources": (
        _explained(sources.read),
        "what pages may load from elsewhere, such as 'https://cdn.example.org data:'; '' for"
        " nothing (at first: https:)",
    ),
    "address_days": (
        _days,
        "for how many days the access log keeps addresses of workers; 0: never (at first: 7)",
    ),
    "contact": (_text("contact"), "whom workers ask: words, an e-mail address, a link"),
    "currency": (_currency, "in which currency rewards are paid, such as EUR"),
    "debtor": (_text("debtor"), "who owes them to the workers"),
    "paid_how": (_text("paid_how"), "how they are paid"),
    "paid_when": (_text("paid_when"), "when they are paid"),
}


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "site", "What you state about the workers' site.")
    common.add_json(common.command(own, "show", "Show what is stated.", _show))
    text = (
        "State something about the site. Rewards are real money once currency, debtor, paid-how"
        " and paid-when are stated; without all four they are practice, unpaid."
    )
    set_ = common.command(own, "set", text, _set)
    for name, (read, help_) in SETTINGS.items():
        choices = (INVITED, OPEN, CLOSED) if name == "sign_up" else None
        option = f"--{name.replace('_', '-')}"
        set_.add_argument(option, dest=name, type=read, choices=choices, help=help_)


def _show(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        site = Site.stated()
    if arguments.json:
        common.show([{name: getattr(site, name) for name in SETTINGS}], as_json=True)
        return
    for name in SETTINGS:
        common.say(f"{name.replace('_', '-')}: {common.cell(getattr(site, name))}")


def _set(arguments: Namespace) -> None:
    given = {name: getattr(arguments, name) for name in SETTINGS}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise OperatorError("nothing was stated: see crowdmake market site set --help")

    def state(_: object) -> tuple[Site, Pay]:
        site = Site.stated()
        before = Pay.of(site)
        for name, value in changes.items():
            setattr(site, name, value)
        _check(site)
        site.save()
        return site, before

    store = common.opened(arguments)
    site, before = store.run(state)
    for name, value in changes.items():
        common.say(f"{name.replace('_', '-')}: {common.cell(value)}")
    with store.reading():
        _tell_pay(site, before)
    for each in safety.problems(site):
        common.note(f"before workers come: {each}")


def _tell_pay(site: Site, before: Pay) -> None:
    """Say what the statement of pay lacks, and what a changed one makes of work that was done."""
    now = Pay.of(site)
    lacking = [f"--{name.replace('_', '-')}" for name in STATEMENT if not getattr(site, name)]
    if lacking and len(lacking) < len(STATEMENT):
        common.note(f"Rewards are practice, unpaid, until all is stated: {', '.join(lacking)}")
    changed = now.real != before.real or (now.real and now.currency != before.currency)
    if changed and Assignment.objects.filter(status__in=VISIBLE).exists():
        what = f"money, in {now.currency}" if now.real else "practice"
        common.note(f"Work that was done before is {what}, too: crowdmake market worker earnings")


def _check(site: Site) -> None:
    """Raise OperatorError for addresses that do not go together."""
    if site.pages and not site.address:
        raise OperatorError("pages are elsewhere only where the site has an address: --address")
    if not site.address:
        return
    own = origins.read(site.address)
    if own.scheme != "https" and not own.is_loopback:
        raise OperatorError(f"{site.address} is without TLS: only this machine is reached so")
    if not site.pages:
        return
    pages = origins.read(site.pages, any_below=True)
    if pages.scheme != "https" and not own.is_loopback:
        raise OperatorError(f"{site.pages} is without TLS: only this machine is reached so")
    why = origins.obstacle(own, pages)
    if why:
        raise OperatorError(why)
