"""`crowdmake market requester`: accounts, their money and their fees."""

from argparse import ArgumentTypeError, Namespace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crowdmake.market import requesters
from crowdmake.market.commands import common
from crowdmake.market.fees import policy_name
from crowdmake.market.models import Requester
from crowdmake.market.money import to_cents, to_text

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

MAX_POLICY = 32
MOST_USD = Decimal(1_000_000_000)


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "requester", "Requesters' accounts: make, list, money, fees.")
    make = common.command(own, "make", "Make an account; give it a key with `key make`.", _make)
    make.add_argument("name")
    make.add_argument(
        "--balance",
        type=_amount,
        default=requesters.PLAY_MONEY,
        metavar="USD",
        help="what it can spend (default: %(default)s of play money)",
    )
    make.add_argument("--fees", type=_policy, default="amazon", help=FEES)
    common.add_json(common.command(own, "list", "List the accounts with their money.", _list))
    text = "Set what a requester can still spend; what is held for work on offer stays held."
    balance = common.command(own, "balance", text, _balance)
    balance.add_argument("name")
    balance.add_argument("amount", type=_amount, metavar="USD")
    text = "Set the fees of the HITs that a requester makes from now on."
    fees = common.command(own, "fees", text, _fees)
    fees.add_argument("name")
    fees.add_argument("policy", type=_policy, help=FEES)


FEES = "amazon (its price list), none, or a rate such as 0.1"


def _make(arguments: Namespace) -> None:
    store = common.opened(arguments)
    store.run(lambda _: requesters.make(arguments.name, arguments.fees, arguments.balance))
    common.say(f"Made {arguments.name}. A key for it: crowdmake market key make {arguments.name}")


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        rows = common.of_each(
            Requester.objects.order_by("pk"),
            requester=lambda each: each.name,
            customer_id=lambda each: each.customer_id,
            available=lambda each: to_text(each.available_cents),
            held=lambda each: to_text(each.held_cents),
            fees=lambda each: each.fees,
        )
    common.show(rows, as_json=arguments.json)


def _balance(arguments: Namespace) -> None:
    def set_(_: object) -> None:
        requesters.set_balance(common.requester_named(arguments.name), arguments.amount)

    common.opened(arguments).run(set_)
    common.say(f"{arguments.name} can spend {to_text(to_cents(arguments.amount))} USD.")


def _fees(arguments: Namespace) -> None:
    def set_(_: object) -> None:
        requesters.set_fees(common.requester_named(arguments.name), arguments.policy)

    common.opened(arguments).run(set_)
    common.say(f"The fees of {arguments.name} are {arguments.policy}.")


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
        if amount.is_finite() and 0 <= amount <= MOST_USD:
            to_cents(amount)
            return amount
    except (InvalidOperation, ValueError):
        pass
    raise ArgumentTypeError(f"expected US dollars and whole cents such as 12.50, not {text!r}")


def _policy(text: str) -> str:
    try:
        policy = policy_name(text)
    except ValueError:
        policy = ""
    if 0 < len(policy) <= MAX_POLICY:
        return policy
    raise ArgumentTypeError(f"expected {FEES}, not {text!r}")
