"""What the promises cost, as ratios to doing without them: python tests/bench/bench_pipeline.py.

Each line compares Crowdmake with a stated baseline in the same run on the same machine:

render   a page with every value checked and escaped for its place / the same template
         rendered by plain Jinja2
launch   HITs with reservation, intent and receipt on the disk / bare CreateHIT calls from as
         many threads
poll     one round over half-answered HITs / GetHIT and ListAssignmentsForHIT for each HIT, as
         simple-amt does it; in seconds and in calls
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from crowdmake import crowd  # noqa: E402
from crowdmake.calls import in_flight  # noqa: E402
from crowdmake.client import in_process  # noqa: E402
from crowdmake.configuration.config import Configuration, read_config  # noqa: E402
from crowdmake.harvesting import harvest  # noqa: E402
from crowdmake.inputs.rows import read_rows  # noqa: E402
from crowdmake.launching import launch  # noqa: E402
from crowdmake.ledgers.batches import Batch  # noqa: E402
from crowdmake.market.crowd import work  # noqa: E402
from crowdmake.market.embedded import open_market  # noqa: E402
from crowdmake.money.spending import Spending  # noqa: E402
from crowdmake.rendering import rendered  # noqa: E402
from jinja2 import Environment  # noqa: E402

HITS = 500
TEMPLATE = Path("hit_templates/sort_messages.html")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _say(name: str, ours: float, baseline: float, unit: str) -> None:
    print(f"{name:8} {ours:10.2f} {baseline:10.2f} {unit:8} ratio {ours / baseline:6.2f}")  # noqa: T201


def main() -> None:
    """Print a line per comparison."""
    with tempfile.TemporaryDirectory() as folder, chdir(ROOT):
        configuration = Configuration(read_config(), ROOT)
        properties = configuration.hit("bench").properties
        sample = read_rows(Path("input/messages.jsonl")).rows
        source = Path(folder) / "bench.jsonl"
        lines = Path("input/messages.jsonl").read_text(encoding="utf-8").splitlines()
        source.write_text("".join(f"{lines[n % len(lines)]}\n" for n in range(HITS)), "utf-8")
        rows = read_rows(source).rows
        pages: list[dict[str, object]] = []

        def render() -> None:
            shown = {name: properties[name] for name in ("Title", "Description", "FrameHeight")}
            page = rendered.page_of(str(TEMPLATE), [], None)
            pages.extend(rendered.render_rows(source, read_rows(source), page, shown, print))

        plain = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
        ours = _timed(render)
        _say("render", ours, _timed(lambda: [plain.render(**row.value) for row in rows]), "s")

        market = open_market(Path(folder) / "ours.sqlite3")
        client = in_process(market)
        batch = Batch("bench", "local", Path(folder))
        terms = launch.Terms("bench", properties, "amazon")
        spending = Spending("local", None, Path(folder))
        client.get_account_balance()
        ours = _timed(lambda: launch.launch(client, batch, pages, terms, spending, print))

        bare = in_process(open_market(Path(folder) / "bare.sqlite3"))
        bare.get_account_balance()
        sent = {k: v for k, v in properties.items() if k != "FrameHeight"}

        def create(page: dict[str, object]) -> None:
            bare.create_hit(**sent, Question=page["question"])

        _say("launch", ours, _timed(lambda: list(in_flight(create, pages))), "s")

        market = open_market(Path(folder) / "ours.sqlite3")
        settings = configuration.crowd or {}
        tasks = crowd.tasks(settings, batch.read(), rows)
        work(market, tasks[::2], crowd.workers(settings, tasks), seed=1)
        calls: Counter[str] = Counter()
        client.meta.events.register(
            "before-call.mturk", lambda model, **_: calls.update([model.name])
        )
        hits = [hit.hit_id for hit in batch.read().hits.values()]

        def naive(hit: str) -> None:
            client.get_hit(HITId=hit)
            client.list_assignments_for_hit(HITId=hit)

        baseline = _timed(lambda: list(in_flight(naive, hits)))
        baseline_calls = calls.total()
        calls.clear()
        ours = _timed(lambda: harvest.poll(client, batch, print))
        _say("poll", ours, baseline, "s")
        _say("poll", calls.total(), baseline_calls, "calls")
        assert len(sample) < HITS


if __name__ == "__main__":
    print(f"{'':8} {'crowdmake':>10} {'baseline':>10}")  # noqa: T201
    main()
