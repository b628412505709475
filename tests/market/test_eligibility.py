"""Which HITs a worker may discover, preview and accept."""

from datetime import UTC, datetime

import pytest
from crowdmake.market import eligibility, ids
from crowdmake.market.models import HIT, Assignment, Worker
from crowdmake.market.workers import Refused
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from market.exams import new_type
from market.kit import another

APPROVED, PERCENT = "00000000000000000040", "000000000000000000L0"
LOCALE, ADULT = "00000000000000000071", "00000000000000000060"
MASTERS = ("2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6")
US, PA, CA = (
    {"Country": "US"},
    {"Country": "US", "Subdivision": "PA"},
    {"Country": "US", "Subdivision": "CA"},
)
ES, FR = {"Country": "ES"}, {"Country": "FR"}


def need(kind, comparator, *integers, locales=(), guards="Accept"):
    requirement = {
        "QualificationTypeId": kind,
        "Comparator": comparator,
        "ActionsGuarded": guards,
    }
    if integers:
        requirement["IntegerValues"] = list(integers)
    if locales:
        requirement["LocaleValues"] = list(locales)
    return requirement


def judged(market, worker, hit_id):
    """Return what the worker may do with a HIT."""
    with market.reading():
        hit_type = HIT.objects.select_related("hit_type").get(hit_id=hit_id).hit_type
        present = Worker.objects.get(pk=worker.pk)
        return eligibility.judge(eligibility.Standing(present), hit_type)


def known(market, people, **properties):
    """Return Ann, of whom the operator has stated ``properties``."""
    worker = people.worker("Ann")
    market.run(lambda _: Worker.objects.filter(pk=worker.pk).update(**properties))
    return worker


def history(market, worker, hit_id, **numbers):
    """Let the worker have done so much work of each status."""

    def write(now):
        template = HIT.objects.get(hit_id=hit_id)
        Assignment.objects.bulk_create(
            Assignment(
                assignment_id=ids.entity_id(),
                hit=_copy(template),
                worker=worker,
                status=status,
                accept_time=now,
                deadline=now,
                submit_time=now,
            )
            for status, number in numbers.items()
            for _ in range(number)
        )

    market.run(write)


def _copy(hit):
    """Return another HIT of the same type: a worker does each once."""
    return HIT.objects.create(
        hit_id=ids.entity_id(),
        requester_id=hit.requester_id,
        hit_type_id=hit.hit_type_id,
        creation_time=hit.creation_time,
        expiration=datetime(2100, 1, 1, tzinfo=UTC),
        max_assignments=1,
        fee_cents=0,
        on_market=False,
    )


@pytest.mark.parametrize(
    ("comparator", "values", "met"),
    [
        ("LessThan", (5,), {4}),
        ("LessThanOrEqualTo", (5,), {4, 5}),
        ("GreaterThan", (5,), {6}),
        ("GreaterThanOrEqualTo", (5,), {5, 6}),
        ("EqualTo", (5,), {5}),
        ("NotEqualTo", (5,), {4, 6}),
        ("In", (4, 6), {4, 6}),
        ("NotIn", (4, 6), {5}),
        ("Exists", (), {4, 5, 6, None}),
        ("DoesNotExist", (), {"nothing", "revoked"}),
    ],
)
def test_comparisons(market, client, requester, people, comparator, values, met):
    """A qualification's value is compared; without it, or without a value, nothing is met."""
    type_id = new_type(client)
    hit_id = requester.hit(QualificationRequirements=[need(type_id, comparator, *values)])
    worker = people.worker("Ann")
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    found = {"nothing"} if judged(market, worker, hit_id).accept else set()
    for value in (4, 5, 6):
        client.associate_qualification_with_worker(**named, IntegerValue=value)
        found |= {value} if judged(market, worker, hit_id).accept else set()
    market.run(lambda _: worker.qualification_set.update(value=None))
    found |= {None} if judged(market, worker, hit_id).accept else set()
    client.disassociate_qualification_from_worker(**named)
    found |= {"revoked"} if judged(market, worker, hit_id).accept else set()
    assert found == met


@given(value=st.integers(-9, 9), wanted=st.lists(st.integers(-9, 9), min_size=1, max_size=15))
def test_comparisons_and_their_opposites(value, wanted):
    """Of two opposite comparisons one holds."""
    holds = {name: test(value, wanted) for name, test in eligibility.COMPARISONS.items()}
    for one, other in (
        ("LessThan", "GreaterThanOrEqualTo"),
        ("GreaterThan", "LessThanOrEqualTo"),
        ("EqualTo", "NotEqualTo"),
        ("In", "NotIn"),
    ):
        assert holds[one] != holds[other]


