"""Previews in a real browser, opened as files, without a network."""

import html
import json
import re
import subprocess
from pathlib import Path

import pytest
from crowdmake.inputs.rows import Row
from crowdmake.rendering.previews import write_previews
from crowdmake.rendering.rendered import renderer
from tools import needed

ROOT = Path(__file__).resolve().parents[2]
PROBE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<script type="application/json" id="row">{{ input }}</script></head>
<body><p id="text">{{ text }}</p><p id="attribute" title="{{ text }}" data-row='{{ input|tojson }}'></p>
<pre id="seen"></pre>
<script>
  const direct = {{ input }};
  const parsed = JSON.parse(document.getElementById("row").textContent);
  const attribute = document.getElementById("attribute");
  document.getElementById("seen").textContent = encodeURIComponent(JSON.stringify({
    direct, parsed, text: document.getElementById("text").textContent,
    title: attribute.title, data: JSON.parse(attribute.dataset.row),
    elements: document.body.children.length,
  }));
</script></body></html>
"""
HIT = {"Title": "T", "Description": "D", "FrameHeight": 0}
HOSTILE = [
    "plain",
    "</script><script>document.body.innerHTML = ''</script>",
    "<!--<script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "a & b &lt; &amp;amp;",
    "line\u2028separator\u2029and\r\nnew\tlines",
    "emoji \U0001f600 and accents ñ é 漢字",
    "]]>",
    "\\u0041 \\",
]


def _dom(page: Path, tmp_path: Path) -> str:
    """Return the document as Chromium has it after its scripts ran."""
    done = subprocess.run(
        [
            needed("chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=2000",
            "--dump-dom",
            page.resolve().as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_hostile_rows(tmp_path):
    """Hostile text reaches a page's script, text and attributes as it was written, and runs nothing."""
    template = tmp_path / "probe.html"
    template.write_text(PROBE, encoding="utf-8")
    value = {"text": "".join(HOSTILE), "all": HOSTILE, "n": 1.5, "none": None}
    row = Row("k-1", 1, 1, value)
    list(write_previews(tmp_path / "out", Path("i"), [row], renderer(template, []), HIT))
    page = tmp_path / "out" / "row-1.html"
    found = re.search(r'<pre id="seen">(.*?)</pre>', _dom(page, tmp_path), re.DOTALL)
    from urllib.parse import unquote

    seen = json.loads(unquote(html.unescape(found[1])))
    assert seen["direct"] == seen["parsed"] == seen["data"] == value
    assert seen["text"] == seen["title"] == value["text"]
    assert seen["elements"] == 4


@pytest.mark.parametrize(
    "body",
    [
        "{% for i in range(n) %}{{ i }}{% endfor %}",
        "{{ '%.2f' % n }}{{ n|round(1) }}{{ n|int + 1 }}{{ n|abs }}{{ -n }}",
        "{% for key, value in input|dictsort %}{{ key }}{% endfor %}",
    ],
)
def test_a_template_that_needs_a_row_is_shown_with_one(tmp_path, body):
    """Where a template fails without input, the rows' pages are there, and that page says why."""
    template = tmp_path / "page.html"
    template.write_text(f"<!DOCTYPE html><title>t</title><p>{body}</p>", encoding="utf-8")
    row = Row("k-1", 1, 1, {"n": 2})
    written = list(write_previews(tmp_path / "out", Path("i"), [row], renderer(template, []), HIT))
    assert [path.name for path in written] == ["index.html", "row-1.html", "no-input.html"]
    told = written[2].read_text(encoding="utf-8")
    assert ("cannot be shown without a row" in told) == ("dictsort" in body)


@pytest.mark.parametrize("name", ["row-1", "no-input"])
def test_sample(tmp_path, name):
    """The sample's page opens from a file, says that it is a preview, and cannot be submitted."""
    from crowdmake.inputs.rows import read_rows

    rows = read_rows(ROOT / "input/messages.jsonl").rows
    template = ROOT / "hit_templates/sort_messages.html"
    list(write_previews(tmp_path / "out", Path("i"), rows, renderer(template, []), HIT))
    dom = _dom(tmp_path / "out" / f"{name}.html", tmp_path)
    assert re.search(r'<button type="submit" id="submit" disabled="">', dom)
    assert 'id="preview" role="status" hidden' not in dom
    assert ("Can I change the delivery address" in dom) == (name == "row-1")


CONTRAST = """(selectors) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const seen = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([red, green, blue]) => [red, green, blue].map((part) => part / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  document.body.style.backgroundColor = "Canvas";
  const ground = light(seen(getComputedStyle(document.body).backgroundColor));
  return Math.min(...selectors.map((selector) => {
    const text = light(seen(getComputedStyle(document.querySelector(selector)).color));
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  }));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_around_can_be_read_by_everybody(trial, scheme):
    """In either colour scheme and on a phone the preview and the answer are readable, whole and named."""
    page = trial.page
    page.set_viewport_size({"width": 360, "height": 720})
    page.emulate_media(color_scheme=scheme)
    trial.show_row(
        '<!DOCTYPE html><html lang="en"><head><title>t</title>'
        "<style>:root { color-scheme: light dark }</style></head><body><h1>x</h1>"
        '<form method="post" action="nowhere"><input name="a" value="{{ text }}">'
        "<button>Go</button></form></body></html>",
        {"text": "w" * 300},
    )
    page.goto((trial.folder / "index.html").as_uri())
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    assert page.evaluate(CONTRAST, ["#title", "#description", "label", "legend"]) >= 4.5
    # A page that has a dark scheme stands on the frame's own ground, so that has to be dark too.
    frame = "getComputedStyle(document.getElementById('frame')).backgroundColor"
    assert page.evaluate(frame) == "rgba(0, 0, 0, 0)"
    assert page.get_by_label("Row").count() == page.get_by_role("group", name="State").count() == 1
    page.goto((trial.folder / "row-1.html").as_uri())
    trial.submit("button")
    assert page.evaluate(fits)
    assert page.evaluate(CONTRAST, ["#outcome", "#problems li", "#back", "th", "pre"]) >= 4.5
    assert page.title() == "A market would refuse this"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/row-1.html*")
