"""`crowdmake market invite`: links by which workers sign up."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from crowdmake.market.commands import common, links
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.membership import invitations
from crowdmake.market.models import Invitation, Site
from crowdmake.market.site.accounts import admission

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

DAYS = 14
MOST = 100_000


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "invite", "Links by which workers sign up: make, list, revoke.")
    text = "Make an invitation; its link is shown this once."
    make = common.command(own, "make", text, _make)
    make.add_argument(
        "--uses",
        type=_number_or("any"),
        default=1,
        metavar="N|any",
        help="how many workers may sign up with it (default: %(default)s)",
    )
    make.add_argument(
        "--days",
        type=_number_or("forever"),
        default=DAYS,
        metavar="N|forever",
        help="for how many days it is good (default: %(default)s)",
    )
    make.add_argument("--note", default="", help="whom it is for, in the list of invitations")
    common.add_json(common.command(own, "list", "List the invitations, without links.", _list))
    text = "Take an invitation back: nobody else signs up with it."
    revoke = common.command(own, "revoke", text, _revoke)
    revoke.add_argument("number", type=_number, metavar="NUMBER", help="as `invite list` has it")


def _make(arguments: Namespace) -> None:
    longest = Invitation._meta.get_field("note").max_length
    if len(arguments.note) > (longest or 0):
        raise OperatorError(f"a note has {longest} characters at most")
    lasts = None if arguments.days is None else timedelta(days=arguments.days)
    store = common.opened(arguments)
    made = store.run(lambda _: invitations.make(arguments.uses, lasts, arguments.note))
    with store.reading():
        why = admission.closed(Site.stated())
    common.say(links.link(store, "join", made.token))
    common.note(f"Invitation {made.invitation.pk}. The link is not shown again.")
    if why:
        common.note(f"It lets nobody in yet: {why}")


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        rows = common.of_each(
            Invitation.objects.order_by("pk"),
            number=lambda each: each.pk,
            note=lambda each: each.note,
            made=lambda each: each.created_at,
            expires=lambda each: each.expires_at,
            used=lambda each: each.used,
            uses_left=lambda each: "any" if each.uses_left is None else each.uses_left,
            state=invitations.state,
        )
    common.show(rows, as_json=arguments.json)


def _revoke(arguments: Namespace) -> None:
    common.opened(arguments).run(lambda _: invitations.revoke(arguments.number))
    common.say(f"Invitation {arguments.number} is revoked.")


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MOST:
        return int(text)
    raise ArgumentTypeError(f"expected a number from 1 to {MOST}, not {text!r}")


def _number_or(word: str) -> Callable[[str], int | None]:
    """Return what reads a number, or ``word`` for none."""

    def read(text: str) -> int | None:
        return None if text == word else _number(text)

    return read
