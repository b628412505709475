"""What a page says: rows, input and values in the places that may hold them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from crowdmake.exceptions import UserError
from crowdmake.rendering.renderer import Renderer
from selectolax.lexbor import LexborHTMLParser

Render = Callable[..., str]


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    monkeypatch.chdir(tmp_path)

    def rendered(template: str, row: object, **options: frozenset[str]) -> str:
        Path("page.html").write_text(template, encoding="utf-8")
        return Renderer(Path("page.html"), [Path()], **options).page(row)

    return rendered


def text_of(page: str, selector: str) -> str:
    node = LexborHTMLParser(page, scripting=True).css_first(selector)
    return node.text()


def attribute_of(page: str, selector: str, name: str) -> str | None:
    return LexborHTMLParser(page).css_first(selector).attributes[name]


def refusals(render: Render, template: str, row: object, **options: frozenset[str]) -> list[str]:
    with pytest.raises(UserError) as caught:
        render(template, row, **options)
    return list(caught.value.lines)


HOSTILE = {"a": "</script><!--'\"&]]>\u2028😀\x00\x7f", "n": [1.0, 1e-7, True, None]}


@pytest.mark.parametrize("printed", ["input", "input|tojson", "input|safe", "input|tojson|safe"])
@pytest.mark.parametrize("kind", ["application/json", "text/json"])
def test_a_data_script_holds_the_row(render: Render, printed: str, kind: str) -> None:
    """A script of JSON holds the whole row, whatever stands in it."""
    page = render(f"<script type='{kind}' id=i>\n{{{{ {printed} }}}}\n</script>", HOSTILE)
    assert json.loads(text_of(page, "#i")) == HOSTILE
    assert not set("<>&'") & set(text_of(page, "#i"))


def test_json_in_a_script_is_escaped_and_keeps_its_quotes(render: Render) -> None:
    r"""JSON in a script keeps `"` and writes all that could end it as `\u` escapes."""
    page = render("<script>var x = {{ a|tojson }};</script>", {"a": "<>&'\u2028\u0080😀\ufffe"})
    escaped = r'"\u003c\u003e\u0026\u0027\u2028\u0080\ud83d\ude00\ufffe"'
    assert page == f"<script>var x = {escaped};</script>"


def test_json_in_a_script_holds_no_address(render: Render) -> None:
    """A market that points the addresses in a page's scripts elsewhere leaves a row's alone; text shows them as they are."""
    row = {"a": "https://www.mturk.com/mturk/externalSubmit ///"}
    page = render(
        "<script>x = {{ input }}; y = JSON.parse('{{ a|tojson }}')</script><p>{{ a|tojson }}", row
    )
    assert "//" not in page.partition("<p>")[0]
    assert text_of(page, "p") == json.dumps(row["a"])


def test_json_may_be_indented(render: Render) -> None:
    """`tojson(indent=2)` spreads the JSON over lines."""
    page = render("<script>var x = {{ a|tojson(indent=2) }};</script>", {"a": {"b": [1]}})
    assert page == '<script>var x = {\n  "b": [\n    1\n  ]\n};</script>'


def test_a_key_that_javascript_takes_for_the_prototype_stays_data(render: Render) -> None:
    """`__proto__` is a computed key in code and a plain one in JSON."""
    row = {"__proto__": {'x"__proto__":': 1}}
    assert '{["__proto__"]:{"x\\"__proto__\\":":1}}' in render(
        "<script>var x = {{ input }};</script>", row
    )
    data = render("<script type='text/json'>{{ input }}</script>", row)
    assert '{"__proto__":{"x\\"__proto__\\":":1}}' in data


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_a_string_for_json_parse_holds_the_json(render: Render, quote: str) -> None:
    """`JSON.parse('{{ input }}')` gets the JSON as the string it parses."""
    page = render(f"<script>x = JSON.parse({quote}{{{{ input }}}}{quote});</script>", ["\\'\"`$\n"])
    inner = page.removeprefix(f"<script>x = JSON.parse({quote}")
    inner = inner.removesuffix(f"{quote});</script>")
    unescaped = json.loads(f'"{inner.replace(chr(92) + "`", "`").replace(chr(92) + "$", "$")}"')
    assert json.loads(unescaped) == ["\\'\"`$\n"]
    assert quote not in inner.replace("\\" + quote, "")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_json_in_quoted_attributes_and_text(render: Render, quote: str) -> None:
    """The row is its JSON in either kind of quoted attribute, in text and in fields."""
    template = (
        f"<p data-x={quote}{{{{ input }}}}{quote}>{{{{ input }}}}</p>"
        "<textarea>{{ input|tojson }}</textarea>"
    )
    page = render(template, HOSTILE)
    assert json.loads(attribute_of(page, "p", "data-x") or "") == HOSTILE
    assert json.loads(text_of(page, "p")) == HOSTILE
    assert json.loads(text_of(page, "textarea")) == HOSTILE


def test_json_in_an_event_handler_is_an_expression(render: Render) -> None:
    """JSON may stand in the code of a handler, outside strings."""
    page = render('<b onclick="go({{ a|tojson }}, 1)">', {"a": "'\"</b>"})
    assert attribute_of(page, "b", "onclick") == 'go("\\u0027\\"\\u003c/b\\u003e", 1)'


@pytest.mark.parametrize(
    "row",
    ["a\"'<", 5, None, True, []],
)
def test_a_row_of_any_type_is_printed_as_json(render: Render, row: object) -> None:
    """A row that is no object is printed as its JSON everywhere, strings with quotes."""
    page = render(
        "<i>{{ input }}</i><b title='{{ input }}'>{{ input|safe }}</b>"
        "<script>x = {{ input }}</script>",
        row,
    )
    assert json.loads(text_of(page, "i")) == row
    assert json.loads(text_of(page, "b")) == row
    assert json.loads(attribute_of(page, "b", "title") or "") == row
    assert json.loads(text_of(page, "script").removeprefix("x = ")) == row


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (1.0, "1"), (-0.0, "0"), (1e21, "1e+21"), (1e20, "100000000000000000000"),
        (1.5e-5, "0.000015"), (1e-7, "1e-7"), (0.1, "0.1"), (3, "3"), (True, "true"),
        (None, "null"), ([1.0, "1.0e5"], '[1,"1.0e5"]'), ({"a": 2.0}, '{"a":2}'),
    ],
)  # fmt: skip
def test_values_print_as_in_javascript(render: Render, value: object, printed: str) -> None:
    """Numbers are written as JavaScript writes them, other values as JSON."""
    assert text_of(render("<p>{{ x }}</p>", {"x": value}), "p") == printed


def test_the_row_keeps_its_order_of_keys(render: Render) -> None:
    """JSON lists keys as the row does."""
    assert text_of(render("<p>{{ input }}</p>", {"b": 1, "a": 2}), "p") == '{"b":1,"a":2}'


def test_text_is_escaped_and_rendered_once(render: Render) -> None:
    """Text comes out as it is: markup in it is text, and so is template syntax."""
    value = "{{ 7*7 }} {% raw %} <b> & \"q\" 'q' \r\n 😀 &amp; ]]>"
    page = render("<p title='{{ x }}'>{{ x }}</p><title>{{ x }}</title>", {"x": value})
    assert text_of(page, "p") == value
    assert attribute_of(page, "p", "title") == value
    assert text_of(page, "title") == value
    assert page.isascii()


@pytest.mark.parametrize("tag", ["pre", "textarea", "div"])
@pytest.mark.parametrize("before", ["", "\n"])
def test_a_first_newline_survives(render: Render, tag: str, before: str) -> None:
    """The newline that <pre> and <textarea> drop is not the value's."""
    page = render(f"<{tag}>{before}{{{{ x }}}}</{tag}>", {"x": "\n\na"})
    dropped = before if tag == "div" else ""
    assert text_of(page, tag) == f"{dropped}\n\na"


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_what_xml_cannot_hold_is_the_rows_problem(render: Render, character: str) -> None:
    """A character that no question can hold is named, and JSON holds it."""
    (line,) = refusals(render, "<p>\n{{ x }}", {"x": f"a{character}"})
    assert line.startswith("page.html:2: {{ x }}: ")
    assert f"U+{ord(character):04X}" in line
    assert "|tojson" in line
    page = render("<p>{{ x|tojson }}</p>", {"x": f"a{character}"})
    assert json.loads(text_of(page, "p")) == f"a{character}"


