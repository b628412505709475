"""`crowdmake market run`: a program of any age whose Mechanical Turk is this market."""

from argparse import REMAINDER, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING

from crowdmake.market import requesters, timekeeper
from crowdmake.market.commands import common
from crowdmake.market.embedded import REQUESTER, Trusted
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.protocol import wire
from crowdmake.market.running import program

if TYPE_CHECKING:
    from crowdmake.market.commands.common import Subparsers
    from crowdmake.market.stores import Store

NOT_FOUND = 127
NOT_STARTED = 126

HELP = "Run a program so that Amazon's Mechanical Turk is this market for it."
DESCRIPTION = f"""{HELP}

  crowdmake market run -- python launch_hits.py --prod

Sandbox and production alike lead here, whether the program names them or leaves that to its
AWS library, and it is this experiment's requester whatever keys it signs with. Everything else
that it connects to stays as it is. Its input, output and exit code are its own.

The program, and whatever it starts, is led here by environment variables: HTTPS_PROXY and its
kin, AWS_CA_BUNDLE and its kin, AWS_ENDPOINT_URL_MTURK, and keys and a region where it has none.
Python programs follow them through boto3, requests and urllib, on aiohttp with trust_env. Not
reached are programs that name a proxy or a certificate bundle of their own in their code, that
switch the environment off (requests' trust_env = False), that speak the API as it was before 2017
(boto 2), or whose runtime or AWS library heeds no such variables (Java; the AWS SDKs for
JavaScript; Node.js before 22.21). These, and those that let the endpoint be chosen, can be given
a key (crowdmake market key) and the address of `crowdmake market`.
"""


def add(subparsers: "Subparsers") -> None:
    """Add the command."""
    parser = common.command(subparsers, "run", HELP, _run)
    parser.usage = "%(prog)s [--database PLACE] [--key-file FILE] -- COMMAND [ARGUMENT ...]"
    parser.description = DESCRIPTION
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument("program", nargs=REMAINDER, metavar="COMMAND", help="and its arguments")


def _run(arguments: Namespace) -> int:
    command = arguments.program[arguments.program[:1] == ["--"] :]
    if not command:
        raise OperatorError("no COMMAND to run: crowdmake market run -- COMMAND [ARGUMENT ...]")
    store = _store(arguments)
    requester = store.run(lambda _: requesters.ensure(REQUESTER))
    respond = partial(wire.respond, store, Trusted(requester))
    with _time_kept(store):
        try:
            return program.run(respond, command)
        except program.NotStarted as error:
            common.note(f"error: {error}")
            return NOT_FOUND if isinstance(error.__cause__, FileNotFoundError) else NOT_STARTED


def _store(arguments: Namespace) -> "Store":
    """Return the store; without the key file, notifications that are to be signed wait for it."""
    if common.key_file(arguments).exists():
        return common.opened_with_vault(arguments)[0]
    return common.opened(arguments)


@contextmanager
def _time_kept(store: "Store") -> Iterator[None]:
    """Do what falls due, and send notifications, while the program runs."""
    stop = Event()
    thread = Thread(target=timekeeper.keep, args=(store, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
