"""Which qualification requirements a HIT type may have."""

import pytest

from market.kit import PROPERTIES, TYPE

APPROVED, PERCENT = "00000000000000000040", "000000000000000000L0"
LOCALE, ADULT = "00000000000000000071", "00000000000000000060"
MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
VALUE = "AWS.MechanicalTurk.InvalidParameterValue"


def need(kind, comparator, integers=None, locales=None, **more):
    requirement = {"QualificationTypeId": kind, "Comparator": comparator, **more}
    if integers is not None:
        requirement["IntegerValues"] = integers
    if locales is not None:
        requirement["LocaleValues"] = locales
    return requirement


US, PA, ES = {"Country": "US"}, {"Country": "US", "Subdivision": "PA"}, {"Country": "ES"}


@pytest.mark.parametrize(
    "requirement",
    [
        need(MASTERS, "Exists"),
        need("2ARFPLSP75KLA8M8DH1HTEQVJT3SY6", "DoesNotExist"),
        need(ADULT, "EqualTo", [1]),
        need(APPROVED, "In", list(range(15))),
        need(PERCENT, "GreaterThanOrEqualTo", [100]),
        need(LOCALE, "EqualTo", locales=[PA]),
        need(LOCALE, "NotIn", locales=[US] * 30),
        *(
            need(APPROVED, each, [1])
            for each in ("LessThan", "LessThanOrEqualTo", "GreaterThan", "NotEqualTo", "NotIn")
        ),
    ],
)
def test_requirements_that_mean_something(client, requester, requirement):
    """They are returned with their defaults filled in."""
    hit_id = requester.hit(QualificationRequirements=[requirement])
    assert client.get_hit(HITId=hit_id)["HIT"]["QualificationRequirements"] == [
        {**requirement, "ActionsGuarded": "Accept", "RequiredToPreview": False}
    ]


@pytest.mark.parametrize(
    "requirement",
    [
        need(MASTERS, "Exists", [1]),
        need(APPROVED, "DoesNotExist", [1]),
        need(APPROVED, "GreaterThan"),
        need(APPROVED, "GreaterThan", []),
        need(APPROVED, "GreaterThan", [1, 2]),
        need(APPROVED, "In", []),
        need(APPROVED, "In", list(range(16))),
        need(APPROVED, "GreaterThan", [-1]),
        need(PERCENT, "LessThan", [101]),
        need(APPROVED, "EqualTo", [1], [US]),
        need(APPROVED, "EqualTo", locales=[US]),
        need(LOCALE, "EqualTo"),
        need(LOCALE, "EqualTo", locales=[US, ES]),
        need(LOCALE, "In", locales=[US] * 31),
        need(LOCALE, "EqualTo", [1], [US]),
        need(LOCALE, "GreaterThan", locales=[US]),
        need(LOCALE, "EqualTo", locales=[{"Country": "ES", "Subdivision": "MD"}]),
        need(MASTERS, "Exists", RequiredToPreview=True, ActionsGuarded="Accept"),
        need(MASTERS, "Exists", RequiredToPreview=False, ActionsGuarded="PreviewAndAccept"),
    ],
)
def test_requirements_that_mean_nothing(requester, requirement):
    """Values that a comparator or a type does not take are refused."""
    with requester.refused(VALUE, "ParameterValidationError", "QualificationRequirement"):
        requester.hit(QualificationRequirements=[requirement])


def test_countries_have_two_letters(requester):
    """The service model limits the codes of countries."""
    long = need(LOCALE, "EqualTo", locales=[{"Country": "USA"}])
    with requester.refused(None, "ValidationException", "localeValues.1.member.country"):
        requester.hit(QualificationRequirements=[long])


@pytest.mark.parametrize("locale", [{"Country": "us"}, {"Country": "US", "Subdivision": "p1"}])
def test_codes_of_places_are_capital_letters(requester, locale):
    """What no worker's place can be is refused."""
    with requester.refused(VALUE, "ParameterValidationError", "ISO 3166"):
        requester.hit(QualificationRequirements=[need(LOCALE, "In", locales=[US, locale])])


def test_ten_requirements_at_most(requester):
    """A HIT type has up to ten requirements."""
    requester.hit(QualificationRequirements=[need(APPROVED, "LessThan", [n]) for n in range(10)])
    with requester.refused(VALUE, "ParameterValidationError", "at most 10"):
        requester.hit(
            QualificationRequirements=[need(APPROVED, "LessThan", [n]) for n in range(11)]
        )


def test_unknown_qualification_types(requester):
    """A type that nobody made does not exist."""
    with requester.refused("AWS.MechanicalTurk.QualificationTypeDoesNotExist", message="3MINE"):
        requester.hit(QualificationRequirements=[need("3MINE", "Exists")])


@pytest.mark.parametrize(
    ("given", "guarded", "preview"),
    [
        ({"RequiredToPreview": True}, "PreviewAndAccept", True),
        ({"RequiredToPreview": False}, "Accept", False),
        (
            {"ActionsGuarded": "DiscoverPreviewAndAccept"},
            "DiscoverPreviewAndAccept",
            True,
        ),
    ],
)
def test_what_is_guarded(client, requester, given, guarded, preview):
    """The older and the newer way to say it are both shown."""
    hit_id = requester.hit(QualificationRequirements=[need(MASTERS, "Exists", **given)])
    (shown,) = client.get_hit(HITId=hit_id)["HIT"]["QualificationRequirements"]
    assert (shown["ActionsGuarded"], shown["RequiredToPreview"]) == (guarded, preview)


def test_what_is_shown_can_be_given(client):
    """The requirements of a HIT make another HIT of its type, as programs copy them."""
    requirements = [
        need(APPROVED, "In", [1, 2], ActionsGuarded="DiscoverPreviewAndAccept"),
        need(LOCALE, "EqualTo", locales=[PA], RequiredToPreview=True),
        need(MASTERS, "Exists"),
    ]
    first = client.create_hit(**PROPERTIES, QualificationRequirements=requirements)["HIT"]
    shown = first["QualificationRequirements"]
    again = client.create_hit(**PROPERTIES, QualificationRequirements=shown)["HIT"]
    assert again["HITTypeId"] == first["HITTypeId"]


def test_empty_lists_are_no_values(client):
    """An empty list of values that a requirement does not take is as good as none."""
    plain = [need(APPROVED, "EqualTo", [1]), need(LOCALE, "EqualTo", locales=[US])]
    filled = [{"IntegerValues": [], "LocaleValues": [], **each} for each in plain]
    ids = [
        client.create_hit_type(**TYPE, QualificationRequirements=each)["HITTypeId"]
        for each in (plain, filled)
    ]
    assert ids[0] == ids[1]
