"""Any row at all, on the page that requesters write."""

import json
import re

import pytest
from crowdmake.rendering.renderer import Renderer, html_question
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

TEMPLATE = """<!DOCTYPE html><html><head><title>t</title></head><body>
<script type="application/json" id="data">{{ input }}</script>
<script id="code">var x = {{ input }};</script>
<p id="double" data-x="{{ input }}"></p><p id="single" data-x='{{ input|tojson }}'></p>
<div id="text">{{ input }}</div>{% if input is mapping and input.plain is defined -%}
<h1 title="{{ plain }}">{{ plain }}</h1><textarea>{{ plain }}</textarea><pre>{{ plain }}</pre>
{%- else %}<h1></h1><textarea></textarea><pre></pre>{% endif %}
<img src="a.png"></body></html>"""
ELEMENTS = 13

HOSTILE = st.sampled_from(
    ["'", '"', "</script>", "<script>", "]]>", "<!--", "-->", "\u2028", "\u2029", "😀", "\x00",
     "{{", "{{ 7*7 }}", "{%", "\\", "&lt;", "&", "`", "${", "\r\n", "\n", "\ud800", "\ufffe",
     "\x85", "</textarea>", "</pre>", "__proto__", "range", "items", "\ue000", "\ufeff"]
)  # fmt: skip
TEXTS = st.lists(HOSTILE | st.text(max_size=5), max_size=4).map("".join)
SCALARS = (
    TEXTS
    | st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
ROWS = st.recursive(
    SCALARS, lambda rows: st.lists(rows, max_size=3) | st.dictionaries(TEXTS, rows, max_size=3)
)
PRINTABLE = TEXTS.map(
    lambda text: re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
)


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    path = tmp_path_factory.mktemp("template") / "page.html"
    path.write_text(TEMPLATE)
    return Renderer(path, [path.parent])


def sent(renderer: Renderer, row: object) -> LexborHTMLParser:
    """Return the page of a row as a worker's browser parses it from the question."""
    page = renderer.page(row)
    assert max(map(ord, page)) < 0x10000
    question = fromstring(html_question(page, 0))
    assert question[0].text == page
    return LexborHTMLParser(question[0].text, scripting=True)


@given(row=ROWS)
def test_every_place_holds_the_row(renderer: Renderer, row: object) -> None:
    """Scripts, attributes and text all hold the row's JSON, and nothing else changes."""
    if isinstance(row, dict):
        row.pop("plain", None)
    page = sent(renderer, row)
    assert len(page.css("*")) == ELEMENTS
    code = page.css_first("#code").text().removeprefix("var x = ").removesuffix(";")
    texts = [
        page.css_first("#data").text(),
        code.replace('["__proto__"]:', '"__proto__":'),
        page.css_first("#double").attributes["data-x"],
        page.css_first("#single").attributes["data-x"],
        page.css_first("#text").text(),
    ]
    for text in texts:
        assert json.loads(text or "", parse_int=float) == row  # as JavaScript reads numbers


@given(text=PRINTABLE)
def test_text_comes_out_equal(renderer: Renderer, text: str) -> None:
    """A value printed as text is that text again, in elements, fields and attributes."""
    page = sent(renderer, {"plain": text})
    assert len(page.css("*")) == ELEMENTS
    assert page.css_first("h1").text() == text
    assert (page.css_first("h1").attributes["title"] or "") == text
    assert page.css_first("textarea").text() == text
    assert page.css_first("pre").text() == text