@pytest.mark.parametrize(
    ("country", "subdivision", "comparator", "locales", "met"),
    [
        ("US", "PA", "EqualTo", [US], True),
        ("US", "", "EqualTo", [US], True),
        ("US", "PA", "EqualTo", [PA], True),
        ("US", "CA", "EqualTo", [PA], False),
        ("US", "", "EqualTo", [PA], False),
        ("ES", "", "EqualTo", [US], False),
        ("", "", "EqualTo", [US], False),
        ("US", "PA", "NotEqualTo", [US], False),
        ("US", "CA", "NotEqualTo", [PA], True),
        ("US", "", "NotEqualTo", [PA], False),
        ("ES", "", "NotEqualTo", [PA], True),
        ("", "", "NotEqualTo", [US], False),
        ("US", "PA", "In", [ES, PA], True),
        ("FR", "", "In", [ES, PA], False),
        ("FR", "", "NotIn", [ES, PA], True),
        ("US", "CA", "NotIn", [ES, CA], False),
        ("US", "PA", "NotIn", [FR, CA], True),
    ],
)
def test_places(market, requester, people, country, subdivision, comparator, locales, met):
    """A country holds its states; of a place that is not known nothing is met."""
    hit_id = requester.hit(QualificationRequirements=[need(LOCALE, comparator, locales=locales)])
    worker = known(market, people, country=country, subdivision=subdivision)
    assert judged(market, worker, hit_id).accept == met


@pytest.mark.parametrize("kind", MASTERS)
def test_masters(market, requester, people, kind):
    """The operator says who is a master, by both of the type's ids."""
    hit_id = requester.hit(QualificationRequirements=[need(kind, "Exists")])
    other = requester.hit(QualificationRequirements=[need(kind, "DoesNotExist")], Title="Others")
    worker = people.worker("Ann")
    assert not judged(market, worker, hit_id).accept
    assert judged(market, worker, other).accept
    known(market, people, masters=True)
    assert judged(market, worker, hit_id).accept
    assert not judged(market, worker, other).accept


def test_adults(market, requester, people):
    """The operator says who is an adult."""
    hit_id = requester.hit(QualificationRequirements=[need(ADULT, "EqualTo", 1)])
    worker = people.worker("Ann")
    assert not judged(market, worker, hit_id).accept
    known(market, people, adult=True)
    assert judged(market, worker, hit_id).accept


def test_the_number_of_approved_hits(market, client, requester, people):
    """It counts what any requester has approved, from the first one on."""
    first, worker = requester.hit(), people.worker("Ann")
    wanting = requester.hit(QualificationRequirements=[need(APPROVED, "GreaterThanOrEqualTo", 1)])
    fresh = requester.hit(
        QualificationRequirements=[need(APPROVED, "EqualTo", 0)], Title="For beginners"
    )
    assert not judged(market, worker, wanting).accept
    assert judged(market, worker, fresh).accept
    assignment_id = people.do("Ann", first)
    assert not judged(market, worker, wanting).accept
    client.approve_assignment(AssignmentId=assignment_id)
    assert judged(market, worker, wanting).accept
    assert not judged(market, worker, fresh).accept
    theirs = another(market).hit(
        QualificationRequirements=[need(APPROVED, "GreaterThanOrEqualTo", 1)]
    )
    assert judged(market, worker, theirs).accept


@pytest.mark.parametrize(
    ("numbers", "percentage"),
    [
        ({}, 100),
        ({"Rejected": 99}, 100),
        ({"Rejected": 100}, 0),
        ({"Approved": 95, "Rejected": 5}, 95),
        ({"Approved": 96, "Rejected": 5}, 95),
        ({"Approved": 48, "Rejected": 2, "Submitted": 50}, 96),
        ({"Submitted": 100}, 100),
        ({"Approved": 45, "Rejected": 45, "Returned": 50, "Abandoned": 50, "Accepted": 1}, 100),
    ],
)
def test_the_percentage_of_approved_work(market, requester, people, numbers, percentage):
    """It is that of decided work, rounded down, and 100 until 100 assignments are submitted."""
    worker, template = people.worker("Ann"), requester.hit()
    history(market, worker, template, **numbers)
    for comparator, wanted in (("EqualTo", percentage), ("GreaterThanOrEqualTo", percentage)):
        hit_id = requester.hit(QualificationRequirements=[need(PERCENT, comparator, wanted)])
        assert judged(market, worker, hit_id).accept


