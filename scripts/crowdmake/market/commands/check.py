"""`crowdmake market check`: whether workers may come from other machines."""

from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from crowdmake.market.commands import common
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Site
from crowdmake.market.serving.proxies import Network
from crowdmake.market.serving.vault import Vault
from crowdmake.market.site import hosts, safety

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers

HOST = "127.0.0.1"


def add(subparsers: "Subparsers") -> None:
    """Add the command."""
    text = (
        "Say what is unsafe about the site where other machines reach it, a line each, with exit"
        " code 1. Give it the --host and --proxy that you give to crowdmake market, which checks"
        " the same when it starts."
    )
    add_network(common.command(subparsers, "check", text, _check), again=True)


def add_network(parser: ArgumentParser, *, again: bool = False) -> None:
    """Add the options that say where the market listens, and what is believed.

    What stands before a subcommand holds unless they are given ``again``.
    """
    help_ = f"where the market listens (default: {HOST})"
    parser.add_argument("--host", default=SUPPRESS if again else HOST, help=help_)
    parser.add_argument(
        "--proxy",
        type=_network,
        action="append",
        default=SUPPRESS if again else [],
        metavar="ADDRESS",
        help="a proxy before the market, or a network of them: its X-Forwarded-For is believed, and"
        " with a --host that other machines reach it alone is let to the workers' site; may be"
        " given several times",
    )


def problems(arguments: Namespace, site: Site) -> list[str]:
    """Return what is unsafe, a line each."""
    found = safety.problems(site)
    if hosts.is_public(site) and not arguments.proxy:
        near = hosts.is_loopback(arguments.host)
        why = (
            "all workers seem to come from the proxy, and share its limits"
            if near
            else f"the market listens at {arguments.host} for all, without encryption"
        )
        found.append(f"{why}: name the proxy with TLS that stands before it, --proxy ADDRESS")
    return found


def _check(arguments: Namespace) -> int:
    store = common.opened(arguments)
    with store.reading():
        site = Site.stated()
    found = [*problems(arguments, site), *_of_key_file(arguments)]
    for each in found:
        common.note(f"error: {each}")
    if found:
        return 1
    if hosts.is_public(site):
        common.say(f"Workers may come to {site.address}.")
    else:
        common.say("The site is reached on this machine alone; nothing is unsafe about that.")
    return 0


def _of_key_file(arguments: Namespace) -> list[str]:
    path = common.key_file(arguments)
    if not path.exists():
        return []
    try:
        Vault(path)
    except OperatorError as error:
        return [str(error)]
    return []


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ArgumentTypeError(
            f"expected an address such as 10.0.0.2, or a network such as 10.0.0.0/24, not {text!r}"
        ) from None
