"""Where values may not stand, and what the error says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from crowdmake.rendering.renderer import Renderer, RenderError
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

Problems = Callable[..., list[tuple[str, str]]]

VALUES = {"x": "v", "url": "https://example.org/a.png", "input2": 1}


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Problems:
    monkeypatch.chdir(tmp_path)

    def found(template: str, row: object = None) -> list[tuple[str, str]]:
        Path("page.html").write_text(template, encoding="utf-8")
        try:
            Renderer(Path("page.html"), [Path()]).page(VALUES if row is None else row)
        except RenderError as error:
            return [(problem.where, problem.text) for problem in error.problems]
        return []

    return found


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            "<script>var a = {{ x }};</script>",
            "in a script; write {{ x|tojson }} there, without quotes",
        ),
        ("<script>var a = '{{ x }}';</script>", "inside a string; write {{ x|tojson }}"),
        ("<script>/* {{ x }} */</script>", "in a script, inside a comment"),
        (
            "<script type=text/json>{{ x }}</script>",
            "in a script; write {{ x|tojson }} there, without quotes",
        ),
        ("<script type=text/babel>{{ x }}</script>", "in a script of type text/babel"),
        ("<svg><script>{{ x }}</script></svg>", "in a script"),
        ("<style>{{ x }}</style>", "in a style sheet"),
        ("<p onclick='f({{ x }})'>", "in the attribute onclick"),
        ("<p onclick=\"f('{{ x }}')\">", "in the code of the attribute onclick, inside a string"),
        ("<p :class='{{ x }}'>", "in the attribute :class"),
        ("<p title={{ x }}>", "in the attribute title, which has no quotes; put quotes"),
        ("<p title=a{{ x }}b>", "in the attribute title, which has no quotes"),
        ("<p {{ x }}>", "in a tag, where an attribute's name stands"),
        ("<p data-{{ x }}='1'>", "in a tag, where an attribute's name stands"),
        ("<{{ x }}>", "in a tag's name"),
        ("<h{{ x }}>", "in a tag's name"),
        ("</p {{ x }}>", "where a page can hold no text"),
        ("<!doctype {{ x }}>", "where a page can hold no text"),
        ("<!-- {{ x }} -->", "in a comment"),
        ("<!-- {{ x }} --><html>", "in a comment"),
        ("<! {{ x }}>", "in a comment"),
        ("<iframe srcdoc='{{ x }}'>", "in the attribute srcdoc"),
        ("<p style='color: {{ x }}'>", "in the attribute style"),
        ("<xmp>{{ x }}</xmp>", "in the raw text of <xmp>"),
        ("<noscript>{{ x }}</noscript>", "in the raw text of <noscript>"),
        ("<svg><![CDATA[{{ x }}]]></svg>", "in the raw text of <svg>"),
        ("<template><p title={{ x }}></template>", "in the attribute title, which has no quotes"),
        ("<template><tr><td onclick='{{ x }}'></td></tr></template>", "in the attribute onclick"),
        ("<meta http-equiv=refresh content='0;{{ x }}'>", "in the attribute content of <meta>"),
        ("<script type='{{ x }}'></script>", "in the attribute type of <script>"),
        ("<a href='javascript:f({{ x }})'>", "after 'javascript:f('"),
        ("<a href=' java\tscript:{{ x }}'>", "in the attribute href of <a>"),
        ("<a href='data:text/html,{{ x }}'>", "begin the address with a literal https://host/"),
        ("<script src='{{ url }}'></script>", "in the attribute src of <script>"),
        ("<script src='//{{ x }}/a.js'></script>", "in the attribute src of <script>"),
        ("<link href='{{ url }}'>", "in the attribute href of <link>"),
        ("<base href='{{ url }}'>", "in the attribute href of <base>"),
        ("<svg><animate attributeName=href to='{{ x }}'/></svg>", "in the attribute to"),
    ],
)
def test_text_is_refused_where_it_could_be_more_than_text(
    problems: Problems, template: str, said: str
) -> None:
    """The error is the template's, and names file, line, expression, place and remedy."""
    ((where, text),) = problems("\n" + template)
    assert where == "template"
    assert text.startswith("page.html:2: {{ ")
    assert said in text


