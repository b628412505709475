"""The wording of messages: short, on one line, safe on a terminal; and moments in files."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from crowdmake import moments
from crowdmake.exceptions import UserError
from crowdmake.messages import counted, listed, nearest, printable, shown, usd
from hypothesis import given
from hypothesis import strategies as st

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.dates(), inner),
    max_leaves=5,
)


@given(ANYTHING)
def test_a_value_is_shown_short_and_printable(value):
    """Any value is shown in printable ASCII and an ellipsis, at most 60 characters."""
    text = shown(value)
    assert text.isprintable()
    assert 0 < len(text) <= 60
    assert text.rstrip("…").isascii()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\x1b[31m\n", '"a\\u001b[31m\\n"'),
        ("\x7f", '"\\u007f"'),
        ("é", '"\\u00e9"'),
        (None, "null"),
        (date(2026, 1, 2), '"2026-01-02"'),
        ("x" * 100, '"' + "x" * 58 + "…"),
        ({date(2026, 1, 2): 1}, "a dict that JSON cannot hold"),
        (16**5000, "a int that JSON cannot hold"),
    ],
    ids=range(8),
)
def test_a_value_is_shown_as_json(value, text):
    """A value is shown as JSON in ASCII, and described where JSON cannot hold it."""
    assert shown(value) == text


def test_a_value_within_itself_is_shown():
    """A value that holds itself, or nests without end, is described."""
    endless: list = []
    endless.append(endless)
    assert shown(endless) == "a list that JSON cannot hold"
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "a list that JSON cannot hold"


@given(st.text())
def test_printable_text_moves_no_cursor(text):
    """What a worker or a market wrote is printed without control characters."""
    assert printable(text).isprintable() or text == ""


def test_plain_text_is_printed_as_it_is():
    """Letters, spaces and signs of any language stay; controls are spelt out."""
    assert printable("¿Sí, señor? 日本") == "¿Sí, señor? 日本"
    assert printable("a\r\x1b[2Jb\u202e") == "a\\u000d\\u001b[2Jb\\u202e"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, ""), (1, "1"), (8, "1, 2, 3, 4, 5, 6, 7, 8"), (10, "1, 2, 3, 4, 5, 6, 7, 8 and 2 more")],
)
def test_a_long_list_is_counted(count, text):
    """Eight items are named and the rest counted."""
    assert listed(range(1, count + 1)) == text


def test_numbers_agree_with_their_nouns():
    """One HIT, otherwise HITs."""
    assert [counted(n, "HIT") for n in (0, 1, 2)] == ["0 HITs", "1 HIT", "2 HITs"]


def test_money_has_two_decimals():
    """An amount is said in US dollars with two decimals."""
    assert [usd(Decimal(each)) for each in ("0", "1.5", "12")] == [
        "0.00 USD",
        "1.50 USD",
        "12.00 USD",
    ]


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("reward", ["Reward", "Title"], "did you mean Reward?"),
        ("Lifetime", ["LifetimeInSeconds"], "did you mean LifetimeInSeconds?"),
        ("xyz", ["Reward", "Title"], "known here: Reward, Title"),
        ("xyz", [], "no key is known here"),
    ],
)
def test_a_misspelt_name_gets_a_hint(name, known, hint):
    """The nearest known name is suggested whatever its case, or all are listed."""
    assert nearest(name, known) == hint


def test_an_error_of_several_lines_is_printed_as_lines():
    """A user's error keeps its lines and prints them one below the other."""
    with pytest.raises(UserError) as caught:
        UserError.collect(line for line in ("a: 1", "b: 2"))
    assert caught.value.lines == ("a: 1", "b: 2")
    assert str(caught.value) == "a: 1\nb: 2"
    UserError.collect([])


@given(
    st.datetimes(
        timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
    ).filter(lambda moment: 1970 < moment.year < 2999)
)
def test_a_moment_is_written_in_utc_and_read_back(moment):
    """Moments of any zone are written in UTC to the second and come back aware."""
    back = moments.read(moments.written(moment))
    assert back.tzinfo is not None
    assert timedelta(0) <= moment - back < timedelta(seconds=1)
    assert moments.written(moment).endswith("Z")


def test_written_moments_sort_as_they_came():
    """Later moments are later texts."""
    first = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert moments.written(first) == "2026-11-22T08:30:00Z"
    assert moments.written(first) < moments.written(first + timedelta(seconds=1))
    assert moments.now().utcoffset() == timedelta(0)
