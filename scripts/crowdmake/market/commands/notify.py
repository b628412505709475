"""`crowdmake market notify`: where notifications may go, their secrets, and what became of them."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crowdmake.market.commands import common
from crowdmake.market.embedded import REQUESTER
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import AllowedHost, Event, Requester
from crowdmake.market.notifications import destinations, transports

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    own = common.group(subparsers, "notify", "Notifications: hosts, secrets, and what was sent.")
    text = "Let requesters have notifications sent to a host, at whatever port."
    allow = common.command(own, "allow", text, _allow)
    allow.add_argument("host", help="a name or an address, without a port")
    allow.add_argument(
        "--private", action="store_true", help="also where its address is not a public one"
    )
    text = "Let no more notifications be sent to a host, those that wait included."
    common.command(own, "deny", text, _deny).add_argument("host")
    common.add_json(common.command(own, "hosts", "List the hosts that are allowed.", _hosts))
    text = (
        "Make a new secret that signs a requester's notifications to URLs (Standard Webhooks)."
        " It is shown this once, and the former one ends at once."
    )
    secret = common.command(own, "secret", text, _secret)
    secret.add_argument("requester", nargs="?", default=REQUESTER, help="(default: %(default)s)")
    text = "End a requester's secret: nothing is sent to URLs for it until there is a new one."
    end = common.command(own, "end-secret", text, _end_secret)
    end.add_argument("requester", nargs="?", default=REQUESTER, help="(default: %(default)s)")
    text = "List what was to be told in the last 30 days, and whether it arrived."
    list_ = common.command(own, "list", text, _list)
    list_.add_argument("--undelivered", action="store_true", help="only what did not arrive (yet)")
    common.add_json(list_)


def _allow(arguments: Namespace) -> None:
    host = _host(arguments.host)
    if not arguments.private and destinations.is_private_address(host):
        raise OperatorError(f"{host} is not a public address: allow it with --private")
    common.opened(arguments).run(
        lambda _: AllowedHost.objects.update_or_create(
            host=host, defaults={"private": arguments.private}
        )
    )
    where = "wherever it is" if arguments.private else "at public addresses"
    common.say(f"Notifications may be sent to {host}, {where}.")


def _deny(arguments: Namespace) -> None:
    host = _host(arguments.host)
    found = common.opened(arguments).run(lambda _: AllowedHost.objects.filter(host=host).delete())
    if not found[0]:
        raise OperatorError(f"{host} is not among the hosts that are allowed")
    common.say(f"No more notifications are sent to {host}.")


def _hosts(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        rows = common.of_each(
            AllowedHost.objects.order_by("host"),
            host=lambda each: each.host,
            private=lambda each: each.private,
        )
    common.show(rows, as_json=arguments.json)


def _secret(arguments: Namespace) -> None:
    store, vault = common.opened_with_vault(arguments)
    requester = common.requester_named
    secret = store.run(lambda _: transports.new_secret(requester(arguments.requester), vault))
    common.say(secret)
    common.note("The secret is not shown again.")


def _end_secret(arguments: Namespace) -> None:
    def end(_: object) -> None:
        requester = common.requester_named(arguments.requester)
        Requester.objects.filter(pk=requester.pk).update(notification_secret="")

    common.opened(arguments).run(end)
    common.say(f"{arguments.requester} has no notification secret.")


def _list(arguments: Namespace) -> None:
    with common.opened(arguments).reading():
        found = Event.objects.select_related("requester").order_by("pk")
        if arguments.undelivered:
            found = found.filter(delivered_at__isnull=True)
        rows = common.of_each(
            found,
            time=lambda each: each.event_time,
            event=lambda each: each.event_type,
            requester=lambda each: each.requester.name,
            hit=lambda each: each.hit_id,
            assignment=lambda each: each.assignment_id,
            destination=lambda each: each.destination,
            state=_state,
            attempts=lambda each: each.attempts,
            next_attempt=lambda each: each.next_attempt,
            failure=lambda each: each.failure,
            document=lambda each: each.document_id,
        )
    common.show(rows, as_json=arguments.json)


def _state(event: Event) -> str:
    if event.delivered_at:
        return "delivered"
    return "waiting" if event.next_attempt else "given up"


def _host(text: str) -> str:
    try:
        return destinations.host_name(text)
    except ValueError as error:
        raise OperatorError(str(error)) from None