@pytest.mark.parametrize(
    "template",
    [
        "<style>{{ input }}</style>", "<!-- {{ input|tojson }} -->", "<p title={{ input }}>",
        "<p {{ input }}>", "<script>'{{ input }}'</script>", "<script>// {{ input }}\n</script>",
        "<script>`a ${b} {{ input }}`</script>", "<script>/[/']{{ input }}/</script>",
        "<p onclick=\"f('{{ x|tojson }}')\">", "<p style='{{ input }}'>",
        "<script>if (a) {} /'/; b = {{ input }}</script>",
        "<script>'unended\n{{ input }}</script>", "<script>a /* {{ input }}</script>",
        "<script>\"JSON.parse('{{ input }}')\"</script>", "<script>JSON.parse('a{{ input }}')</script>",
        "<script>/*/ {{ input }}</script>", "<script>`${a} {{ input }}</script>",
    ],
)  # fmt: skip
def test_json_is_refused_where_it_is_no_expression(problems: Problems, template: str) -> None:
    """JSON stands in code, data, text and quoted attributes; an error says so elsewhere."""
    ((where, text),) = problems(template)
    assert where == "template"
    assert "JSON may not stand" in text


@pytest.mark.parametrize(
    "code",
    [
        "a = b / {{ input }} / c", "a = f(b) / 2 + {{ input }}", "a[0] / 2; b = {{ input }}",
        "x = /'/; y = {{ input }}", "return /[/\"]/.test({{ input }})",
        "if (a) /'/.test(b); y = {{ input }}", "// it's\ny = {{ input }}",
        "/* ' */ y = {{ input }}", "s = 'it\\'s'; y = {{ input }}", "<!-- it's\ny = {{ input }}",
        "s = `'${f({a: `\"`})}'`; y = {{ input }}", "s = `a ${ {{ input }} } b`",
        "i++ / 2; y = {{ input }}", "a.return / 2; y = {{ input }}",
        "f({{ input }}, {{ x|tojson }})",
        "s = 'a\\\nb'; y = {{ input }}",
    ],
)  # fmt: skip
def test_json_is_found_in_code(problems: Problems, code: str) -> None:
    """Strings, comments, templates and regular expressions before a value are followed."""
    assert problems(f"<script>{code}</script>") == []


@pytest.mark.parametrize("value", [3, -1.5, True, None, ["</script>", 1], {"a": "'"}])
@pytest.mark.parametrize(
    "template",
    [
        "<script>f({{ x }})</script>", "<p onclick=\"f({{ x }})\">",
        "<script type=text/json>{{ x }}</script>", "<script>JSON.parse('{{ x }}')</script>",
        "{% for y in [x] %}<script>f({{ y }}, {{ loop.index }})</script>{% endfor %}",
    ],
)  # fmt: skip
def test_what_is_no_text_stands_in_code_as_its_json(
    problems: Problems, template: str, value: object
) -> None:
    """Numbers, lists and objects of a row, and a loop's numbers, are expressions as they are."""
    assert problems(template, {"x": value}) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p title='{{ x }}' data-x=\"{{ x }}\">{{ x }}</p>", "<table>{{ x }}<tr><td>{{ x }}",
        "<template><tr><td title='{{ x }}'>{{ x }}</td></tr></template>",
        "<img src='{{ url }}' srcset='{{ url }} 1x, {{ url }} 2x' alt='{{ x }}'>",
        "<a href='{{ x }}'>", "<a href='/?q={{ x }}#{{ x }}'>", "<a href='mailto:{{ x }}'>",
        "<a href='https://example.org/{{ x }}'>", "<img src='data:image/png;base64,{{ x }}'>",
        "<script src='https://example.org/{{ x }}.js'></script>", "<link href='/css/{{ x }}.css'>",
        "<svg><text>{{ x }}</text><a xlink:href='{{ url }}'></a></svg>",
        "<b title='{{ x }}'><p>a</b>b</p>", "<iframe src='{{ url }}'></iframe>",
        "<form action='{{ url }}'><select><option value='{{ x }}'>{{ x }}</select>",
    ],
)  # fmt: skip
def test_text_is_taken_where_it_is_text(problems: Problems, template: str) -> None:
    """Text, quoted attributes and addresses take values."""
    assert problems(template) == []


