"""Previews in a real browser, opened as files, without a network."""

import html
import json
import re
import subprocess
from pathlib import Path

import pytest
from crowdmake.inputs.rows import Row
from crowdmake.rendering.rendered import write_previews
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
    page = next(iter(write_previews(tmp_path / "out", Path("i"), [row], template, [])))
    found = re.search(r'<pre id="seen">(.*?)</pre>', _dom(page, tmp_path), re.DOTALL)
    from urllib.parse import unquote

    seen = json.loads(unquote(html.unescape(found[1])))
    assert seen["direct"] == seen["parsed"] == seen["data"] == value
    assert seen["text"] == seen["title"] == value["text"]
    assert seen["elements"] == 4


@pytest.mark.parametrize("name", ["row-1", "no-input"])
def test_sample(tmp_path, name):
    """The sample's page opens from a file, says that it is a preview, and cannot be submitted."""
    from crowdmake.inputs.rows import read_rows

    rows = read_rows(ROOT / "input/messages.jsonl").rows
    template = ROOT / "hit_templates/sort_messages.html"
    list(write_previews(tmp_path / "out", Path("i"), rows, template, []))
    dom = _dom(tmp_path / "out" / f"{name}.html", tmp_path)
    assert re.search(r'<button type="submit" id="submit" disabled="">', dom)
    assert 'id="preview" role="status" hidden' not in dom
    assert ("Can I change the delivery address" in dom) == (name == "row-1")
