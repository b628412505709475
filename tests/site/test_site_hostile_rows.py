"""Any JSON value goes from its row to a worker's browser on the site and comes back, or is refused."""

import json
import re
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from crowdmake.configuration.properties import complete
from crowdmake.exceptions import UserError
from crowdmake.harvesting import views
from crowdmake.harvesting.harvest import poll
from crowdmake.inputs.rows import scan_rows
from crowdmake.launching.launch import Terms, launch
from crowdmake.ledgers.batches import Batch
from crowdmake.market.models import Account
from crowdmake.money.spending import Spending
from crowdmake.rendering.rendered import render_rows, renderer
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from json_values import HARD, TEXT, VALUES, is_sound, same

# It hands in by itself: with the next HIT accepted automatically, one after the other is done.
ECHO = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Echo</title></head><body>
{% include "simpleamt.html" %}
<input type="hidden" name="direct" form="results-form">
FIELDS<script>
  const row = {{ input }};
  document.getElementsByName("direct")[0].value = JSON.stringify(row);
  simpleamt.setupSubmit();
  simpleamt.setOutput({ input: simpleamt.getInput("none"), direct: row, SHOWN });
  document.getElementById("results-form").requestSubmit();
</script></body></html>"""
FIELDS = """<pre id="text" title="{{ value }}">{{ value }}</pre>
<input type="hidden" name="attribute" value="{{ value }}" form="results-form">
<textarea name="area" form="results-form">{{ value }}</textarea>
"""
SHOWN = """text: document.getElementById("text").textContent,
  title: document.getElementById("text").title, quoted: JSON.parse('{{ value|tojson }}')"""
ADDRESSES = [
    "https://www.mturk.com/mturk/externalSubmit",
    "https://www.mturk.com",
    "//workersandbox.mturk.com/",
    '<script src="https://code.jquery.com/jquery-1.9.js"></script>',
    "src='https://s3.amazonaws.com/mturk-public/externalHIT_v1.js'",
    '<form action="/mturk/externalSubmit"><meta name="crowdmake" content="storage">',
    "localStorage, document.cookie, turkSubmitTo, a|b, &#0;&#x110000;&amp;",
]
NUMBERS = [-0.0, 1e22, 5e-324, 1.5, 2**53 - 1, 1 - 2**53, 1e300, 1.7976931348623157e308, 0.1]
OBJECTS = [
    {"__proto__": {"a": 1}, "constructor": None, "": [], "10": 1, "9": 2},
    {"input": 1, "row": 2, "loop": 3, "self": 4, "toString": 5, "assignmentId": "3OTHER"},
    {"a": [{"b": [[[[{"c": [None, True, False, "", {}]}]]]]}]},
]
# As it is found: each round of a failure that were made smaller would take seconds.
EFFORT = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SOME = st.lists(VALUES, min_size=1, max_size=6)
NOT_ON_A_PAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Travelled(NamedTuple):
    """What became of rows: of some, by their lines, the reason to refuse them; the others' answers."""

    refused: dict[int, str]
    records: list[dict]


class Lab:
    """An experiment on the served market, and the worker who does its HITs in Chromium."""

    def __init__(self, folder: Path, origin: str, client, page, monkeypatch) -> None:
        self.folder, self.origin, self.client, self.page = folder, origin, client, page
        self.go_to, self.rounds = monkeypatch.chdir, count(1)
        self.template = folder / "hit_templates/echo.html"
        self.template.parent.mkdir()
        self.echo()

    def echo(self, fields: str = "", shown: str = "") -> None:
        """Take the page that answers with its row, and with what else it shows of it."""
        page = ECHO.replace("FIELDS", fields).replace("SHOWN", shown)
        self.template.write_text(page, encoding="utf-8")

    def travel(self, values: list) -> Travelled:
        """Send values as rows the whole way; lines that are refused are taken out."""
        folder = self.folder / str(next(self.rounds))
        path = folder / "input/main.jsonl"
        path.parent.mkdir(parents=True)
        self.go_to(folder)
        lines = [json.dumps(value, ensure_ascii=False) for value in values]
        try:
            return Travelled({}, self.done(path, lines))
        except UserError as error:
            refused = dict(each for line in error.lines for each in reasons(path, line))
        kept = [line for number, line in enumerate(lines, 1) if number not in refused]
        return Travelled(refused, self.done(path, kept) if kept else [])

    def done(self, path: Path, lines: list[str]) -> list[dict]:
        """Return the records of the rows; raises UserError before anything is launched."""
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        name = f"echo-{path.parent.parent.name}"
        properties = complete({"Title": name, "Description": "Echo", "Reward": "0.01"})
        rows, page = scan_rows(path), renderer(self.template, [])
        rendered = render_rows(path, rows, page, properties, print)
        batch, spending = Batch("main", self.origin), Spending(self.origin, "100")
        launch(self.client, batch, rendered, Terms(name, properties, "amazon"), spending, print)
        self.work(batch.read().hits)
        assert poll(self.client, batch, print) == len(rows.rows)
        return list(views.assignments("main", batch.read(), rows.rows))

    def work(self, hits: dict) -> None:
        """Accept the first HIT; the pages do the rest."""
        group = next(iter(hits.values())).created["hit_group_id"]
        self.page.goto(f"/projects/{group}/tasks")
        self.page.get_by_role("button", name="Accept").click()
        self.page.wait_for_url("**/projects", timeout=10_000 + 2_000 * len(hits))
        assert self.page.said == []


