"""Values of a row in plain texts: Jinja2, and the agent's two older forms."""

import json

import pytest
from crowdmake.interpolation.texts import InterpolationError, template_problem, text_of
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
EVENT = {
    "name": "Joe",
    "path": {"to": [{"value": "deep"}, {"value": 5.1}]},
    "flag": True,
    "none": None,
    "list": ["a", 1],
}


def filled(source, row, language="agent"):
    return text_of(source, language).filled(row)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<$.path.to[0].value>", "deep"),
        ("<$.path.to[1].value>", "5.1"),
        ("<$['path']['to'][0]['value']> and <.name>", "deep and Joe"),
        ("<$.flag> <$.none> <$.list>", 'true  ["a",1]'),
        ("<$.nope.nope[3]>|<$..value>", "|deep"),
        ("{{ path.to[0].value }}", "deep"),
        ("{{ name | upcase | append: '!' }}", "JOE!"),
        ("{{ path }}", '{"to":[{"value":"deep"},{"value":5.1}]}'),
        ("{{ nope | default: 'nobody' }} {{ nope.nope }}", "nobody "),
        ("{% for each in path.to %}[{{ each.value }}]{% endfor %}", "[deep][5.1]"),
        ("{% if flag %}yes{% else %}no{% endif %}", "yes"),
        ("{{ 'a b&' | uri_escape }} {{ '&lt;' | unescape }}", "a+b%26 <"),
        ("{{ 'a1b2' | regex_replace: '[0-9]', '-' }}", "a-b-"),
        ("{{ 'a1b2' | regex_replace_first: '([0-9])', '<\\1>' }}", "a<1>b2"),
        ("{{ 'ab\ncd' | regex_replace: '^.', '-' }}", "-b\n-d"),
        (
            "{{ 'a1b2' | regex_extract: '([a-z])([0-9])', 2 }}{{ 'x' | regex_extract: '[0-9]' }}",
            "1",
        ),
        ("{{ path.to | json }}", '[{"value":"deep"},{"value":5.1}]'),
        ("a{% line_break %}b", "a\nb"),
        ("Win <$5> or <$ 6>", "Win <$5> or <$ 6>"),
        ("<escape $.none><escape $.name> 1 < 2 > 1 <b>", "Joe 1 < 2 > 1 <b>"),
        ("{{ '<$.name>' }}", "<$.name>"),
    ],
)
def test_the_agents_forms(source, said):
    """JSONPath between < and > and Liquid with its filters mean what they did to the agent."""
    assert filled(source, EVENT) == said


@pytest.mark.parametrize("row", [None, 3, "text", [], {}])
def test_rows_without_the_value(row):
    """A value that a row of any shape lacks is empty for the agent, and an error otherwise."""
    assert filled("Hi <$.name>{{ name }}", row) == "Hi "
    with pytest.raises(InterpolationError, match="'name' is undefined"):
        filled("Hi {{ name }}", row, "jinja")


@given(TEXT)
def test_a_value_is_put_in_once(text):
    """Whatever a value holds, templates of either language among it, it comes out as it is."""
    for value in (text, "{{ name }} <$.name> {% raw %}" + text):
        row = {"value": value, "name": "never"}
        # Liquid knows one end of a line.
        plain = value.replace("\r\n", "\n").replace("\r", "\n")
        assert filled("<<$.value>|{{ value }}>", row) == f"<{plain}|{plain}>"
        assert filled("{{ value }}|{{ input.value }}", row, "jinja") == f"{value}|{value}"


@given(st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | TEXT, st.lists, max_leaves=5))
def test_values_of_any_kind(value):
    """A text stays itself, anything else comes out as JSON."""
    shown = filled("{{ value }}", {"value": value}, "jinja")
    assert (shown if isinstance(value, str) else json.loads(shown)) == value


def test_keys_before_methods():
    """A key of the row is meant, never a method of the same name."""
    assert (
        filled("{{ input.items }} {{ a.values }}", {"items": 1, "a": {"values": 2}}, "jinja")
        == "1 2"
    )


@pytest.mark.parametrize(
    ("source", "language", "said"),
    [
        ("{{ x", "agent", "not a Liquid template"),
        ("{% if %}", "agent", "not a Liquid template"),
        ("<$.a[>", "agent", r"holds no JSONPath"),
        ("<$[?search(@.a, '(a|a)*b')]>", "agent", "function 'search' is not defined"),
        ("<$[?@.a =~ /(a|a)*b/]>", "agent", "holds no JSONPath"),
        ("{{ x | nosuch | upcase | other }}", "agent", "no Liquid filter is called nosuch, other"),
        ("{% include 'other' %}", "agent", "unexpected tag 'include'"),
        ("Hi {% credential name %}", "agent", "credentials do not come along; write the text"),
        ("{{ " + "(" * 9000 + "x" + ")" * 9000 + " }}", "jinja", "not a template"),
        ("{{" * 30_000, "agent", "holds over 1,000 places of values; expected fewer"),
        ("x" * 200_001, "agent", "is longer than 200,000 characters; expected fewer"),
        ("x" * 200_001, "jinja", "is longer than 200,000 characters; expected fewer"),
        ("{{ x", "jinja", "not a template"),
        ("{{ x|nosuch }}", "jinja", "No filter named 'nosuch'"),
    ],
)
def test_what_is_no_template(source, language, said):
    """What cannot be parsed is refused before any row is looked at."""
    assert said in template_problem(source, language)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("{{ 'a' | regex_replace: '(' }}", "agent"),
        ("{{ 'a' | regex_extract: '(', 1 }}", "agent"),
        ("{{ 'a' | regex_extract: 'a', 7 }}", "agent"),
        (
            "{% assign a = 'ab' %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}",
            "agent",
        ),
        ("{% for i in (1..10000000) %}x{% endfor %}", "agent"),
        ("{{ 'x' * 300000 }}", "jinja"),
        ("{{ x.__class__ }}", "jinja"),
        ("{{ 'x' * 10 ** 15 }}", "jinja"),
        ("{{ 'x'|xmlattr }}", "jinja"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "jinja"),
        ("{{ 1 / 0 }}", "jinja"),
        ("{{ [].index(1) }}", "jinja"),
    ],
)
def test_what_cannot_be_filled(source, language):
    """A template that fails, asks for files or grows without end is an error of one line."""
    with pytest.raises(InterpolationError) as raised:
        filled(source, {"x": 1}, language)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["regex_replace", "regex_replace_first", "regex_extract"])
def test_patterns_that_take_hours(name):
    """A row whose text makes a pattern run on and on is an error after a second."""
    source = "{{ text | " + name + ": '^(.*?,){30}P$' }}"
    assert filled(source, {"text": "b"}) in ("", "b")
    with pytest.raises(InterpolationError, match="the pattern takes over 1 s on this text"):
        filled(source, {"text": "1," * 60 + "x"})