def test_the_authors_own_astral_characters_are_escaped_for_their_place(render: Render) -> None:
    """Characters outside the BMP become references, and escapes in scripts and styles."""
    page = render(
        "<p title='😀' class=😀>😀<!--😀--></p><script>s = '😀'; \U0001d4b3 = `😀`; /*😀*/</script>"
        "<script type='text/json'>\"😀\"</script><style>p{content:'😀'}</style>"
        "<template><b title='😀'>😀</b></template>",
        {},
    )
    assert page.isascii()
    assert r"s = '\ud83d\ude00'; \u{1d4b3} = `\ud83d\ude00`" in page
    assert r"content:'\1f600 '" in page
    assert attribute_of(page, "p", "class") == "😀"
    assert text_of(page, "p") == "😀"


def test_keys_are_variables_and_reach_before_methods(render: Render) -> None:
    """`input.items` is the row's value where it has one, and else a method."""
    assert render("{{ input.items }} {{ items }}", {"items": "mine"}) == "mine mine"
    looped = render("{% for k, v in input.items() %}{{ k }}={{ v }}{% endfor %}", {"a": 1})
    assert looped == "a=1"
    assert render("{{ a.keys }}{{ a['values'] }}", {"a": {"keys": 1, "values": 2}}) == "12"


def test_keys_that_hide_names_are_noted_once(tmp_path: Path) -> None:
    """A key that is also a name of the template language is input.key only, and said once."""
    template = tmp_path / "page.html"
    template.write_text("{{ input.range }}{% for i in range(2) %}{{ input.loop }}{% endfor %}")
    renderer = Renderer(template, [tmp_path])
    row = {"range": "r", "loop": "l", "not": 1, "input": 2, "fine": 3, "not a name": 4}
    assert renderer.page(row) == "rll"
    renderer.page(row)
    assert sorted(note.split()[2] for note in renderer.notes) == ["input", "loop", "not", "range"]
    assert all("input." in note for note in renderer.notes)


