"""Answer keys of tests, and the values that answers come to."""

import pytest
from crowdmake.market.forms import answer_key, question_form
from crowdmake.market.protocol.errors import PREFIX, MarketError, ParameterValidationError
from hypothesis import given
from hypothesis import strategies as st

from market import form_kit
from market.form_kit import form, key_question, option, question, selection
from market.kit import SCHEMAS

XML, VALUE = "XMLParseError", "InvalidParameterValue"
TEST = question_form.check_test(
    form(
        question(selection("a", "b", "c", "d"), "q"),
        question(selection("x", "y"), "r"),
        question(identifier="why"),
    )
)


def key(*parts: str, mapping: str = "") -> answer_key.AnswerKey:
    return answer_key.check(form_kit.answer_key(*parts, mapping=mapping), TEST)


def value(*parts: str, mapping: str = "", **answers: str) -> int:
    """Return the value of answers, each given as the letters selected."""
    return answer_key.score(
        key(*parts, mapping=mapping), {name: list(each) for name, each in answers.items()}
    )


def summed(score: int, mapping: str) -> int:
    """Return what a summed score comes to."""
    return value(key_question(option(score, "a")), mapping=mapping, q="a")


EXAMPLE = [
    key_question(option(5, "d"), identifier="q"),
    key_question(option(10, "x"), identifier="r"),
]


def percentage(most: int) -> str:
    return f"<PercentageMapping><MaximumSummedScore>{most}</MaximumSummedScore></PercentageMapping>"


def scale(factor: str) -> str:
    return f"<ScaleMapping><SummedScoreMultiplier>{factor}</SummedScoreMultiplier></ScaleMapping>"


def ranges(*bounds: tuple[int, int, int], otherwise: int = 0) -> str:
    each = "".join(
        f"<SummedScoreRange><InclusiveLowerBound>{low}</InclusiveLowerBound><InclusiveUpperBound>"
        f"{high}</InclusiveUpperBound><QualificationValue>{worth}</QualificationValue>"
        "</SummedScoreRange>"
        for low, high, worth in bounds
    )
    last = f"<OutOfRangeQualificationValue>{otherwise}</OutOfRangeQualificationValue>"
    return f"<RangeMapping>{each}{last}</RangeMapping>"


@pytest.mark.parametrize(
    ("answers", "worth"),
    [({"q": "d", "r": "x"}, 100), ({"q": "d"}, 33), ({"r": "x"}, 67), ({}, 0), ({"q": "a"}, 0)],
)
def test_the_reference_example(answers, worth):
    """Two questions of 5 and 10 points, as a rounded percentage of 15."""
    assert value(*EXAMPLE, mapping=percentage(15), **answers) == worth


@pytest.mark.parametrize(
    ("selected", "worth"),
    [("ab", 7), ("ba", 7), ("aab", 7), ("a", -3), ("abc", 1), ("b", 1), ("", 1)],
)
def test_selections_match_as_sets(selected, worth):
    """An option's score is for all of its selections and no others, the default for the rest."""
    parts = key_question(
        option(7, "a", "b"),
        option(-3, "a"),
        option(99, "b", "a"),
        default="<DefaultScore>1</DefaultScore>",
    )
    assert value(parts, q=selected) == worth


def test_the_default_score_is_nothing():
    """Without a default, other answers score nothing; questions beside the key never count."""
    assert value(key_question(option(7, "a")), q="b", r="x", why="!") == 0


@pytest.mark.parametrize(
    ("mapping", "score", "worth"),
    [
        ("", -4, -4),
        (percentage(8), 1, 13),
        (percentage(8), -1, -12),
        (percentage(3), 5, 167),
        (scale("3"), 5, 15),
        (scale("0.5"), 5, 3),
        (scale("-.5"), 5, -2),
        (scale(" 1.10 "), 5, 6),
        (scale("999999999999999999"), 5, 2**31 - 1),
        (scale("999999999999999999"), -5, -(2**31)),
        (ranges((5, 7, 50), (8, 10, 100), otherwise=-1), 5, 50),
        (ranges((5, 7, 50), (8, 10, 100), otherwise=-1), 7, 50),
        (ranges((5, 7, 50), (8, 10, 100), otherwise=-1), 8, 100),
        (ranges((5, 7, 50), (8, 10, 100), otherwise=-1), 11, -1),
        (ranges((1, 9, 50), (5, 5, 100)), 5, 50),
    ],
)
def test_mappings(mapping, score, worth):
    """Sums, percentages and products round a half up and stay in 32 bits; the first range counts."""
    assert summed(score, mapping) == worth


def test_sums_stay_in_32_bits():
    """Scores that add up to more are the greatest value there is."""
    parts = [
        key_question(option(2**31 - 1, each), identifier=name)
        for name, each in (("q", "a"), ("r", "x"))
    ]
    assert value(*parts, q="a", r="x") == 2**31 - 1


