"""A batch's ledgers, folded into what is true now."""

import stat
import threading
from decimal import Decimal

import pytest
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch, launched_batches
from ledger_events import assignment, created, decided


@pytest.fixture
def batch(tmp_path):
    return Batch("pilot", "local", tmp_path)


def test_a_batch_without_ledgers_is_empty_and_done(batch, tmp_path):
    """A batch that was never launched has nothing outstanding and leaves no folder."""
    snapshot = batch.read()
    assert (snapshot.hits, snapshot.open_intents, snapshot.rows) == ({}, {}, {})
    assert all(batch.outline().done(stage) for stage in ("poll", "approve", "delete"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_is_found_out_once(batch):
    """The rows that have a HIT are collected once for all who ask: each of 100,000 rows does."""
    batch.money.append(created("A"))
    for known in (batch.read(), batch.outline()):
        assert known.taken == {"A"}
        assert known.taken is known.taken


def test_an_intent_is_open_until_its_receipt(batch):
    """An intent stays open until the HIT is created or the market has refused it."""
    for key in "ABC":
        batch.money.append({"event": "create_intent", "key": key, "token": "t", "page": f"p{key}"})
    batch.money.append(created("A"), {"event": "create_refused", "key": "B"})
    snapshot = batch.read()
    assert list(snapshot.open_intents) == ["C"]
    assert snapshot.open_intents["C"]["page"] == "pC"
    assert list(snapshot.hits) == ["A"]
    batch.money.append({"event": "create_intent", "key": "B", "token": "t", "page": "again"})
    assert batch.read().open_intents["B"]["page"] == "again"
    assert batch.outline().intents == {"B", "C"}
    assert not batch.outline().complete()


def test_hits_stand_in_the_order_of_their_creation(batch):
    """HITs keep the order in which they were created, whatever their keys."""
    batch.money.append(created("B"), created("A"), created("C"))
    snapshot = batch.read()
    assert list(snapshot.hits) == ["B", "A", "C"]
    assert list(snapshot.by_hit_id()) == ["3B", "3A", "3C"]
    assert snapshot.hits["A"].cost_each == Decimal("0.06")


def test_a_stage_is_done_when_every_hit_is(batch):
    """A batch is complete, decided and deleted only once every HIT of it is."""
    batch.money.append(created("A"), created("B"))
    batch.answers.append(assignment("A", "3X"))
    batch.money.append({"event": "closed", "hit_id": "3A", "assignments": 1})
    assert [hit.hit_id for hit in batch.read().open_hits()] == ["3B"]
    assert not batch.outline().complete()
    batch.money.append({"event": "closed", "hit_id": "3B", "assignments": 0})
    assert batch.outline().complete()
    assert not batch.outline().decided()
    assert [each["assignment_id"] for each in batch.read().hits["A"].undecided()] == ["3X"]
    batch.money.append(decided("A", "3X"))
    assert batch.outline().decided()
    assert batch.read().hits["A"].undecided() == []
    assert not batch.outline().all_deleted()
    for key in "AB":
        batch.money.append({"event": "deleted", "key": key, "hit_id": f"3{key}"})
    assert batch.outline().all_deleted()


def test_the_last_word_on_an_assignment_counts(batch):
    """An assignment seen again is one assignment, with what was seen last."""
    batch.money.append(created("A"))
    batch.answers.append(assignment("A", "3X"), assignment("A", "3X", status="Approved"))
    (only,) = batch.read().hits["A"].assignments
    assert only["status"] == "Approved"


def test_a_decision_outlives_an_earlier_view_of_the_market(batch):
    """A decision that was made here is not undone by a slow answer of the market."""
    batch.money.append(created("A"), decided("A", "3X", "Rejected"))
    batch.answers.append(assignment("A", "3X", status="Submitted"))
    assert batch.read().assignments()["3X"]["status"] == "Rejected"


def test_assignments_stand_in_the_order_of_submission(batch):
    """Assignments are ordered by submission, then by id, not by when they were fetched."""
    batch.money.append(created("A"))
    batch.answers.append(
        assignment("A", "3Y", submitted="2026-11-22T09:00:00Z"),
        assignment("A", "3X", submitted="2026-11-22T09:00:00Z"),
        assignment("A", "3Z", submitted="2026-11-22T08:59:59Z"),
    )
    found = [each["assignment_id"] for each in batch.read().hits["A"].assignments]
    assert found == ["3Z", "3X", "3Y"]


def test_ids_and_people_are_in_separate_ledgers(batch):
    """Who people are and what they answered never reaches the ledger fit for version control."""
    batch.money.append(created("A"))
    batch.answers.append(assignment("A", "3X", answer="<secret/>"))
    assert "secret" not in batch.money.path.read_text()
    assert {path.name for path in batch.folder.iterdir()} == {"ledger.jsonl", "answers.jsonl"}
    for path in batch.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_launched_batches_are_those_with_hits_on_the_endpoint(tmp_path):
    """A batch counts as launched where it has a HIT, or may have one, endpoint by endpoint."""
    Batch("b", "local", tmp_path).money.append(created("A"))
    Batch("a", "local", tmp_path).money.append(created("A"))
    Batch("c", "sandbox", tmp_path).money.append(created("A"))
    Batch("d", "local", tmp_path).money.append({"event": "create_intent", "key": "A"})
    (tmp_path / "spending.jsonl").touch()
    (tmp_path / "e").mkdir()
    assert list(launched_batches("local", tmp_path)) == ["a", "b", "d"]
    assert list(launched_batches("sandbox", tmp_path)) == ["c"]
    assert launched_batches("local", tmp_path / "nowhere") == {}


def test_a_damaged_ledger_stops_the_plan(tmp_path):
    """Damage in one batch's ledger is an error naming it, not a batch left out."""
    batch = Batch("a", "local", tmp_path)
    batch.money.append(created("A"))
    batch.money.path.write_bytes(b"damage\n" + batch.money.path.read_bytes())
    with pytest.raises(UserError, match=r"a/ledger\.jsonl:1: damaged"):
        launched_batches("local", tmp_path)


def test_rounds_are_remembered_by_endpoint_and_stage(batch, tmp_path):
    """The run that finished a stage is remembered, for each endpoint by itself."""
    other = Batch("pilot", "sandbox", tmp_path)
    assert batch.round_of("poll") is None
    batch.remember_round("poll", "1")
    batch.remember_round("delete", "2")
    other.remember_round("poll", "3")
    batch.remember_round("poll", "4")
    assert [batch.round_of(stage) for stage in ("poll", "delete", "approve")] == ["4", "2", None]
    assert other.round_of("poll") == "3"
    assert stat.S_IMODE((batch.folder / "rounds.json").stat().st_mode) == 0o600


def test_the_mark_changes_with_decisions_and_deletions_only(batch):
    """The views' mark changes exactly when a decision or a deletion was added."""

    def mark():
        batch.mark_decided()
        return batch.decided_mark.read_text() if batch.decided_mark.exists() else None

    batch.money.append(created("A"))
    seen = [mark()]
    batch.money.append(created("B"))
    assert mark() == seen[-1]
    for event in (decided("A", "3X"), decided("A", "3Y"), {"event": "deleted", "hit_id": "3A"}):
        batch.money.append(event)
        seen.append(mark())
    assert len(set(seen)) == 4


def test_one_writer_at_a_time(batch):
    """Who locks a batch keeps another writer waiting, who is told for whom."""
    said, entered = [], threading.Event()

    def other() -> None:
        with Batch("pilot", "local", batch.state).lock(said.append):
            entered.set()

    thread = threading.Thread(target=other)
    with batch.lock(said.append):
        thread.start()
        assert not entered.wait(0.2)
    assert entered.wait(20)
    thread.join(20)
    assert len(said) == 1
    assert said[0].startswith(f"waiting for {batch.folder / 'lock'}, held by process ")
