"""`crowdmake market`: serve over HTTP."""

import logging
import resource
import shlex
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address

from crowdmake.market import requesters
from crowdmake.market.commands import check, common
from crowdmake.market.commands.links import PORT
from crowdmake.market.embedded import REQUESTER
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Site
from crowdmake.market.serving import access, processes
from crowdmake.market.serving.access import AccessLog
from crowdmake.market.serving.processes import Service
from crowdmake.market.serving.proxies import Proxies
from crowdmake.market.stores import Store

BACKLOG = 1024


def add(parser: ArgumentParser) -> None:
    """Let the command serve where no subcommand is given."""
    common.add_places(parser)
    check.add_network(parser)
    parser.add_argument("--port", type=_port, default=PORT, help="(default: %(default)s)")
    parser.add_argument(
        "--processes",
        type=_number,
        default=2,
        help="how many processes answer requests (default: %(default)s)",
    )
    parser.set_defaults(run=_serve)


def _serve(arguments: Namespace) -> int:
    store, vault = common.opened_with_vault(arguments)
    store.run(lambda _: requesters.ensure(REQUESTER))
    ahead = _time_ahead(store)
    with store.reading():
        site = Site.stated()
    store.close()
    unsafe = check.problems(arguments, site)
    for each in unsafe:
        common.note(f"error: {each}")
    if unsafe:
        return 1
    _log_to_stderr()
    _allow_open_files()
    with _listening(arguments.host, arguments.port) as listening:
        service = Service(
            common.location(arguments),
            vault,
            AccessLog(common.beside(arguments, access.DIRECTORY)),
            Proxies(arguments.proxy),
        )
        announce = partial(_announce, arguments, listening.getsockname()[:2], ahead, site)
        processes.serve(listening, service, arguments.processes, announce)
    return 0


def _allow_open_files() -> None:
    """Take as many open files as the system lets this process have: a connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listening(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises OperatorError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        # Python adds the address once more.
        why = (getattr(error, "strerror", "") or "not an address").partition(" (while")[0]
        raise OperatorError(f"cannot listen at {host} port {port}: {why}") from None


def _time_ahead(store: Store) -> datetime | None:
    """Return where simulated workers have moved the market's clock, if that is still to come."""
    with store.reading() as now:
        return now if now > datetime.now(UTC) else None


def _names_a_password(arguments: Namespace) -> bool:
    place = common.location(arguments)
    return common.shown(place) != str(place)


def _options(arguments: Namespace) -> str:
    """Return the options with which other commands mean the same market."""
    given = {"--database": arguments.database, "--key-file": arguments.key_file}
    return "".join(f" {name} {shlex.quote(str(each))}" for name, each in given.items() if each)


def _announce(
    arguments: Namespace, bound: tuple[str, int], ahead: datetime | None, site: Site
) -> None:
    address, port = bound
    place = common.location(arguments)
    shown = f"[{address}]" if ":" in address else address
    common.say(f"The market {common.shown(place)} is served at")
    common.say(f"  http://{shown}:{port}")
    options = "" if _names_a_password(arguments) else _options(arguments)
    common.say(f"A boto3 program reaches it with a key (crowdmake market key make{options}) and")
    common.say(f"  AWS_ENDPOINT_URL_MTURK=http://{shown}:{port} AWS_DEFAULT_REGION=us-east-1")
    if ahead:
        common.say(
            f"Simulated workers moved this market's clock to {ahead:%Y-%m-%d %H:%M:%S}Z: nothing"
            " falls due before that."
        )
    if not ip_address(address).is_loopback and not arguments.proxy:
        common.say(
            "Other machines reach it, too. Nothing is encrypted: put a proxy with TLS before it"
            " that passes the Host header on."
        )
    workers = _workers_address(site, address, port)
    if workers:
        common.say(f"Workers reach the site at {workers}")
    sys.stdout.flush()


def _workers_address(site: Site, address: str, port: int) -> str:
    """Return where the workers' site is, "" where nobody can reach it."""
    bound = ip_address(address)
    if site.address:
        return site.address
    return f"http://localhost:{port}" if bound.is_loopback or bound.is_unspecified else ""


def _log_to_stderr() -> None:
    # What browsers ask for in vain is in the access log, and paths may hold tokens.
    for name in ("django.request", "django.security"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("django.request").addFilter(_without_tokens)
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _without_tokens(record: logging.LogRecord) -> bool:
    """Take what lets somebody in out of the paths that Django names."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            access.shown(each) if isinstance(each, str) and each.startswith("/") else each
            for each in record.args
        )
    return True


class _Printable(logging.Formatter):
    """Spells out every control character: what clients send ends up here."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of the record."""
        return "\n".join(map(common.printable, super().format(record).split("\n")))


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise ArgumentTypeError(f"expected a number from 0 to 65535, not {text!r}")


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 64:
        return int(text)
    raise ArgumentTypeError(f"expected a number from 1 to 64, not {text!r}")
