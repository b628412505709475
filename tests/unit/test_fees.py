"""Fees: Amazon's tiers to the cent, rates, none, and the sentence about a launch."""

from decimal import Decimal

import pytest
from crowdmake.configuration.qualifications import MASTERS
from crowdmake.money.fees import cost_sentence, price
from hypothesis import given
from hypothesis import strategies as st


def priced(reward, assignments=1, fees="amazon", requirements=()):
    return price(
        {
            "Reward": reward,
            "MaxAssignments": assignments,
            "QualificationRequirements": [
                {"QualificationTypeId": name, "Comparator": "Exists"} for name in requirements
            ],
        },
        fees,
    )


@pytest.mark.parametrize(
    ("reward", "assignments", "fee"),
    [
        ("1.00", 1, "0.20"),
        ("1.00", 9, "0.20"),
        ("1.00", 10, "0.40"),
        ("1.00", 1000, "0.40"),
        ("0.05", 1, "0.01"),
        ("0.04", 1, "0.01"),
        ("0.01", 1, "0.01"),
        ("0.00", 1, "0.01"),
        ("0.01", 10, "0.01"),
        ("0.12", 1, "0.02"),
        ("0.13", 1, "0.03"),
        ("0.07", 1, "0.01"),
        ("0.08", 1, "0.02"),
        ("999999999999.99", 1, "200000000000.00"),
    ],
)
def test_amazon_takes_a_fifth_and_from_ten_assignments_two_fifths(reward, assignments, fee):
    """Amazon's fee is 20 %, from ten assignments 40 %, rounded to the cent, at least one."""
    assert priced(reward, assignments).fee == Decimal(fee)


@pytest.mark.parametrize(
    ("reward", "assignments", "fee"),
    [("1.00", 1, "0.25"), ("1.00", 10, "0.45"), ("0.10", 1, "0.03"), ("0.30", 10, "0.14")],
)
@pytest.mark.parametrize("masters", sorted(MASTERS))
def test_masters_cost_a_twentieth_more(reward, assignments, fee, masters):
    """Where Masters are required, 5 % are added before rounding half up."""
    assert priced(reward, assignments, requirements=["3OTHER", masters]).fee == Decimal(fee)


@pytest.mark.parametrize(
    ("reward", "rate", "fee"),
    [
        ("1.05", 0.1, "0.11"),
        ("1.15", 0.1, "0.12"),
        ("0.05", 0.1, "0.01"),
        ("0.04", 0.1, "0.00"),
        ("1.00", 0, "0.00"),
        ("1.00", 1, "1.00"),
        ("0.35", 0.3, "0.11"),
        ("10.00", 1e-7, "0.00"),
    ],
)
def test_a_rate_is_rounded_half_up_from_the_decimal_that_is_written(reward, rate, fee):
    """A rate is taken as the decimal it is written as, rounded half up, with no least fee."""
    assert priced(reward, fees=rate).fee == Decimal(fee)


def test_no_fees_are_none():
    """Without fees a HIT costs its rewards."""
    each = priced("0.05", 3, fees="none")
    assert (each.fee, each.total) == (Decimal("0.00"), Decimal("0.15"))


def test_many_cents_add_up_exactly():
    """A thousand small fees add up to the cent."""
    assert priced("0.07", 1000).total == Decimal("100.00")


@given(
    cents=st.integers(0, 10**9),
    assignments=st.integers(1, 10**6),
    masters=st.booleans(),
)
def test_a_total_is_exact(cents, assignments, masters):
    """The total is exact, agreeing with arithmetic on whole numbers."""
    each = priced(
        f"{cents // 100}.{cents % 100:02}", assignments, requirements=sorted(MASTERS)[:masters]
    )
    percent = (20 if assignments < 10 else 40) + (5 if masters else 0)
    fee = max(1, (cents * percent + 50) // 100)
    assert each.total * 100 == (cents + fee) * assignments
    assert each.total == each.total.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("hits", "assignments", "live", "said"),
    [
        (
            40,
            3,
            0,
            "40 HITs x 3 assignments: rewards 6.00 USD, fees 1.20 USD, total 7.20 USD",
        ),
        (1, 1, 0, "1 HIT x 1 assignment: rewards 0.05 USD, fees 0.01 USD, total 0.06 USD"),
        (1, 1, 7, "1 HIT x 1 assignment: rewards 0.05 USD, fees 0.01 USD, total 0.06 USD; 7 live"),
        (0, 3, 40, "nothing new; 40 live"),
    ],
)
def test_the_sentence_says_rewards_fees_and_total(hits, assignments, live, said):
    """What a launch costs is one sentence with numbers of HITs and assignments."""
    assert cost_sentence(hits, priced("0.05", assignments), live) == said
