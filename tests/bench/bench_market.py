"""The market's calls per second beside what its client can do: python tests/bench/bench_market.py.

A client of boto3's makes sixteen calls at a time, of a market that keeps 100 HITs and of one
that keeps 100,000, on SQLite and on PostgreSQL, both of which wait for the disk:

in-process  the market answers in the client's own process, through botocore's transport
HTTP        `crowdmake market` answers, as it is started by default, and checks the signature

The baseline is the client's own limit over HTTP: the same client and threads, answered with
the same body by a server on the market's HTTP server that looks at nothing but the operation's
name. The three take turns, so that what else the machine does disturbs all of them. Client,
server and database share its cores, as they would for a user; the figures that the project
states are from two cores that had nothing else to do (`taskset -c 0,1 python ...`): the market
waits for the disk and is then in line for a core again, which the stub never is.

per s, ms   calls per second, and the latency of the call in the middle
of stub     calls per second as a part of the stub's
slower      how many times as long 100,000 HITs take as 100
"""

import argparse
import itertools
import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from crowdmake.client import in_process  # noqa: E402
from crowdmake.market import operator  # noqa: E402
from crowdmake.market.embedded import EmbeddedMarket, open_market  # noqa: E402
from crowdmake.market.stores import Location  # noqa: E402
from market_load import Load, Parameters, Seen  # noqa: E402
from market_servers import served, stub  # noqa: E402
from market_stock import PER_HIT, PROPERTIES, Stock, fill  # noqa: E402
from postgresql import new_database, server  # noqa: E402

SIZES, QUICK_SIZES = (100, 100_000), (100, 10_000)
ROUNDS, QUICK_ROUNDS = 4, 1
WARM_UP, TURN = 0.4, 0.8
# CreateHIT comes last: it adds to what is stored.
OPERATIONS = {
    "ListHITs": "list_hits",
    "ListAssignmentsForHIT": "list_assignments_for_hit",
    "ApproveAssignment": "approve_assignment",
    "CreateHIT": "create_hit",
}


class Stored(NamedTuple):
    """A market with a number of HITs, and the parameters of calls to it."""

    location: Location
    market: EmbeddedMarket
    parameters: dict[str, Parameters]


class Recorder:
    """Passes requests on to a market and keeps its answers."""

    def __init__(self, market: EmbeddedMarket) -> None:
        self._market = market
        self.answers: dict[str, bytes] = {}

    def respond(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return the market's answer."""
        answer = self._market.respond(headers, body)
        self.answers[headers["X-Amz-Target"].rpartition(".")[2]] = answer[2]
        return answer


def main() -> None:
    """Print a table for each kind of database."""
    parser = argparse.ArgumentParser(description="Compare the market with a stub.")
    parser.add_argument("--quick", action="store_true", help="10,000 HITs, a quarter of the calls")
    quick = parser.parse_args().quick
    sizes, rounds = (QUICK_SIZES, QUICK_ROUNDS) if quick else (SIZES, ROUNDS)
    print(f"{len(os.sched_getaffinity(0))} cores for client, server and database")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder, server(durable=True) as postgresql:
        place = Path(folder)
        _table("SQLite", [place / f"{size}.sqlite3" for size in sizes], sizes, rounds, place)
        databases = [new_database(postgresql) for _ in sizes]
        _table("PostgreSQL", databases, sizes, rounds, place)


def _table(
    name: str,
    locations: Sequence[Location],
    sizes: tuple[int, int],
    rounds: int,
    folder: Path,
) -> None:
    stored = [_stored(*each) for each in zip(locations, sizes, strict=True)]
    few, many = (f"{size:,} HITs" for size in sizes)
    print(f"\n{name:34}{'stub':>16}{few:>25}{many:>25}")  # noqa: T201
    print(f"{'':34}{'per s':>8}{'ms':>8}" + f"{'per s':>9}{'ms':>8}{'of stub':>8}" * 2 + "  slower")  # noqa: T201
    with ExitStack() as stack:
        ways = _ways(stored, folder, stack)
        for operation, method in OPERATIONS.items():
            parameters = [each.parameters[operation] for each in stored]
            for way, loads in ways.items():
                same = itertools.repeat(next(parameters[0]))
                seen = _take_turns(method, loads, [same, *parameters], rounds)
                print(f"{operation:23}{way:11}{_figures(*seen)}")  # noqa: T201


def _ways(stored: list[Stored], folder: Path, stack: ExitStack) -> dict[str, list[Load]]:
    """Return for each way the loads of the stub and of the markets."""
    baseline = Load(stack.enter_context(stub(_answers(stored[0]), folder)))
    key_file = folder / "market.key"
    servers = [served(each.location, each.market, key_file) for each in stored]
    return {
        "in-process": [baseline, *(Load(in_process(each.market)) for each in stored)],
        "HTTP": [baseline, *(Load(stack.enter_context(each)) for each in servers)],
    }


def _stored(location: Location, size: int) -> Stored:
    operator.migrate(location)
    market = open_market(location)
    hit_type = in_process(market).create_hit_type(**PROPERTIES)["HITTypeId"]
    return Stored(location, market, _parameters(fill(market, hit_type, size)))


def _parameters(stock: Stock) -> dict[str, Parameters]:
    """Return what calls of each operation are made with; work is decided in any order."""
    submitted = [{"AssignmentId": each} for each in stock.submitted]
    random.Random(1).shuffle(submitted)
    return {
        "ListHITs": itertools.repeat({"MaxResults": 100}),
        "ListAssignmentsForHIT": itertools.cycle([{"HITId": each} for each in stock.hits]),
        "ApproveAssignment": iter(submitted),
        "CreateHIT": itertools.repeat({**PROPERTIES, **PER_HIT}),
    }


def _answers(stored: Stored) -> dict[str, bytes]:
    """Return a market's answer to one call of each operation."""
    recorder = Recorder(stored.market)
    client = in_process(recorder)
    for operation, method in OPERATIONS.items():
        getattr(client, method)(**next(stored.parameters[operation]))
    return recorder.answers


def _take_turns(
    method: str, loads: list[Load], parameters: list[Parameters], rounds: int
) -> list[Seen]:
    """Return what each load saw."""
    seen = [Seen() for _ in loads]
    for load, each in zip(loads, parameters, strict=True):
        load.run(method, each, WARM_UP, Seen())
    for _ in range(rounds):
        for load, each, one in zip(loads, parameters, seen, strict=True):
            load.run(method, each, TURN, one)
    return seen


def _figures(stub: Seen, few: Seen, many: Seen) -> str:
    line = f"{stub.rate:8.0f}{stub.median_ms:8.1f}"
    for each in (few, many):
        line += f"{each.rate:9.0f}{each.median_ms:8.1f}{each.rate / stub.rate:8.2f}"
    return f"{line}{few.rate / many.rate:8.2f}"


if __name__ == "__main__":
    main()
