"""How long the workers' site takes for a page: python tests/bench/bench_site.py.

A hundred workers browse a market that keeps 100,000 HITs in 200 groups: each looks at the list,
at a preview with the HIT's page, accepts, works, submits, and looks at the queue, and so on. They
ask for 50 pages a second together, whether or not earlier pages have come: what a page takes is
counted from the moment at which it was due, so that nothing is spared by a late answer.

`crowdmake market` answers, as it is started by default, on SQLite and on PostgreSQL, both of which
wait for the disk; the workers are threads of this process. The baseline is the site's style sheet,
asked for in the same way, which takes what the server and the client take without a page. Client,
server and database share the machine's cores; the figures that the project states are from two
cores that had nothing else to do (`taskset -c 0,1 python ...`).

pages       how many were asked for; errors: how many of them were not answered as they should be
median, 99 %, worst   in milliseconds
of static   the median as a multiple of the style sheet's
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from crowdmake.market import operator  # noqa: E402
from crowdmake.market.embedded import open_market  # noqa: E402
from crowdmake.market.serving.vault import Vault, make_key_file  # noqa: E402
from crowdmake.market.site import static  # noqa: E402
from crowdmake.market.stores import Location  # noqa: E402
from market_servers import running  # noqa: E402
from postgresql import new_database, server  # noqa: E402
from site_load import Page, browse  # noqa: E402
from site_stock import fill, signed_in  # noqa: E402

WORKERS = 100
PER_SECOND = 50
HITS, QUICK_HITS = 100_000, 10_000
SECONDS, QUICK_SECONDS = 30, 6
STATIC_SECONDS = 6
STATIC = "static file"


def main() -> None:
    """Print a table for each kind of database."""
    parser = argparse.ArgumentParser(description="Measure the workers' site.")
    parser.add_argument("--quick", action="store_true", help="10,000 HITs, a fifth of the time")
    quick = parser.parse_args().quick
    hits, seconds = (QUICK_HITS, QUICK_SECONDS) if quick else (HITS, SECONDS)
    cores = len(os.sched_getaffinity(0))
    print(f"{WORKERS} workers, {PER_SECOND} pages a second, {hits:,} HITs, {cores} cores")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder, server(durable=True) as postgresql:
        _table("SQLite", Path(folder) / "market.sqlite3", Path(folder), hits, seconds)
        _table("PostgreSQL", new_database(postgresql), Path(folder), hits, seconds)


def _table(name: str, location: Location, folder: Path, hits: int, seconds: float) -> None:
    key_file = folder / "market.key"
    make_key_file(key_file)
    operator.migrate(location)
    market = open_market(location)
    groups = fill(market, hits)
    sessions = signed_in(market, Vault(key_file), WORKERS)
    market.close()
    with running(location, key_file) as address:
        style = static.address("site.css")
        alone = browse(address, sessions, groups, PER_SECOND, STATIC_SECONDS, style)
        pages = browse(address, sessions, groups, PER_SECOND, seconds)
    _print(name, [Page(STATIC, each.milliseconds, each.error) for each in alone], pages)


def _print(name: str, alone: Sequence[Page], pages: Sequence[Page]) -> None:
    usual = median(each.milliseconds for each in alone)
    columns = f"{'pages':>8}{'errors':>8}{'median':>9}{'99 %':>9}{'worst':>9}{'of static':>11}"
    print(f"\n{name:12}{columns}")  # noqa: T201
    kinds = sorted({each.kind for each in pages})
    rows = [
        (STATIC, alone),
        *((kind, [one for one in pages if one.kind == kind]) for kind in kinds),
    ]
    for kind, seen in [*rows, ("all pages", pages)]:
        taken = sorted(each.milliseconds for each in seen)
        middle, late = median(taken), taken[int(len(taken) * 0.99)]
        wrong = sum(bool(each.error) for each in seen)
        line = f"{kind:12}{len(taken):8}{wrong:8}{middle:9.1f}{late:9.1f}{taken[-1]:9.1f}"
        print(f"{line}{middle / usual:11.1f}")  # noqa: T201
    for error in sorted({each.error for each in pages if each.error})[:5]:
        print(f"  {error}")  # noqa: T201


if __name__ == "__main__":
    main()
