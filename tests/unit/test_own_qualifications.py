"""Own qualifications in the configuration: named, compared in any spelling, and `hit.once`."""

from pathlib import Path

import pytest
import yaml
from crowdmake.account.orders import worker_ledger
from crowdmake.configuration import properties
from crowdmake.configuration.config import Configuration
from crowdmake.configuration.qualifications import NEW_WORKERS, ONCE, names_in, with_ids
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import account_rounds
from crowdmake.planning.account_plan import AccountPlan

pytestmark = pytest.mark.usefixtures("experiment")

SOUND = {"Title": "T", "Description": "D", "Reward": "0.05"}
OWN = {"trained": {"Description": "Has passed."}}


def configured(hit=None, requirements=(), **parts):
    values = yaml.safe_load(Path("config/config.yaml").read_text(encoding="utf-8"))
    values["hit"] |= hit or {}
    values["hit"]["properties"]["QualificationRequirements"] = list(requirements)
    return Configuration(values | parts, Path())


def faults(*arguments, **parts):
    with pytest.raises(UserError) as caught:
        configured(*arguments, **parts)
    return [line.removeprefix("config/config.yaml: ") for line in caught.value.lines]


def trained(comparator, **given):
    return {"Qualification": "trained", "Comparator": comparator} | given


@pytest.mark.parametrize(
    ("spelt", "word", "values"),
    [
        ("<", "LessThan", [7]), ("<=", "LessThanOrEqualTo", [7]), (">", "GreaterThan", [7]),
        (">=", "GreaterThanOrEqualTo", [7]), ("==", "EqualTo", [7]), ("=", "EqualTo", [7]),
        ("!=", "NotEqualTo", [7]), ("in", "In", [7, 8]), ("not in", "NotIn", [7, 8]),
        ("exists", "Exists", None), ("does not exist", "DoesNotExist", None),
        ("NotIn", "NotIn", [7]),
    ],
)  # fmt: skip
def test_every_comparator_in_any_spelling(spelt, word, values):
    """Each of the API's ten comparators is taken as a sign or words, and sent as the API's word."""
    given = {"IntegerValues": values} if values else {}
    hit = configured(requirements=[trained(spelt, **given)], qualifications=OWN).hit("b")
    requirements = hit.properties["QualificationRequirements"]
    assert names_in(requirements) == ["trained"]
    assert with_ids(requirements, {"trained": "3T"}) == [
        {"QualificationTypeId": "3T", "Comparator": word} | given
    ]


def test_values_and_comparators_are_checked_in_any_spelling():
    """What is wrong with a comparator's values is said whatever it is spelt as."""
    (line,) = faults(requirements=[trained("exists", IntegerValues=[1])], qualifications=OWN)
    assert line == "hit.properties: qualification trained Exists: takes no values, found [1]"


def test_a_name_must_be_configured():
    """A requirement on a name that the configuration does not hold is a line with the nearest."""
    line = 'hit.properties: found Qualification "trained"; did you mean trainee?'
    own = {"trainee": OWN["trained"]}
    assert faults(requirements=[trained("exists")], qualifications=own) == [line]


def test_a_requirement_names_one_type():
    """A requirement without a type, or with an id and a name, is a line."""
    where = "hit.properties.QualificationRequirements[0].QualificationTypeId"
    assert faults(requirements=[{"Comparator": "Exists"}]) == [
        f"{where}: missing; expected the id of the qualification type, or Qualification"
    ]
    both = trained("exists", QualificationTypeId="3T")
    assert faults(requirements=[both], qualifications=OWN) == [
        f"{where}: stands beside Qualification; expected one of the two"
    ]


def test_a_name_for_a_qualification():
    """A name that no file can have is no qualification's."""
    (line,) = faults(qualifications={"a b": OWN["trained"]})
    assert line.startswith('qualifications: "a b" is no name for a qualification; expected up to')


def test_once_is_a_requirement():
    """`hit.once` requires the absence of the experiment's own qualification, for one batch too."""
    assert configured().qualifications == {}
    plain = configured(qualifications=OWN, batches={"b": {"hit": {"once": "experiment"}}})
    assert plain.hit("a").properties["QualificationRequirements"] == []
    assert plain.hit("b").properties["QualificationRequirements"] == [NEW_WORKERS]
    assert plain.qualifications.keys() == {"trained", ONCE}
    assert "sample-sample" in plain.qualifications[ONCE]["Name"]


def test_once_counts_among_the_ten():
    """With ten requirements there is no room for `hit.once`."""
    ten = [{"QualificationTypeId": "3T", "Comparator": "Exists"}] * 10
    (line,) = faults({"once": "experiment"}, ten)
    assert line == "hit.once: is a requirement too, beside 10 others; expected at most 10 in all"


def test_masters_cost_more_beside_a_name():
    """A requirement by name stands beside one by id when a HIT is priced."""
    from crowdmake.money.fees import price

    masters = {"QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Comparator": "Exists"}
    given = SOUND | {"Reward": "1.00", "QualificationRequirements": [trained("exists"), masters]}
    assert str(price(properties.complete(given), "amazon").fee) == "0.25"


def test_the_plan_of_a_qualification():
    """While types or grants are outstanding the plan says how many, under another token in each run."""
    Path("qualifications").mkdir()
    Path("qualifications/trained.txt").write_text("AB1 3\nAB2\n", encoding="utf-8")
    configuration = configured(qualifications=OWN)
    plan = AccountPlan(configuration, "77")
    assert plan.left("qualify") == "3 changes"
    assert plan.token("qualify").endswith("/qualify/account/77")
    ledger = worker_ledger("local")
    ledger.append(
        {"event": "qualification_type", "qualification": "trained", "qualification_type_id": "3T"},
        {"event": "granted", "qualification": "trained", "worker_id": "AB1", "value": 3},
        {"event": "granted", "qualification": "trained", "worker_id": "AB2", "value": 1},
    )
    account_rounds("local").remember("qualify", "66")
    assert plan.token("qualify").endswith("/66")
    Path("qualifications/trained.txt").write_text("AB1 3\nAB2 revoke\n", encoding="utf-8")
    assert plan.left("qualify") == "1 change"
