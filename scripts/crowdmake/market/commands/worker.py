"""`crowdmake market worker`: what the operator states about workers."""

from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from crowdmake.market.commands import common
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Worker

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

STATED = ("country", "subdivision", "adult", "masters")


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "worker", "Workers, and what you state about them.")
    common.add_json(common.command(own, "list", "List the workers.", _list))
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


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        rows = list(Worker.objects.order_by("pk").values("worker_id", "name", *STATED, "simulated"))
    common.show([dict(row) for row in rows], as_json=arguments.json)


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


def _two_letters(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise ArgumentTypeError(f"expected two letters, not {text!r}")
    return text.upper()


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ArgumentTypeError(f"expected yes or no, not {text!r}")
    return text == "yes"
