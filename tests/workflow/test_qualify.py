"""Own qualifications, and each worker once, through the targets."""

import pytest
from crowdmake.market.workers import Refused
from market.kit import People
from workflow.conftest import NOTHING, texts


def test_qualify_and_once(experiment):
    """Qualifications are made and granted from files and required by name; who worked cannot accept again."""
    requirement = {"Qualification": "trained", "Comparator": ">=", "IntegerValues": [80]}
    e = experiment(
        qualifications={"trained": {"Description": "Has passed the training."}},
        hit__once="experiment",
        hit__properties__QualificationRequirements=[requirement],
    )
    e.rows(*texts(2))
    people = People(e.market())
    ids = {name: people.worker(name).worker_id for name in ("ana", "ben")}
    e.write("qualifications/trained.txt", f"{ids['ana']} 80\n{ids['ben']} 79\n")
    assert "qualify: 4 changes" in e.run("-n", "qualify")
    assert "granted or revoked: 2 qualifications" in e.run("qualify")
    assert e.calls() == {"CreateQualificationType": 2, "AssociateQualificationWithWorker": 2}
    assert [(r["worker_id"], r["value"]) for r in e.records("results/qualifications.jsonl")] in (
        [(ids["ana"], 80), (ids["ben"], 79)],
        [(ids["ben"], 79), (ids["ana"], 80)],
    )
    assert NOTHING in e.run("qualify")
    e.run("launch")
    first, second = e.hit_ids()
    with pytest.raises(Refused):
        people.accept("ben", first)
    people.do("ana", first)
    e.calls()
    assert "hit.once: 1 worker can accept no further HIT" in e.run("results")
    assert e.calls()["AssociateQualificationWithWorker"] == 1
    with pytest.raises(Refused):
        people.accept("ana", second)


def test_once_without_a_gap(experiment):
    """With one HIT open at a time `launch` excludes who did the last one before it puts up the next."""
    e = experiment(hit__once="experiment", hit__open_at_most=1, hit__properties__MaxAssignments=1)
    e.rows(*texts(2))
    people = People(e.market())
    e.run("launch")
    (first,) = e.hit_ids()
    people.do("ana", first)
    assert "hit.once: 1 worker can accept no further HIT" in e.run("launch")
    (second,) = set(e.hit_ids()) - {first}
    with pytest.raises(Refused):
        people.accept("ana", second)
    people.do("ben", second)
    assert "in spite of it" not in e.run("results")
