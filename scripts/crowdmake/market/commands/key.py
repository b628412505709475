"""`crowdmake market key`: the keys with which requesters sign."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crowdmake.market import requesters
from crowdmake.market.commands import common
from crowdmake.market.embedded import REQUESTER
from crowdmake.market.models import AccessKey, Requester
from crowdmake.market.serving import keys

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "key", "Access keys of requesters: make, list, rotate, revoke.")
    make = common.command(own, "make", "Make a key; its secret is shown this once.", _make)
    make.add_argument("requester", nargs="?", default=REQUESTER, help="(default: %(default)s)")
    list_ = common.command(own, "list", "List the keys, without their secrets.", _list)
    list_.add_argument("requester", nargs="?", help="only this requester's")
    common.add_json(list_)
    text = (
        "Make a new key for the same requester and revoke this one at once."
        " For a change without a gap: make a key, use it everywhere, then revoke the old one."
    )
    common.command(own, "rotate", text, _rotate).add_argument("key_id", metavar="KEY_ID")
    text = "Revoke a key, for good: it is refused from the next request on."
    common.command(own, "revoke", text, _revoke).add_argument("key_id", metavar="KEY_ID")


def _make(arguments: Namespace) -> None:
    store, vault = common.opened_with_vault(arguments)

    def make(_: object) -> keys.NewKey:
        return keys.make(_requester(arguments.requester), vault)

    _show_once(store.run(make))


def _requester(name: str) -> Requester:
    """Return the requester; the one that an embedded market also makes by itself is made."""
    return requesters.ensure(name) if name == REQUESTER else common.requester_named(name)


def _list(arguments: Namespace) -> None:
    store = common.opened(arguments)
    with store.reading():
        found = AccessKey.objects.select_related("requester").order_by("pk")
        if arguments.requester:
            found = found.filter(requester=common.requester_named(arguments.requester))
        rows = common.of_each(
            found,
            key=lambda each: each.key_id,
            requester=lambda each: each.requester.name,
            created=lambda each: each.created_at,
            last_used=lambda each: each.last_used_at,
            revoked=lambda each: each.revoked_at,
        )
    common.show(rows, as_json=arguments.json)


def _rotate(arguments: Namespace) -> None:
    store, vault = common.opened_with_vault(arguments)
    _show_once(store.run(lambda _: keys.rotate(arguments.key_id, vault)))


def _revoke(arguments: Namespace) -> None:
    common.opened(arguments).run(lambda _: keys.revoke(arguments.key_id))
    common.say(f"{arguments.key_id} is revoked.")


def _show_once(key: keys.NewKey) -> None:
    common.say(f"AWS_ACCESS_KEY_ID={key.key_id}")
    common.say(f"AWS_SECRET_ACCESS_KEY={key.secret}")
    common.note("The secret is not shown again.")