def test_trusted_html_is_raw_between_tags(render: Render) -> None:
    """The named keys hold HTML; their tags are the page's, other keys' are text."""
    trusting = {"html_fields": frozenset(["h", "n"])}
    row = {"h": "<b>1</b>😀\r\n", "x": "<b>2</b>", "n": 1}
    page = render("<p>{{ h }}{{ x }}{{ n }}{{ input.h }}</p>", row, **trusting)
    assert page == "<p><b>1</b>&#x1f600;\n&lt;b&gt;2&lt;/b&gt;1<b>1</b>&#x1f600;\n</p>"
    script = render("<script>x = {{ h|tojson }}</script>", row, **trusting)
    assert json.loads(text_of(script, "script")[4:]) == row["h"]


@pytest.mark.parametrize(
    "template",
    ["<p title='{{ h }}'>", "<script>{{ h }}</script>", "<title>{{ h }}</title>", "<p {{ h }}>"],
)
def test_trusted_html_is_refused_elsewhere(render: Render, template: str) -> None:
    """Trusted HTML may not stand in attributes, scripts or fields, whatever it holds."""
    (line,) = refusals(render, template, {"h": "b"}, html_fields=frozenset(["h"]))
    assert "{{ h }}: trusted HTML may not stand" in line


def test_safe_is_the_authors_word(render: Render) -> None:
    """`|safe` on a string prints it raw, as in Jinja2."""
    assert render("<p {{ a|safe }}>{{ b|safe }}", {"a": "hidden", "b": "<b>"}) == "<p hidden><b>"
    page = render("{{ ('<i>'|safe) ~ x ~ ('</i>'|safe) }}{{ x|e }}", {"x": "<"})
    assert page == "<i>&lt;</i>&lt;"


def test_the_empty_page_falls_back(tmp_path: Path) -> None:
    """Without input the input and what is undefined print nothing, and scripts stay valid."""
    template = tmp_path / "page.html"
    template.write_text(
        "<script type='text/json'>{{ input }}</script><script>x = {{ input }};"
        " y = {{ words|tojson }};</script><p>{{ input.title }}{{ name|upper }}{{ a.b['c'] + 1 }}"
        "{% for x in input['rows'] %}{{ x }}{% endfor %}{{ f(1) }}{{ input|safe }}</p>"
    )
    page = Renderer(template, [tmp_path]).empty_page()
    assert page == ("<script type='text/json'></script><script>x = \"\"; y = null;</script><p></p>")


def test_deep_rows_are_refused(render: Render) -> None:
    """A row may nest 100 levels and no more."""
    row: object = []
    for _ in range(99):
        row = [row]
    assert json.loads(text_of(render("<p>{{ input }}</p>", row), "p")) == row
    assert "100 levels" in refusals(render, "{{ input }}", [row])[0]


def test_undefined_and_misplaced_values_are_said_together(render: Render) -> None:
    """What is undefined and what stands in the wrong place are named in one go."""
    template = "<p>{{ txet }}</p><p class={{ n }}>{{ ttext }}</p>"
    lines = refusals(render, template, {"text": "a", "n": 1})
    assert len(lines) == 3
    for name in ("txet", "ttext", "n"):
        assert any(f"{{{{ {name} }}}}" in line for line in lines)


def test_readers_see_characters_not_escapes(render: Render) -> None:
    """Outside scripts JSON shows its characters; what XML cannot hold stays an escape."""
    row = {"steps": ["a < b & c", "emoji 😀", "back\\u003cslash", "nul \x00 \x1b"]}
    page = render("<p>{{ steps }}</p><i title='{{ input }}'></i>", row)
    shown = text_of(page, "p")
    assert shown == '["a < b & c","emoji 😀","back\\\\u003cslash","nul \\u0000 \\u001b"]'
    assert json.loads(shown) == row["steps"]
    assert json.loads(attribute_of(page, "i", "title") or "") == row


def test_a_template_without_end_is_stopped(render: Render) -> None:
    """A template that prints or counts far past any page's size ends as one line, in a macro too."""
    text = "{% for i in range(99) %}{{ a }}{% endfor %}"
    (line,) = refusals(render, text, {"a": "x" * 100_000})
    assert "was stopped; a market takes at most 65,535 bytes" in line
    loop = "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}"
    for template in (loop, f"{{% macro m() %}}{loop}{{% endmacro %}}{{{{ m() }}}}"):
        (line,) = refusals(render, template, {})
        assert line == "page.html: counts through over 1,000,000 numbers and was stopped"
