"""HIT properties: what a reward and a lifetime may be, and what the API gets."""

from decimal import Decimal

import pytest
from crowdmake.configuration import properties
from hypothesis import given
from hypothesis import strategies as st

SOUND = {"Title": "T", "Description": "D", "Reward": "0.05"}
NO_AMOUNT = 'expected US dollars with at most two decimals and no sign, such as "0.05"'


def problems(**parts):
    return properties.problems(SOUND | parts, "hit.properties")


@pytest.mark.parametrize(
    ("reward", "shown"),
    [
        ("0.005", '"0.005"'),
        ("$1", '"$1"'),
        (".05", '".05"'),
        ("5.", '"5."'),
        ("-1", '"-1"'),
        ("+1", '"+1"'),
        ("", '""'),
        (" 1", '" 1"'),
        ("1\n", '"1\\n"'),
        ("1,50", '"1,50"'),
        ("1e2", '"1e2"'),
        ("0x1", '"0x1"'),
        ("\u0661", '"\\u0661"'),
        ("NaN", '"NaN"'),
        ("1_0", '"1_0"'),
        ("9" * 13, f'"{"9" * 13}"'),
        (0.005, "0.005"),
        (-1, "-1"),
        (10**400, f"1{'0' * 58}…"),
        (1e16, "1e+16"),
    ],
)
def test_a_reward_that_is_no_amount_to_the_cent_is_one_line(reward, shown):
    """A reward with a sign, a currency, a comma or a third decimal is one line."""
    assert problems(Reward=reward) == [f"hit.properties.Reward: found {shown}; {NO_AMOUNT}"]


@pytest.mark.parametrize("reward", [True, None, [], {}, float("nan"), float("inf")], ids=repr)
def test_a_reward_of_another_kind_is_one_line(reward):
    """A reward that is neither text nor number is one line too."""
    (said,) = set(problems(Reward=reward))
    assert said.startswith("hit.properties.Reward: found ")