@pytest.mark.parametrize(
    ("template", "value", "scheme"),
    [
        ("<a href='{{ x }}'>", "javascript:alert(1)", "javascript"),
        ("<a href='{{ x }}'>", "\x7f javascript:1", None),
        ("<a href='{{ x }}'>", " JAVA\n\tscript:alert(1)", "javascript"),
        ("<a href='{{ x }}'>", "data:text/html,x", "data"),
        ("<a href='{{ x }}'>", "vbscript:x", "vbscript"),
        ("<a href='{{ x }}'>", "mailto:a@example.org", None),
        ("<a href='{{ x }}'>", "a/b:c", None),
        ("<a href='{{ x }}'>", "//example.org", None),
        ("<a href='java{{ x }}'>", "script:alert(1)", "javascript"),
        ("<a href='{{ x }}{{ x }}'>", "javascript:alert(1)", "javascript"),
        ("<img src='{{ x }}'>", "data:image/png;base64,AA==", None),
        ("<img src='{{ x }}'>", "data:text/html,x", "data"),
        ("<img src='{{ x }}'>", "mailto:a@example.org", "mailto"),
        ("<img srcset='a.png 1x, {{ x }} 2x'>", "javascript:1", "javascript"),
        ("<iframe src='{{ x }}'>", "data:image/png,x", "data"),
        ("<form action='{{ x }}'>", "javascript:1", "javascript"),
        ("<button formaction='{{ x }}'>", "javascript:1", "javascript"),
        ("<svg><a xlink:href='{{ x }}'/></svg>", "javascript:1", "javascript"),
        ("<object data='{{ x }}'>", "javascript:1", "javascript"),
        ("<video poster='{{ x }}'>", "javascript:1", "javascript"),
        ("<a href='{{ x|e }}'>", "javascript:1", "javascript"),
        ("<a href='{% filter lower %}{{ x }}{% endfilter %}'>", "JAVASCRIPT:1", "javascript"),
    ],
)
def test_an_address_from_a_row_brings_no_scheme_that_acts(
    problems: Problems, template: str, value: str, scheme: str | None
) -> None:
    """A row's whole address is taken with a harmless scheme, and else is the row's problem."""
    found = problems(template, {"x": value})
    assert [where for where, _ in found] == ["row"] * bool(scheme)
    if scheme:
        assert f"has the scheme {scheme}" in found[0][1]
        assert "page.html:1: {{ x" in found[0][1]


def test_all_problems_come_at_once(problems: Problems) -> None:
    """One error holds every problem of the page, each once."""
    found = problems(
        "<p title={{ x }}>{% for i in [1, 2] %}<p {{ i }}>{% endfor %}<!-- {{ x }} -->"
    )
    assert len(found) == 3


PIECES = [
    "<p>", "</p>", "<b title='", "<b title=\"", "'>", '">', "'", '"', "<a ", ">", "=", " ", "/",
    "<script>", "</script>", "<style>", "</style>", "<!--", "-->", "<textarea>", "</textarea>",
    "<title>", "</title>", "<svg>", "</svg>", "<![CDATA[", "]]>", "<template>", "</template>",
    "<table>", "<td>", "</table>", "<select>", "</select>", "<noscript>", "</noscript>", "`", "${",
    "}", "//", "/*", "*/", "\n", "a", "onclick='", "href='", "<pre>", "<plaintext>", "<math>",
    "{{ x }}", "{{ x }}", "{{ x }}", "{{ x|e }}", "{{ m(x) }}", "{% filter upper %}", "{{ x }}",
]  # fmt: skip
MACRO = "{% macro m(y) %}<i>{{ y }}</i>{% endmacro %}"
ATTACK = "A\"'></SCRIPT></STYLE></TEXTAREA></TITLE>--><IMG SRC=X ONERROR=Q>`${Q}*/\n;]]>&LT;"


def shape(page: str, value: str) -> list[object]:
    """Return everything a browser would build of a page, with ``value`` as a placeholder."""

    def plain(text: str | None) -> str:
        return (text or "").replace(value, "VALUE")

    built: list[object] = []
    waiting = [LexborHTMLParser(page, scripting=True).root]
    while waiting:
        node = waiting.pop()
        while node is not None:
            content = node.text_content if node.is_text_node else node.comment_content
            attributes = {name: plain(text) for name, text in node.attributes.items()}
            inner = plain(node.html) if node.tag == "template" else ""
            built.append((node.tag, attributes, plain(content), bool(inner)))
            waiting.append(node.next)
            node = node.first_child
    return built


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_no_template_lets_data_change_the_page(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    """Whatever the template: data is refused, or changes no element, attribute or script."""
    path = tmp_path_factory.getbasetemp() / "any.html"
    path.write_text(
        MACRO + "".join(pieces) + "{% endfilter %}" * pieces.count("{% filter upper %}")
    )
    try:
        renderer = Renderer(path, [path.parent])
        pages = [renderer.page({"x": value}) for value in (ATTACK, "VALUE")]
    except RenderError:
        return
    assert shape(pages[0], ATTACK) == shape(pages[1], "VALUE")
