"""`crowdmake market worker`: what the operator states about workers."""

from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from crowdmake.market.commands import common, links
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.membership import password_links
from crowdmake.market.models import Account, Site, Worker
from crowdmake.market.money import to_text
from crowdmake.market.site.pay import Pay
from crowdmake.market.working.earnings import MONTH, PERIODS, earned

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

STATED = ("country", "subdivision", "adult", "masters")
ACCOUNT = "account__username"


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(
        subparsers, "worker", "Workers: list, earnings, what you state, links for passwords."
    )
    common.add_json(common.command(own, "list", "List the workers.", _list))
    text = "List what each worker earned from each requester: approved rewards, and bonuses."
    sums = common.command(own, "earnings", text, _earnings)
    sums.add_argument(
        "--by", choices=tuple(PERIODS), default=MONTH, help="of which time, in UTC (default: month)"
    )
    common.add_json(sums)
    text = "State what the system qualifications of a worker are decided by."
    set_ = common.command(own, "set", text, _set)
    set_.add_argument("worker_id", metavar="WORKER_ID")
    set_.add_argument(
        "--country", type=_two_letters, help="two letters of ISO 3166, such as DE; '' for unknown"
    )
    set_.add_argument(
        "--subdivision", type=_two_letters, help="two letters, such as PA with the country US"
    )
    for name in ("adult", "masters"):
        set_.add_argument(f"--{name}", type=_yes_or_no, metavar="yes|no")
    text = "Make a link by which a worker sets a new password, once; it ends those before."
    link = common.command(own, "password-link", text, _password_link)
    link.add_argument("worker", metavar="WORKER_ID|USER_NAME")


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        found = Worker.objects.order_by("pk")
        rows = list(found.values("worker_id", "name", ACCOUNT, *STATED, "simulated"))
    named = [{"account" if name == ACCOUNT else name: row[name] for name in row} for row in rows]
    common.show(named, as_json=arguments.json)


def _earnings(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        rows = [
            {
                "begins": each.begins.isoformat() if each.begins else "",
                "worker_id": worker.worker_id,
                "requester": each.requester,
                "rewards": to_text(each.rewards.cents),
                "bonuses": to_text(each.bonuses.cents),
                "sum": to_text(each.cents),
            }
            for worker in Worker.objects.order_by("pk")
            for each in earned(worker, arguments.by)
        ]
        is_real = Pay.of(Site.stated()).real
    common.show(rows, as_json=arguments.json)
    if not is_real:
        common.note("The site says that rewards are practice, unpaid: crowdmake market site set")


def _set(arguments: Namespace) -> None:
    given = {name: getattr(arguments, name) for name in STATED}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise OperatorError("nothing was stated: see crowdmake market worker set --help")

    def state(_: object) -> None:
        if not Worker.objects.filter(worker_id=arguments.worker_id).update(**changes):
            raise OperatorError(f"there is no worker {common.printable(arguments.worker_id)}")

    common.opened(arguments).run(state)
    stated = ", ".join(f"{name} {common.cell(value)}" for name, value in changes.items())
    common.say(f"{arguments.worker_id}: {stated}")


def _password_link(arguments: Namespace) -> None:
    store = common.opened(arguments)

    def make(_: object) -> tuple[Account, str]:
        account = password_links.account_named(arguments.worker)
        return account, password_links.make(account)

    account, token = store.run(make)
    common.say(links.link(store, "reset", token))
    hours = round(password_links.LASTS.total_seconds() / 3600)
    common.note(
        f"It is for {account.username} ({account.worker.worker_id}), once, for {hours} hours."
        " Give it to nobody else: who has it has the account."
    )


def _two_letters(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise ArgumentTypeError(f"expected two letters, not {text!r}")
    return text.upper()


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ArgumentTypeError(f"expected yes or no, not {text!r}")
    return text == "yes"