def reasons(path: Path, line: str):
    """Yield the lines of a file that a message is about, with what it says."""
    found = re.fullmatch(rf"{re.escape(str(path))}:(\d+): (.*?)(?: \(also in line (.*)\))?", line)
    assert found, line
    for number in [found[1], *(found[3] or "").split(", ")]:
        if number:
            yield int(number), found[2]


@pytest.fixture
def lab(tmp_path, monkeypatch, origin, client, page, market, account):
    market.run(lambda _: Account.objects.filter(pk=account.pk).update(accept_next=True))
    return Lab(tmp_path, origin, client, page, monkeypatch)


@EFFORT
@given(SOME)
@example([*HARD, *ADDRESSES])
@example(["".join(HARD), "".join(ADDRESSES), {"".join(HARD): ADDRESSES, ADDRESSES[0]: 1}])
@example([*NUMBERS, NUMBERS, None, True, "", [], {}, *OBJECTS])
@example(["x" * 30_000, "\u2028" * 5_000, ["\ud800"], 2**53, -(10**400), {"\udfff": 1}, "x" * 70_000])  # fmt: skip
def test_any_row_comes_back(lab, values):
    """What JavaScript sees of a row arrives equal in the results, or its line is refused before anything is launched."""
    found = lab.travel(values)
    large = "bytes long; a market takes at most 65,535"
    for number, value in enumerate(values, 1):
        if len(str(value)) > 65_535:
            assert large in found.refused[number]
        else:
            assert (number in found.refused) == (not is_sound(value)), found.refused
    sent = [value for number, value in enumerate(values, 1) if number not in found.refused]
    assert len(found.records) == len(sent)
    for value, record in zip(sent, found.records, strict=True):
        assert same(record["input"], value)
        assert same(record["output"], {"input": value, "direct": value}), record
        # A page that knows nothing of XML loses what XML leaves out, and no more.
        assert same(json.loads(record["answers"]["direct"]), readable(value)), record


@EFFORT
@given(st.lists(TEXT | VALUES, min_size=1, max_size=6))
@example([each for each in HARD if "\x00" not in each] + ADDRESSES)
@example(["".join(each for each in HARD if "\x00" not in each), "\n\r\n\rfirst\n", "\x00", "\ufffe"])  # fmt: skip
@example([*NUMBERS, {"__proto__": "\r\n"}, ["\x00"], OBJECTS])
def test_any_value_comes_back_from_a_pages_fields(lab, values):
    """Text in an element, an attribute, a script's string and a textarea is the row's, anything else is its JSON; what a page cannot hold is refused."""
    lab.echo(FIELDS, SHOWN)
    found = lab.travel([{"value": value} for value in values])
    for number, value in enumerate(values, 1):
        off = isinstance(value, str) and bool(NOT_ON_A_PAGE.search(value))
        assert (number in found.refused) == (off or not is_sound(value)), found.refused
        assert off == ("which a page cannot hold" in found.refused.get(number, ""))
    sent = [value for number, value in enumerate(values, 1) if number not in found.refused]
    for value, record in zip(sent, found.records, strict=True):
        output, answers = record["output"], record["answers"]
        assert same(output["direct"], {"value": value}), record
        assert same(output["quoted"], value), record
        text = value if isinstance(value, str) else output["text"]
        assert same(value if isinstance(value, str) else json.loads(text), value)
        assert output["text"] == output["title"] == text
        # A form has one kind of line break, whoever wrote it.
        posted = re.sub("\r\n|\r|\n", "\r\n", text)
        assert answers["attribute"] == answers["area"] == posted


def readable(value: object) -> object:
    """Return a value as it is once XML has carried its JSON."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(re.sub("[\ufffe\uffff]", "\ufffd", text))