@pytest.mark.parametrize(
    ("reward", "sent"),
    [
        ("0.05", "0.05"),
        (0.05, "0.05"),
        (1, "1.00"),
        ("1.5", "1.50"),
        (0.1, "0.10"),
        ("0", "0.00"),
        ("007.10", "7.10"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_a_sound_reward_is_sent_with_two_decimals(reward, sent):
    """A reward is sent as a text with two decimals, however it was written."""
    assert problems(Reward=reward) == []
    assert properties.complete(SOUND | {"Reward": reward})["Reward"] == sent


@given(st.integers(0, 10**14 - 1))
def test_every_amount_to_the_cent_is_exact(cents):
    """Any number of cents up to the limit comes back exactly."""
    assert properties.amount(f"{cents // 100}.{cents % 100:02}") == Decimal(cents).scaleb(-2)


@given(st.text(max_size=8) | st.floats() | st.integers() | st.booleans() | st.none())
def test_an_amount_is_never_negative_or_finer_than_a_cent(value):
    """Whatever is written, an amount is none or a whole number of cents from 0 up."""
    amount = properties.amount(value)
    assert amount is None or (amount >= 0 and amount * 100 == int(amount * 100))


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("LifetimeInSeconds", 30, 31_536_000),
        ("AssignmentDurationInSeconds", 30, 31_536_000),
        ("AutoApprovalDelayInSeconds", 0, 2_592_000),
        ("MaxAssignments", 1, 1_000_000_000),
        ("PercentApproved", 0, 100),
        ("HitsApproved", 0, 2**31 - 1),
        ("FrameHeight", 0, 100_000),
    ],
)
def test_a_number_out_of_range_is_one_line(name, least, most):
    """A number just past the API's range is one line with the range; its ends are fine."""
    for value in (least - 1, most + 1, 10**30):
        expected = f"hit.properties.{name}: found {value}; expected {least} to {most}"
        assert problems(**{name: value}) == [expected]
    assert problems(**{name: least}) == problems(**{name: most}) == []


@pytest.mark.parametrize(
    ("name", "most"), [("Title", 128), ("Description", 2000), ("Keywords", 1000)]
)
def test_a_text_that_is_too_long_is_one_short_line(name, most):
    """A text past the API's limit is one line that shows only its beginning."""
    assert problems(**{name: "é" * most}) == []
    (said,) = problems(**{name: "é" * (most + 1)})
    assert said.endswith(f"{most} characters")
    assert len(said) < 150


@pytest.mark.parametrize("name", ["Title", "Description"])
@pytest.mark.parametrize("text", ["", " \t", 3, None])
def test_a_hit_has_a_title_and_a_description(name, text):
    """A title or description that is blank or no text is a fault."""
    assert problems(**{name: text})


@pytest.mark.parametrize("country", ["us", "USA", "", "US\n", [], ["US", "gb"], 1, None])
def test_a_country_is_a_code_of_two_capital_letters(country):
    """Anything but two capital letters, or a list of such, is one line."""
    (said,) = problems(Country=country)
    assert said.endswith("such as US, a state such as US-CA, or a list of them")


def test_every_fault_is_said_and_requirements_only_when_the_rest_is_sound():
    """All faults of the properties are said at once."""
    found = problems(Reward="$1", LifetimeInSeconds=29, Titel="x")
    assert sorted(line.split(":")[0] for line in found) == [
        "hit.properties.LifetimeInSeconds",
        "hit.properties.Reward",
        "hit.properties.Titel",
    ]


def test_short_forms_and_requirements_are_judged_together():
    """A short form that contradicts a requirement is found."""
    below = {
        "QualificationTypeId": "00000000000000000040",
        "Comparator": "LessThan",
        "IntegerValues": [100],
    }
    assert problems(HitsApproved=99, QualificationRequirements=[below]) == []
    (said,) = problems(HitsApproved=100, QualificationRequirements=[below])
    assert said == (
        "hit.properties: no worker can meet the requirements on 00000000000000000040:"
        " LessThan 100; GreaterThanOrEqualTo 100"
    )


def test_ten_requirements_are_the_most_short_forms_included():
    """Short forms count among the ten requirements that the API takes."""
    own = {"QualificationTypeId": "3ABC", "Comparator": "Exists"}
    assert problems(QualificationRequirements=[own] * 9, Country="US") == []
    assert problems(QualificationRequirements=[own] * 10, Country="US") == [
        "hit.properties: found 11 qualification requirements; expected at most 10"
    ]


def test_complete_properties_have_the_api_names_only():
    """Complete properties hold every default and no short form."""
    found = properties.complete(SOUND | {"Country": ["US", "CA"], "PercentApproved": 95})
    assert found == properties.DEFAULTS | SOUND | {
        "QualificationRequirements": [
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": "In",
                "LocaleValues": [{"Country": "US"}, {"Country": "CA"}],
            },
            {
                "QualificationTypeId": "000000000000000000L0",
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [95],
            },
        ]
    }


OLD = {
    "title": "T",
    "description": "D",
    "keywords": "a,b",
    "reward": 0.05,
    "duration": 900,
    "lifetime": 3600,
    "approval_delay": 60,
    "frame_height": 20000,
    "max_assignments": 3,
    "country": "US-CA",
    "hits_approved": 100,
    "percent_approved": 95,
    "qualification_id": "3ABC",
    "qualification_comparator": ">",
    "qualification_integer": 80,
}
NEW = {
    "Title": "T",
    "Description": "D",
    "Keywords": "a,b",
    "Reward": 0.05,
    "AssignmentDurationInSeconds": 900,
    "LifetimeInSeconds": 3600,
    "AutoApprovalDelayInSeconds": 60,
    "FrameHeight": 20000,
    "MaxAssignments": 3,
    "Country": "US-CA",
    "HitsApproved": 100,
    "PercentApproved": 95,
    "QualificationId": "3ABC",
    "QualificationComparator": ">",
    "QualificationInteger": 80,
}


@given(st.lists(st.booleans(), min_size=len(OLD), max_size=len(OLD)))
def test_both_dialects_and_any_mixture_mean_the_same(older):
    """simple-amt's two spellings mean the same, whichever of them each property uses."""
    pairs = zip(older, OLD.items(), NEW.items(), strict=True)
    mixed = dict(old if is_old else new for is_old, old, new in pairs)
    assert properties.api_names(mixed) == NEW
    assert properties.problems(NEW, "p") == []


