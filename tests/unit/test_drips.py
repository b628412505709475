"""Which rows are put up now, where only so many HITs may be open."""

from crowdmake.launching.drips import next_keys
from hypothesis import given
from hypothesis import strategies as st


def test_without_a_limit_all_are_put_up():
    """Without hit.open_at_most every row that has no HIT is put up, in input order."""
    assert next_keys("dacb", {"a"}, 100, None) == ["d", "a", "c", "b"]


@given(
    missing=st.lists(st.integers(0, 30), unique=True),
    begun=st.sets(st.integers(0, 40)),
    open_hits=st.integers(0, 20),
    most=st.integers(1, 20),
)
def test_no_more_are_open_than_allowed(missing, begun, open_hits, most):
    """Open HITs, calls in doubt and new rows together stay within the limit, and use all of it."""
    found = next_keys(missing, begun, open_hits, most)
    new = [key for key in found if key not in begun]
    assert set(found) - set(new) == begun & set(missing)
    assert new == [key for key in missing if key not in begun][: len(new)]
    room = max(0, most - open_hits - len(begun))
    assert len(new) == min(room, len(set(missing) - begun))