def test_white_space_around_names():
    """Identifiers are compared without the space around them, as in the form."""
    assert value(key_question(option(1, "\n a "), identifier=" q\n"), q="a") == 1


A = option(1, "a")
BAD = {
    "no question": (form_kit.answer_key(), XML),
    "no option": (form_kit.answer_key(key_question()), XML),
    "no selection": (form_kit.answer_key(key_question(option(1))), XML),
    "order": (form_kit.answer_key(key_question("<DefaultScore>1</DefaultScore>", A)), XML),
    "a score": (form_kit.answer_key(key_question(A.replace(">1<", ">1.5<"))), XML),
    "a huge score": (form_kit.answer_key(key_question(option(2**31, "a"))), XML),
    "two mappings": (
        form_kit.answer_key(key_question(A), mapping=percentage(1) + scale("1")),
        XML,
    ),
    "a percentage of nothing": (form_kit.answer_key(key_question(A), mapping=percentage(0)), XML),
    "a factor": (form_kit.answer_key(key_question(A), mapping=scale("1e9")), XML),
    "no factor": (form_kit.answer_key(key_question(A), mapping=scale(".")), XML),
    "a long factor": (form_kit.answer_key(key_question(A), mapping=scale("0" * 9999)), XML),
    "no range": (form_kit.answer_key(key_question(A), mapping=ranges()), XML),
    "a range": (form_kit.answer_key(key_question(A), mapping=ranges((2, 1, 0))), VALUE),
    "another question": (form_kit.answer_key(key_question(A, identifier="z")), VALUE),
    "a text's question": (form_kit.answer_key(key_question(A, identifier="why")), VALUE),
    "a question twice": (form_kit.answer_key(key_question(A), key_question(A)), VALUE),
    "another selection": (form_kit.answer_key(key_question(option(1, "a", "z"))), VALUE),
    "a form": (form(question()), XML),
    "another version": (form_kit.answer_key(key_question(A)).replace("2005", "2006"), XML),
    "text": ("Hello", XML),
    "a bomb": ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + form_kit.answer_key(key_question(A)), XML),
}


@pytest.mark.parametrize(("xml", "code"), BAD.values(), ids=BAD)
def test_keys_that_are_refused(xml, code):
    """A key is one of its schema, and for the questions and selections of its form."""
    with pytest.raises(ParameterValidationError) as caught:
        answer_key.check(xml, TEST)
    assert caught.value.code == PREFIX + code
    assert len(caught.value.message) < 700


@pytest.mark.parametrize(
    ("xml", "code"), [("", "AWS.MissingParameters"), ("x" * 65536, "AWS.ParameterOutOfRange")]
)
def test_limits(xml, code):
    """A key has 1 to 65,535 bytes."""
    with pytest.raises(ParameterValidationError, match="parameter AnswerKey has a") as caught:
        answer_key.check(xml, TEST)
    assert caught.value.code == code


@given(st.text() | st.text().map(lambda text: form_kit.answer_key(text)))
def test_any_text(text):
    """Any text is refused unless it is a key; nothing else happens."""
    with pytest.raises(MarketError):
        answer_key.check(text, TEST)


_SCORES = st.integers(-(2**31), 2**31 - 1)
_MAPPINGS = st.one_of(
    st.just(""),
    st.integers(1, 2**31 - 1).map(percentage),
    st.decimals(-(10**17), 10**17, places=1).map(lambda number: scale(f"{number:f}")),
    st.lists(st.tuples(_SCORES, _SCORES, _SCORES), min_size=1).map(
        lambda each: ranges(*((min(a, b), max(a, b), worth) for a, b, worth in each))
    ),
)


@given(
    st.lists(st.tuples(_SCORES, st.sets(st.sampled_from("abcd"), min_size=1)), min_size=1),
    _MAPPINGS,
    st.dictionaries(st.sampled_from("qrz"), st.lists(st.sampled_from("abcdxyz"))),
)
def test_keys_of_every_shape(options, mapping, answers):
    """Whatever the schema allows is read the same again and gives a value of 32 bits."""
    xml = form_kit.answer_key(
        key_question(*(option(score, *selected) for score, selected in options)), mapping=mapping
    )
    read = answer_key.check(xml, TEST)
    assert answer_key.parse(xml) == read
    assert -(2**31) <= answer_key.score(read, answers) < 2**31


def test_the_namespace_is_the_schemas():
    """A key without its namespace is refused."""
    bare = form_kit.answer_key(key_question(A)).replace(
        f' xmlns="{SCHEMAS}2005-10-01/AnswerKey.xsd"', ""
    )
    with pytest.raises(ParameterValidationError, match="cvc-elt"):
        answer_key.check(bare, TEST)
