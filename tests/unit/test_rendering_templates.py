"""What templates may be made of, and how their faults are told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from crowdmake.rendering.renderer import Renderer, RenderError

Render = Callable[..., str]


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    monkeypatch.chdir(tmp_path)
    Path("hit_templates").mkdir()

    def rendered(template: str, row: object, **others: str) -> str:
        for name, text in {"page": template, **others}.items():
            Path(f"hit_templates/{name}.html").write_text(text, encoding="utf-8")
        folders = [Path(), Path("hit_templates")]
        return Renderer(Path("hit_templates/page.html"), folders).page(row)

    return rendered


def fault(render: Render, template: str, row: object, **others: str) -> tuple[str, str]:
    with pytest.raises(RenderError) as caught:
        render(template, row, **others)
    (problem,) = caught.value.problems
    assert caught.value.lines == (problem.text,)
    return problem.where, problem.text


@pytest.mark.parametrize("name", ["other.html", "hit_templates/other.html"])
def test_includes_come_from_any_of_the_folders(render: Render, name: str) -> None:
    """A file is found by its name in any folder, and sees the row."""
    page = render(f'<p>{{% include "{name}" %}}</p>', {"a": "<"}, other="{{ a }}{{ input }}")
    assert page == "<p>&lt;{&#34;a&#34;:&#34;&lt;&#34;}</p>"


def test_inheritance_imports_macros_calls_and_loops_work(render: Render) -> None:
    """All of Jinja2's ways to put a page together keep values in their places."""
    base = "<title>{% block t %}base {{ x }}{% endblock %}</title>{% block b %}{% endblock %}"
    kit = (
        "{% macro field(label) %}<p title='{{ label }}'>{{ label }}"
        "{% if caller is defined %}{{ caller() }}{% endif %}</p>{% endmacro %}"
    )
    template = (
        "{% extends 'base.html' %}{% import 'kit.html' as kit %}{% from 'kit.html' import field %}"
        "{% block t %}{{ super() }}!{% endblock %}{% block b %}{{ kit.field(x) }}"
        "{% call field('c') %}<b>{{ x }}</b>{% endcall %}"
        "{% for n in [1, [2, [3]]] recursive %}{{ n if n is number else loop(n) }}{% endfor %}"
        "<script>{% set s %}go({{ x|tojson }}){% endset %}{{ s }}</script>{{ self.t() }}"
        "{% endblock %}"
    )
    page = render(template, {"x": "<"}, base=base, kit=kit)
    assert page == (
        "<title>base &lt;!</title><p title='&lt;'>&lt;</p><p title='c'>c<b>&lt;</b></p>123"
        '<script>go("\\u003c")</script>base &lt;!'
    )


@pytest.mark.parametrize(
    ("template", "page"),
    [
        ("{% filter upper %}a {{ x }}{% endfilter %}", "A &LT;B C"),
        ("[{% filter trim %}  {{ x }} {% endfilter %}]", "[&lt;b c]"),
        ("{% filter indent(2) %}a\n{{ x }}\n{% endfilter %}", "a\n  &lt;b c\n"),
        ("{% filter replace('b', '<i>'|safe) %}a{{ x }}{% endfilter %}", None),
        ("{% filter replace('\n', '<br>'|safe) %}a\n{{ x }}{% endfilter %}", "a<br>&lt;b c"),
        ("{% set s | trim %} {{ x }} {% endset %}[{{ s }}]", "[&lt;b c]"),
        ("{% set s %}{{ empty }}{% endset %}{{ 'full' if s else 'empty' }}", "empty"),
        ("{% set s %} {{ x }}{% endset %}{{ s ~ '<' }}", " &lt;b c&lt;"),
        ("{% set s %}<i>{{ x }}</i>{% endset %}{{ s|striptags }}", "&lt;b c"),
        ("{% set s %}<i>{{ x }}</i>{% endset %}{{ [s, x]|join(x) }}",
         "<i>&lt;b c</i>&lt;b c&lt;b c"),
        ("{% set s %}{{ x }}{% endset %}{{ s|e }} {{ s|forceescape }} {{ s|length }}",
         "&lt;b c &amp;lt;b c 7"),
        ("<script>f({% set s %}{{ x }}{% endset %}{{ s|tojson }})</script>",
         '<script>f("\\u0026lt;b c")</script>'),
        ("{% filter striptags %}{{ x }}{% endfilter %}", "&lt;b c"),
        ("{% set s %}{{ x }}{% endset %}{{ s[:2] }}", None),
        ("{% set s %}{{ x }}{% endset %}{{ s.upper() }}", None),
        ("{% set s %}{{ x }}{% endset %}{{ s|replace('b', x) }}", None),
        ("{% set s %}<script>%s</script>{% endset %}{{ s % x }}", None),
        ("{% filter replace('N', x) %}<script>N</script>{% endfilter %}", None),
        ("{% set s %}<script>N</script>{% endset %}{{ [s]|map('replace', 'N', x)|join }}", None),
        ("{{ ('<script>'|safe) ~ x ~ ('</script>'|safe) }}", None),
        ("{% set s %}{{ x }}{% endset %}{{ 'y' if s == '&lt;b c' }}", None),
        ("{% filter truncate(3, true, '', 0) %}{{ x }}{{ x }}{% endfilter %}", None),
        ("{% filter capitalize %}b{{ x }}{% endfilter %}", None),
        ("{% filter wordcount %}{{ x }}{% endfilter %}", None),
    ],
)  # fmt: skip
def test_captured_text_can_be_used_or_is_an_error(
    render: Render, template: str, page: str | None
) -> None:
    """What filters do to rendered text is served where it can be followed, and else refused."""
    row = {"x": "<b c", "empty": ""}
    if page is None:
        assert fault(render, template, row)[0] == "template"
    else:
        assert render(template, row) == page


