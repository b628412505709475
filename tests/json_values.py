"""JSON values that pages, scripts, XML and forms are known to spoil, and any others."""

from hypothesis import strategies as st

HARD = [
    "</script><script>document.body.innerHTML=''</script>",
    "<!--<script>",
    "]]>",
    "'\"`${}\\",
    "\u2028\u2029\x7f\x85",
    "\ufffe\uffff\x00\x0b",
    "\r\n\r \n",
    "\n\nfirst",
    "{{ 1 }}{% raw %}&amp;",
    "\U0001f600",
    "__proto__",
    "\ue000\ue00f",
]
TEXT = st.text(st.characters(exclude_categories=[]), max_size=12) | st.sampled_from(
    [*HARD, "\ud800"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def same(one: object, other: object) -> bool:
    """Say whether two JSON values are equal to JavaScript, whose numbers are doubles."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return float(one) == float(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


def is_sound(value: object) -> bool:
    """Say whether JavaScript can hold a value as it is written: no half characters, no great integers."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 2**53
    if isinstance(value, list):
        return all(map(is_sound, value))
    return not isinstance(value, dict) or all(map(is_sound, [*value, *value.values()]))