@pytest.mark.parametrize(
    ("guards", "may"),
    [
        ("Accept", (True, True, False)),
        ("PreviewAndAccept", (True, False, False)),
        ("DiscoverPreviewAndAccept", (False, False, False)),
    ],
)
def test_what_a_requirement_guards(market, requester, people, guards, may):
    """An action is allowed where all requirements that guard it are met."""
    met = need(APPROVED, "EqualTo", 0, guards="DiscoverPreviewAndAccept")
    hit_id = requester.hit(
        QualificationRequirements=[met, need(ADULT, "EqualTo", 1, guards=guards)]
    )
    found = judged(market, people.worker("Ann"), hit_id)
    assert (found.discover, found.preview, found.accept) == may
    assert found.obstacles == ("Worker_Adult must be 1",)


def test_several_unmet_requirements(market, requester, people):
    """The strictest of them decides, and all are named."""
    hit_id = requester.hit(
        QualificationRequirements=[
            need(ADULT, "EqualTo", 1),
            need(MASTERS[0], "Exists", guards="PreviewAndAccept"),
            need(LOCALE, "In", locales=[PA, ES]),
        ]
    )
    found = judged(market, people.worker("Ann"), hit_id)
    assert (found.discover, found.preview, found.accept) == (True, False, False)
    assert found.obstacles == (
        "Worker_Adult must be 1",
        "Masters must be granted",
        "Worker_Locale must be one of US-PA, ES",
    )


def test_accepting_without_a_qualification(client, requester, people):
    """It is refused with what is required, in words; with it, it is not."""
    type_id = new_type(client, Name="Knows <cats>")
    hit_id = requester.hit(
        QualificationRequirements=[need(type_id, "GreaterThan", 3), need(ADULT, "Exists")]
    )
    with pytest.raises(Refused) as refused:
        people.accept("Ann", hit_id)
    assert str(refused.value) == (
        "You do not meet the requirements of this HIT: "
        "Knows <cats> must be greater than 3; Worker_Adult must be granted."
    )
    only = requester.hit(QualificationRequirements=[need(type_id, "GreaterThan", 3)])
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=people.worker("Ann").worker_id, IntegerValue=4
    )
    people.do("Ann", only)


def test_excluding_who_has_worked_before(client, requester, people):
    """A type that is granted afterwards keeps workers from a second HIT."""
    type_id = new_type(client)
    never = [need(type_id, "DoesNotExist")]
    first, second = (requester.hit(QualificationRequirements=never) for _ in range(2))
    people.do("Ann", first)
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=people.worker("Ann").worker_id
    )
    with pytest.raises(Refused, match="must not be granted"):
        people.accept("Ann", second)
    people.do("Bob", second)


def test_a_deleted_type_still_counts(market, client, requester, people):
    """HITs on the market go on requiring what was granted before."""
    type_id = new_type(client)
    hit_id = requester.hit(QualificationRequirements=[need(type_id, "Exists")], MaxAssignments=2)
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=people.worker("Ann").worker_id
    )
    client.delete_qualification_type(QualificationTypeId=type_id)
    people.do("Ann", hit_id)
    with pytest.raises(Refused, match="Labelling must be granted"):
        people.accept("Bob", hit_id)


def test_simulated_workers_meet_everything(market, client, requester, people):
    """They meet each requirement by definition, and can be blocked all the same."""
    worker = known(market, people, simulated=True)
    worker.simulated = True
    hit_id = requester.hit(
        QualificationRequirements=[
            need(MASTERS[0], "Exists"),
            need(LOCALE, "EqualTo", locales=[US]),
            need(new_type(client), "GreaterThan", 7),
        ]
    )
    assert judged(market, worker, hit_id) == eligibility.ELIGIBLE
    client.create_worker_block(WorkerId=worker.worker_id, Reason="r")
    with pytest.raises(Refused, match="cannot work on this requester's HITs"):
        people.accept("Ann", hit_id)


def test_what_it_costs(market, requester, people):
    """Many HIT types are judged with one query for each kind of fact that they ask about."""
    worker = people.worker("Ann")
    plain = [requester.hit(Title=f"Plain {number}") for number in range(3)]
    counted = [
        requester.hit(
            QualificationRequirements=[
                need(APPROVED, "EqualTo", 0),
                need(PERCENT, "GreaterThan", number),
            ]
        )
        for number in range(3)
    ]
    with market.reading():
        types = {each.hit_id: each.hit_type for each in HIT.objects.select_related("hit_type")}
        for hits, queries in ((plain, 1), (counted, 2)):
            standing = eligibility.Standing(worker)
            with CaptureQueriesContext(connection) as made:
                assert all(eligibility.judge(standing, types[each]).accept for each in hits)
            assert len(made) == queries