def test_imported_modules_do_not_outlive_a_row(render: Render) -> None:
    """Every row gets its own copy of an imported template."""
    render("{% from 'kit.html' import s %}{{ s }}", {"x": 1}, kit="{% set s %}{{ x }}{% endset %}")
    renderer = Renderer(Path("hit_templates/page.html"), [Path("hit_templates")])
    assert [renderer.page({"x": x}) for x in "ab"] == ["a", "b"]


def test_rows_may_take_different_turns(render: Render) -> None:
    """Each row's own branches are checked."""
    render("{% if b %}<p title={{ x }}>{% else %}{{ x }}{% endif %}", {"b": 0, "x": "y"})
    renderer = Renderer(Path("hit_templates/page.html"), [])
    assert renderer.page({"b": False, "x": "y"}) == "y"
    with pytest.raises(RenderError, match="no quotes"):
        renderer.page({"b": True, "x": "y"})


@pytest.mark.parametrize(
    ("template", "where", "said"),
    [
        ("\n{% for %}", "template", "hit_templates/page.html:2: "),
        ("\n{{ x|nope }}", "template", "hit_templates/page.html:2: No filter named 'nope'"),
        ("\n{% include 'simpelamt.html' %}", "template",
         'hit_templates/page.html:2: "simpelamt.html" is in none'),
        ("{% include '../secret.html' %}", "template", '"../secret.html" is in none'),
        ("{% include '/etc/hostname' %}", "template", '"/etc/hostname" is in none'),
        ("{% include 'link.html' %}", "template", '"link.html" is in none'),
        ("{% include 'bad.html' %}", "template", "hit_templates/bad.html:2: "),
        ("\n{{ nmae }}", "row", "hit_templates/page.html:2: {{ nmae }}: the row has no key"
         ' "nmae" (its keys: name, x); did you mean name?'),
        ("{{ input.nmae }}", "row", 'the row has no key "nmae"'),
        ("\n{% for a in nmae %}{% endfor %}", "row",
         'hit_templates/page.html:2: the row has no key "nmae"'),
        ("{{ x.a.b }}", "row", 'has no key "a"'),
        ("{{ ''.__class__.__mro__ }}", "template", "unsafe"),
        ("{{ range(10**9)|list }}", "row", "OverflowError"),
        ("{{ 1 / 0 }}", "row", "hit_templates/page.html:1: fails with ZeroDivisionError"),
        ("{{ range }}", "template", "{{ range }}: prints a method"),
        ("{{ [x]|map('upper') }}", "template", "prints a generator"),
        ("{% autoescape false %}{{ x }}{% endautoescape %}", "template", "{% autoescape %}"),
        ("{{ input.update({}) }}", "template", "unsafe"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "row", "RecursionError"),
        ("\n\x01", "template", "hit_templates/page.html:2: holds U+0001"),
    ],
)  # fmt: skip
def test_faults_name_file_and_line(render: Render, template: str, where: str, said: str) -> None:
    """Every fault is one line that says where it is, and whose it is."""
    secret = Path("..").resolve() / "secret.html"
    secret.write_text("secret")
    link = Path("hit_templates/link.html")
    if not link.is_symlink():
        link.symlink_to(secret)
    found = fault(render, template, {"name": 1, "x": "y"}, bad="\n{% if %}")
    assert found[0] == where
    assert said in found[1]


@pytest.mark.parametrize(
    ("content", "said"), [(b"a\n\xff", "page.html:2: is not UTF-8"), (None, "page.html: does not")]
)
def test_a_template_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    """A missing or misencoded template is an error at once."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("page.html").write_bytes(content)
    with pytest.raises(RenderError, match=said):
        Renderer(Path("page.html"), [])