def test_a_property_in_both_dialects_must_have_one_value():
    """A property under two names is taken where both agree, and an error with both names where not."""
    agreed = SOUND | {"title": "T", "max_assignments": 2, "MaxAssignments": 2}
    assert properties.api_names(agreed) == SOUND | {"MaxAssignments": 2}
    with pytest.raises(ValueError, match="same property") as caught:
        properties.api_names(
            SOUND | {"title": "U", "duration": 1, "AssignmentDurationInSeconds": 2}, "p.json"
        )
    assert caught.value.args == (
        'p.json: Title and title are the same property: found "T" and "U"; keep one',
        "p.json: duration and AssignmentDurationInSeconds are the same property: found 1 and 2; keep one",
    )


def test_a_fault_is_named_as_it_was_written():
    """A fault in a property of the older spelling is said under that spelling."""
    given = {"title": "T", "description": "D", "reward": "$1", "max_assignments": "3"}
    found = properties.problems(properties.api_names(given), "p", properties.spelling(given))
    assert found == [
        'p.max_assignments: found "3"; expected 1 to 1000000000',
        f'p.reward: found "$1"; {NO_AMOUNT}',
    ] or found == [
        'p.max_assignments: found "3"; expected integer',
        f'p.reward: found "$1"; {NO_AMOUNT}',
    ]


def test_what_simple_amt_looped_on_forever_has_a_default_or_is_refused():
    """simple-amt's own example launches with defaults; a comparator that nobody knows is refused."""
    example = {"title": "T", "description": "D", "reward": 0.05, "duration": 900}
    found = properties.complete(properties.api_names(example))
    assert found["LifetimeInSeconds"] == 604800
    assert found["FrameHeight"] == 0
    (said,) = problems(
        QualificationId="3A", QualificationComparator="at least", QualificationInteger=1
    )
    assert said.startswith(
        'hit.properties.QualificationComparator: found "at least"; expected one of <,'
    )
    assert problems(QualificationInteger=1) == [
        "hit.properties.QualificationId: missing; expected with QualificationInteger",
        "hit.properties.QualificationComparator: missing; expected with QualificationInteger",
    ]
    assert problems(QualificationId="3A", QualificationComparator="=") == [
        "hit.properties: 3A EqualTo: needs IntegerValues"
    ]


@pytest.mark.parametrize(
    ("country", "places"),
    [
        ("US", [{"Country": "US"}]),
        ("US-CA", [{"Country": "US", "Subdivision": "CA"}]),
        (["US-NY", "DE"], [{"Country": "US", "Subdivision": "NY"}, {"Country": "DE"}]),
    ],
)
def test_a_country_is_one_code_or_a_list_with_states(country, places):
    """One code is one place and never its letters; US-CA is a state."""
    assert problems(Country=country) == []
    (requirement,) = properties.complete(SOUND | {"Country": country})["QualificationRequirements"]
    assert requirement["LocaleValues"] == places


@pytest.mark.parametrize(
    ("sign", "word"),
    [("<", "LessThan"), ("<=", "LessThanOrEqualTo"), ("=", "EqualTo"), ("==", "EqualTo"),
     ("!=", "NotEqualTo"), (">", "GreaterThan"), (">=", "GreaterThanOrEqualTo"), ("In", "In")],
)  # fmt: skip
def test_all_comparators_are_taken_as_signs_or_words(sign, word):
    """Every comparison has its sign, besides the API's own words."""
    given = {"QualificationId": "3A", "QualificationComparator": sign, "QualificationInteger": 7}
    assert problems(**given) == []
    (requirement,) = properties.complete(SOUND | given)["QualificationRequirements"]
    assert requirement == {"QualificationTypeId": "3A", "Comparator": word, "IntegerValues": [7]}


def test_keywords_may_be_a_list_as_in_the_older_dialect():
    """A list of keywords is joined; a list of anything else, or a long one, is refused by its name."""
    found = properties.api_names(SOUND | {"keywords": ["image", "two words"]})
    assert found["Keywords"] == "image, two words"
    for wrong in ([1, 2], ["x" * 600, "y" * 600], 5):
        (said,) = properties.problems(
            properties.api_names(SOUND | {"keywords": wrong}), "p", {"Keywords": "keywords"}
        )
        assert said.startswith("p.keywords: found ")
        assert "expected text or a list, at most 1000" in said
