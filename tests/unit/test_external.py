"""External pages: rows in addresses."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from crowdmake.exceptions import UserError
from crowdmake.rendering.external import ExternalPage, url_problem
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def page(url):
    return ExternalPage(url, "config/config.yaml: hit.url")


@given(TEXT)
def test_a_value_stays_one_parameter(text):
    """Whatever a value holds, it arrives as the one parameter that it stands in."""
    address = page("https://example.org/task?a={{ a }}&b=1#top").address({"a": text})
    parts = urlsplit(address)
    assert (parts.scheme, parts.hostname, parts.path) == ("https", "example.org", "/task")
    assert parse_qs(parts.query, keep_blank_values=True) == {"a": [text], "b": ["1"]}


@given(TEXT | st.sampled_from([".", ".."]))
def test_a_value_stays_one_step(text):
    """Whatever a value holds, it is one step of the path or is refused."""
    external = page("https://example.org/task/{{ a }}/show")
    if text in {".", ".."}:
        with pytest.raises(UserError, match="which leads elsewhere"):
            external.address({"a": text})
    else:
        assert unquote(urlsplit(external.address({"a": text})).path.split("/")[2]) == text


@given(VALUES)
def test_the_whole_row(value):
    """A row of any shape travels as JSON in one parameter."""
    address = page("https://example.org/?row={{ input }}").address(value)
    found = parse_qs(urlsplit(address).query, keep_blank_values=True)["row"][0]
    assert (found if isinstance(value, str) else json.loads(found)) == value


def test_urlencode():
    """`|urlencode` makes parameters of an object, and encodes a value no second time."""
    row = {"a b": "1&2", "c": [1]}
    address = page("https://example.org/?{{ input|urlencode }}&d={{ c|urlencode }}").address(row)
    assert address == "https://example.org/?a%20b=1%262&c=%5B1%5D&d=%5B1%5D"


def test_the_rows_own_address():
    """One field may hold the whole address, which is kept as it is but for spaces and letters."""
    whole = page("{{ url }}")
    assert whole.address({"url": "https://example.org/a?b=1&c=%20"}) == (
        "https://example.org/a?b=1&c=%20"
    )
    assert whole.address({"url": "https://example.org/ñ a"}) == "https://example.org/%C3%B1%20a"


@pytest.mark.parametrize(
    "address",
    ["http://example.org/", "javascript:alert(1)", "//example.org", "https://", "https://a@b/", 7],
)
def test_a_row_without_a_sound_address(address):
    """A row whose own address is not https, or names a user, is refused."""
    with pytest.raises(UserError, match=r"hit.url: comes out as .*; expected https://host/path"):
        page("{{ url }}").address({"url": address})


def test_a_missing_key():
    """A key that the row lacks is named, with those that it has."""
    with pytest.raises(UserError, match=r"hit.url: 'no' is undefined \(the row's keys: a, b\)"):
        page("https://example.org/{{ no }}").address({"a": 1, "b": 2})


@pytest.mark.parametrize(
    "source",
    [
        "http://example.org/",
        "https://{{ host }}/a",
        "https://example.org{{ rest }}",
        "https://user@example.org/",
        "{{ a }}{{ b }}",
        "{{ host }}/path",
        "https://example.org/{{ a",
        "page.html",
    ],
)
def test_addresses_that_are_refused(source):
    """In the configuration a value may stand behind the host only, or be everything."""
    assert "expected https://host/" in url_problem(source)


def test_the_question():
    """The question is an ExternalQuestion whose address survives XML."""
    root = fromstring(page("https://example.org/?a={{ a }}&b=2").question({"a": "<&>"}, 450))
    assert root.tag.endswith("}ExternalQuestion")
    assert [child.text for child in root] == ["https://example.org/?a=%3C%26%3E&b=2", "450"]


def test_the_preview_frames_the_page():
    """The preview frames the address as before acceptance, its own parameters kept."""
    shown = page("https://example.org/?a={{ a }}#x").preview({"a": '"'})
    assert (
        'src="https://example.org/?a=%22&amp;assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&amp;'
        'hitId=PREVIEW#x"'
    ) in shown
