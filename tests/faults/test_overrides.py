"""Overridden rejections through crashes: approved and paid once, and said in the ledger."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from crowdmake.client import in_process
from crowdmake.configuration.config import Review
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch
from crowdmake.reviewing import review
from crowdmake.reviewing.decisions import Decision
from crowdmake.reviewing.review import decide
from faults.scenes import HITS, WORKERS, Elsewhere, Scene, crash_everywhere, prepared

LISTED = Review("listed", None)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Work in a folder of its own, where the list of assignments stands."""
    monkeypatch.chdir(tmp_path)
    Path("decisions").mkdir()


def _reject(scene, client):
    names = scene.batch.read().assignments()
    decide(client, scene.batch, dict.fromkeys(names, Decision("Rejected", "No")), print)
    Path("decisions/b.txt").write_text("\n".join(names))


def _override(scene, client):
    review.approve(client, scene.batch, LISTED, print, override=True)


def test_crashes(monkeypatch, tmp_path):
    """An override that crashes at any append ends, when run again, with everything approved once."""

    def check(scene):
        snapshot = scene.batch.read()
        assert {each["decision"] for each in snapshot.decisions.values()} == {"Approved"}
        assert not scene.batch.outline().overrides
        balance = in_process(scene.market).get_account_balance()["AvailableBalance"]
        assert Decimal(balance) == Decimal("10000") - HITS * Decimal("0.12")

    prepare = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)
    steps = crash_everywhere(monkeypatch, prepare, _override, check)
    assert steps >= 2 * HITS * len(WORKERS)


@pytest.mark.parametrize("arrived", [True, False])
def test_what_was_cut_off_continues_without_the_order(tmp_path, arrived):
    """An override that was cut off is finished with its words by the next plain approval, which orders none."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)("scene")
    client = in_process(scene.market)
    name = next(iter(scene.batch.read().assignments()))
    scene.batch.money.append(
        {"event": "override_intent", "assignment_id": name, "feedback": "sorry"}
    )
    if arrived:
        client.approve_assignment(
            AssignmentId=name, OverrideRejection=True, RequesterFeedback="sorry"
        )
    assert not scene.batch.outline().done("approve")
    review.approve(client, scene.batch, LISTED, print)
    approved = [each for each in _statuses(scene.batch) if each == "Approved"]
    assert len(approved) == 1
    assert scene.batch.read().decisions[name]["feedback"] == "sorry"


def test_too_late(tmp_path, capsys):
    """After thirty days a rejection stays, and the ledger says so once."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)("scene")
    scene.market.clock.advance(timedelta(days=31))
    _override(scene, in_process(scene.market))
    assert "6 assignments rejected too long ago to be overridden" in capsys.readouterr().out
    assert set(_statuses(scene.batch)) == {"Rejected"}
    assert scene.batch.outline().done("approve")


def test_refused_for_funds(tmp_path, capsys):
    """An override that the account does not hold is over: only a new order tries it again."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)("scene")
    client = in_process(scene.market)
    scene.market.set_balance(Decimal("0.02"))
    with pytest.raises(UserError, match=r"not overridden: ApproveAssignment was refused: .*funds"):
        _override(scene, client)
    assert not scene.batch.outline().overrides
    scene.market.set_balance(Decimal("10"))
    review.approve(client, scene.batch, LISTED, print)
    assert set(_statuses(scene.batch)) == {"Rejected"}
    assert "now to be approved: 6 assignments; `--config override=true`" in capsys.readouterr().out
    _override(scene, client)
    assert set(_statuses(scene.batch)) == {"Approved"}


def test_other_credentials(tmp_path, capsys):
    """Of what was cut off, credentials that see none of our work prove nothing; a new order is over."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)("scene")
    name, *_ = scene.batch.read().assignments()
    scene.batch.money.append(
        {"event": "override_intent", "assignment_id": name, "feedback": "sorry"}
    )
    _override(scene, in_process(Elsewhere(scene.market)))
    assert scene.batch.outline().overrides == {(name,)}
    said = capsys.readouterr().out
    assert (
        f"1 assignment perhaps overridden, the market does not show it; approve asks again: {name}"
        in said
    )
    assert "5 assignments rejected and unknown to the market, left so" in said


def test_an_override_in_doubt_keeps_its_hit(tmp_path, capsys):
    """A HIT is not deleted while one of its rejections was perhaps overridden, and paid."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)("scene")
    client = in_process(scene.market)
    name, *_ = scene.batch.read().assignments()
    scene.batch.money.append(
        {"event": "override_intent", "assignment_id": name, "feedback": "sorry"}
    )
    client.approve_assignment(AssignmentId=name, OverrideRejection=True)
    scene.delete(client)
    assert "a payment was cut off; `snakemake approve` and" in capsys.readouterr().out
    assert len(scene.batch.outline().deleted) == HITS - 1
    review.approve(client, scene.batch, LISTED, print)
    scene.delete(client)
    assert scene.batch.outline().all_deleted()
    assert scene.spending.committed() == Decimal("0.06")


def test_thirty_days_later_nothing_is_called(tmp_path, capsys):
    """A rejection of work that was submitted too long ago is said to stand, and nobody is asked."""
    scene = prepared(tmp_path, Scene.launch, Scene.answer, Scene.poll, _reject)("scene")
    path = scene.folder / "b" / "answers.jsonl"
    path.write_text(re.sub(r'"submit_time":\s*"\d{4}', '"submit_time": "2020', path.read_text()))
    _override(scene, None)
    assert (
        "6 assignments submitted more than 30 days ago, a rejection stands"
        in capsys.readouterr().out
    )
    assert not scene.batch.outline().overrides


def _statuses(batch: Batch):
    return [each["status"] for each in batch.read().assignments().values()]
