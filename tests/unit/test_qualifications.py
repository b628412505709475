"""Qualification requirements that are malformed, and sets that no worker can meet."""

import pytest
from crowdmake.configuration.qualifications import (
    HITS_APPROVED,
    LOCALE,
    PERCENT_APPROVED,
    problems,
    short_forms,
)
from hypothesis import given
from hypothesis import strategies as st

OWN = "3OWNTYPE"
ONE = [
    "LessThan",
    "LessThanOrEqualTo",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "EqualTo",
    "NotEqualTo",
]
LISTS = ["In", "NotIn"]


def numbers(comparator, *values, name=OWN):
    given = {"IntegerValues": list(values)} if values else {}
    return {"QualificationTypeId": name, "Comparator": comparator} | given


def places(comparator, *codes):
    values = [
        dict(zip(("Country", "Subdivision"), code.split("-"), strict=False)) for code in codes
    ]
    given = {"LocaleValues": values} if codes else {}
    return {"QualificationTypeId": LOCALE, "Comparator": comparator} | given


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        (numbers("GreaterThan"), f"{OWN} GreaterThan: needs IntegerValues"),
        (numbers("In"), f"{OWN} In: needs IntegerValues"),
        (numbers("Exists", 1), f"{OWN} Exists: takes no values, found [1]"),
        (numbers("DoesNotExist", 1, 2), f"{OWN} DoesNotExist: takes no values, found [1, 2]"),
        (numbers("EqualTo", 1, 2), f"{OWN} EqualTo: takes one value, found 2; use In or NotIn"),
        (numbers("LessThan", 1, 2), f"{OWN} LessThan: takes one value, found 2; use In or NotIn"),
        (places("In"), f"{LOCALE} In: needs LocaleValues"),
        (places("EqualTo", "US", "CA"), f"{LOCALE} EqualTo: takes one value, found 2; use In"),
        (places("GreaterThan", "US"), f"{LOCALE} GreaterThan: a place is compared with EqualTo,"),
        (places("Exists"), f"{LOCALE} Exists: a place is compared with EqualTo, In, NotEqualTo,"),
        (places("In", "US-NY", "CA-ON"), f"{LOCALE}: a Subdivision is only possible for US"),
        (numbers("EqualTo", 1, name=LOCALE), f"{LOCALE}: expected LocaleValues only"),
        (numbers("In", 1) | {"LocaleValues": []}, f"{OWN}: expected IntegerValues only"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_requirement_is_one_line(requirement, said):
    """A requirement that the market refuses is one line with its type and comparator."""
    (line,) = problems([numbers("Exists"), requirement])
    assert line.startswith(said)


def test_every_malformed_requirement_is_said():
    """Each malformed requirement has its line, before any question of who could meet them."""
    lines = problems([numbers("LessThan"), numbers("Exists", 1), numbers("In", 1)])
    assert [line.split(":")[0] for line in lines] == [f"{OWN} LessThan", f"{OWN} Exists"]


def test_more_than_ten_requirements_are_one_line():
    """Eleven requirements are one line."""
    assert problems([numbers("Exists")] * 10) == []
    (line,) = problems([numbers("Exists")] * 11)
    assert line == "found 11 qualification requirements; expected at most 10"


@pytest.mark.parametrize(
    "group",
    [
        [numbers("GreaterThan", 5), numbers("LessThan", 6)],
        [numbers("Exists"), numbers("DoesNotExist")],
        [numbers("DoesNotExist"), numbers("NotEqualTo", 3)],
        [numbers("EqualTo", 3), numbers("NotIn", 1, 3)],
        [numbers("In", 1, 2), numbers("In", 3, 4)],
        [numbers("GreaterThan", 100, name=PERCENT_APPROVED)],
        [numbers("LessThan", 0, name=PERCENT_APPROVED)],
        [numbers("LessThan", 0, name=HITS_APPROVED)],
        [numbers("EqualTo", -1, name=HITS_APPROVED)],
        [places("EqualTo", "US"), places("EqualTo", "CA")],
        [places("In", "US-NY", "US-CA"), places("NotEqualTo", "US")],
        [places("EqualTo", "US-NY"), places("EqualTo", "US-CA")],
    ],
)
def test_requirements_that_nobody_can_meet_are_named(group):
    """Requirements that exclude each other are one line naming the type and all of them."""
    (line,) = problems(group)
    name = group[0]["QualificationTypeId"]
    assert line.startswith(f"no worker can meet the requirements on {name}: ")
    assert all(each["Comparator"] in line for each in group)


@pytest.mark.parametrize(
    "group",
    [
        [numbers("GreaterThan", 5), numbers("LessThan", 7)],
        [numbers("DoesNotExist")] * 2,
        [numbers("LessThan", -5)],
        [numbers("GreaterThan", -2, name=HITS_APPROVED)],
        [numbers("GreaterThan", 99, name=PERCENT_APPROVED)],
        [numbers("GreaterThanOrEqualTo", 10**6, name=HITS_APPROVED)],
        [places("EqualTo", "US"), places("NotIn", "US-NY", "US-CA")],
        [places("NotIn", "US", "CA")],
        [numbers("EqualTo", 1), numbers("EqualTo", 2, name="3OTHER")],
        [],
    ],
)
def test_requirements_that_somebody_can_meet_are_fine(group):
    """Requirements that some worker meets, or that stand on different types, are no fault."""
    assert problems(group) == []


COMPARE = {
    "LessThan": lambda value, given: value is not None and value < given[0],
    "LessThanOrEqualTo": lambda value, given: value is not None and value <= given[0],
    "GreaterThan": lambda value, given: value is not None and value > given[0],
    "GreaterThanOrEqualTo": lambda value, given: value is not None and value >= given[0],
    "EqualTo": lambda value, given: value is not None and value == given[0],
    "NotEqualTo": lambda value, given: value is not None and value != given[0],
    "In": lambda value, given: value is not None and value in given,
    "NotIn": lambda value, given: value is not None and value not in given,
    "Exists": lambda value, given: value is not None,
    "DoesNotExist": lambda value, given: value is None,
}
NEAR_0, NEAR_100 = st.integers(-4, 6), st.integers(94, 104)
RANGES = {OWN: range(-20, 121), PERCENT_APPROVED: range(101), HITS_APPROVED: range(121)}


@st.composite
def number_groups(draw):
    """Return requirements on one type, close enough to each other to conflict."""
    name = draw(st.sampled_from(sorted(RANGES)))
    value = draw(st.sampled_from([NEAR_0, NEAR_100, NEAR_0 | NEAR_100]))
    one = st.builds(lambda c, v: numbers(c, v, name=name), st.sampled_from(ONE), value)
    several = st.builds(
        lambda c, vs: numbers(c, *vs, name=name),
        st.sampled_from(LISTS),
        st.lists(value, min_size=1, max_size=9),
    )
    presence = st.builds(
        lambda c: numbers(c, name=name), st.sampled_from(["Exists", "DoesNotExist"])
    )
    return name, draw(st.lists(one | one | several | presence, min_size=1, max_size=5))


@given(number_groups())
def test_numbers_are_impossible_exactly_when_no_value_meets_them(named):
    """Trying every value (and none) finds nobody exactly where the check says so."""
    name, group = named
    somebody = any(
        all(COMPARE[each["Comparator"]](value, each.get("IntegerValues")) for each in group)
        for value in [None, *RANGES[name]]
    )
    assert (problems(group) == []) == somebody


CODES = ["US", "US-NY", "US-CA", "CA", "GB"]
WORKERS = ["US", "US-NY", "US-CA", "US-TX", "CA", "GB", "FR"]


@st.composite
def place_groups(draw):
    """Return requirements on the worker's place."""
    one = st.builds(places, st.sampled_from(["EqualTo", "NotEqualTo"]), st.sampled_from(CODES))
    several = st.builds(
        lambda c, codes: places(c, *codes),
        st.sampled_from(LISTS),
        st.lists(st.sampled_from(CODES), min_size=1, max_size=4),
    )
    return draw(st.lists(one | several, min_size=1, max_size=4))


@given(place_groups())
def test_places_are_impossible_exactly_when_no_place_meets_them(group):
    """Trying a worker of every place finds nobody exactly where the check says so."""

    def lives_in(worker: str, place: dict[str, str]) -> bool:
        code = "-".join(place.values())
        return worker == code or worker.startswith(f"{code}-")

    def meets(worker: str, each: dict) -> bool:
        inside = any(lives_in(worker, place) for place in each["LocaleValues"])
        return inside == (each["Comparator"] in {"EqualTo", "In"})

    somebody = any(all(meets(worker, each) for each in group) for worker in WORKERS)
    assert (problems(group) == []) == somebody


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, []),
        ({"Country": "US"}, [places("In", "US")]),
        ({"Country": ["US", "CA"]}, [places("In", "US", "CA")]),
        (
            {"HitsApproved": 500, "PercentApproved": 0},
            [
                numbers("GreaterThanOrEqualTo", 500, name=HITS_APPROVED),
                numbers("GreaterThanOrEqualTo", 0, name=PERCENT_APPROVED),
            ],
        ),
    ],
)
def test_short_forms_mean_at_least_and_one_of(given, meant):
    """simple-amt's short forms are requirements: one of the countries, at least the numbers."""
    assert short_forms(given) == meant
    assert problems(meant) == []
