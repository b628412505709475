"""What is rejected: what is named, never much of it by mistake."""

from pathlib import Path

import pytest
from crowdmake.client import in_process
from crowdmake.configuration.config import Review
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch
from crowdmake.market.crowd import SimulatedWorker, Task, work
from crowdmake.market.embedded import open_market
from crowdmake.reviewing.decision_lists import decisions_of, read_list
from crowdmake.reviewing.decisions import Decision
from crowdmake.reviewing.rejection import Orders, reject
from crowdmake.reviewing.review import approve
from ledger_events import assignment, created, decided

KNOWN = {"3A": {}, "3B": {}}
LIST, TABLE = Path("decisions/pilot.txt"), Path("decisions/pilot.csv")
HEAD = "assignment_id,decision,feedback\n"


@pytest.fixture(autouse=True)
def place(experiment):
    """Work in an experiment of its own."""
    LIST.parent.mkdir()


@pytest.fixture
def batch():
    """Return a batch of twenty answers, the first of which is approved."""
    batch = Batch("pilot", "local", Path("state"))
    batch.money.append(created("A", wanted=20))
    names = [f"3X{number:02}" for number in range(20)]
    batch.answers.append(*(assignment("A", name) for name in names))
    batch.money.append({"event": "closed", "hit_id": "3A", "assignments": 20})
    batch.money.append(decided("A", "3X00"))
    return batch


class Rejecting:
    """A market that takes every rejection."""

    def __init__(self):
        self.rejected = {}

    def reject_assignment(self, AssignmentId, RequesterFeedback):  # noqa: N803 - the API's names
        self.rejected[AssignmentId] = RequesterFeedback


def rejected(batch, say=print, **orders):
    market = Rejecting()
    assert reject(market, batch, Orders(**orders), say) == len(market.rejected)
    return market.rejected


def refused(batch, **orders):
    with pytest.raises(UserError) as caught:
        rejected(batch, **orders)
    return str(caught.value)


def test_a_list_is_read_as_editors_write_it():
    """A list may have a byte order mark, blank lines and any line end; an id counts once."""
    LIST.write_bytes(b"\xef\xbb\xbf3B\r\n\r\n 3A \r3B\n")
    assert read_list(LIST, KNOWN) == ["3B", "3A"]


def test_all_faults_of_a_list_are_said():
    """Unknown ids are a line each, and a list in another encoding is one line."""
    LIST.write_text("3A\n3Z\n\x1b[31m\n")
    with pytest.raises(UserError) as caught:
        read_list(LIST, KNOWN)
    expected = "expected the id of one of this batch's assignments"
    assert caught.value.lines == (
        f'{LIST}:2: found "3Z"; {expected}',
        f'{LIST}:3: found "\\u001b[31m"; {expected}',
    )
    LIST.write_bytes(b"caf\xe9")
    with pytest.raises(UserError, match="1: not UTF-8"):
        read_list(LIST, KNOWN)


def test_list_and_table_together():
    """Both files are taken together, and a contradiction between them is a line."""
    LIST.write_text("3A\n")
    TABLE.write_text(HEAD + "3B,approve,Thanks\n")
    found = decisions_of("pilot", KNOWN, Decision("Approved", ""))
    assert found == {"3A": Decision("Approved", ""), "3B": Decision("Approved", "Thanks")}
    TABLE.write_text(HEAD + "3A,reject,No\n")
    with pytest.raises(UserError, match=r'txt: "3A" stands in decisions/pilot.csv too'):
        decisions_of("pilot", KNOWN, Decision("Approved", ""))
    assert decisions_of("pilot", KNOWN, None) == {"3A": Decision("Rejected", "No")}


def test_a_tenth_may_be_rejected(batch, capsys):
    """A tenth of a batch is rejected for reasons of its own, and it is said until when it can be undone."""
    TABLE.write_text(HEAD + "3X01,reject,Empty\n3X02,reject,Too fast\n")
    assert rejected(batch) == {"3X01": "Empty", "3X02": "Too fast"}
    said = capsys.readouterr().out
    assert "3X01 until 2026-12-22T09:00:00Z, 3X02 until 2026-12-22T09:00:00Z" in said
    assert rejected(batch) == {}


def test_more_than_a_tenth_has_to_be_confirmed(batch):
    """What passes a tenth, with what was rejected before, is refused unless its number is given."""
    TABLE.write_text(HEAD + "3X01,reject,Empty\n3X02,reject,Too fast\n")
    rejected(batch)
    TABLE.write_text(HEAD + "3X01,reject,Empty\n3X03,reject,Late\n")
    said = refused(batch)
    assert "1 assignment of 20 would be rejected, 2 were before: more than one in 10; " in said
    assert "add `--config batch=pilot confirm=1`" in said
    assert "found confirm=3; nothing was rejected" in refused(batch, confirm=3)
    assert rejected(batch, confirm=1) == {"3X03": "Late"}


def test_one_reason_for_all_has_to_be_confirmed(batch):
    """Several rejections for one reason are refused unless their number is given."""
    TABLE.write_text(HEAD + "3X01,reject,Bad\n3X02,reject,Bad\n")
    assert "2 assignments of 20 would be rejected: all for one reason; " in refused(batch)
    assert rejected(batch, confirm=2) == {"3X01": "Bad", "3X02": "Bad"}


@pytest.mark.parametrize("undecided", [False, True])
def test_a_confirmed_order_goes_on_after_a_crash(batch, undecided):
    """The command that confirmed a number rejects the rest of it where it was cut off, and no more."""
    lines = "".join(f"3X{number:02},reject,Spam\n" for number in range(1, 20))
    TABLE.write_text(HEAD if undecided else HEAD + lines)
    order = {"undecided": undecided, "reason": "Spam" if undecided else "", "confirm": 19}
    batch.money.append(
        *(decided("A", n, "Rejected") | {"feedback": "Spam"} for n in ("3X01", "3X02"))
    )
    assert "nothing was rejected" in refused(batch, **order | {"confirm": 18})
    assert len(rejected(batch, **order)) == 17
    assert rejected(batch, **order) == {}


def test_what_was_approved_before_is_said(batch, capsys):
    """Work that is named to be rejected and was approved before is named: it stays approved."""
    TABLE.write_text(HEAD + "3X00,reject,Empty\n")
    assert rejected(batch) == {}
    assert "1 assignment approved before, which cannot be undone: 3X00" in capsys.readouterr().out


def test_a_list_needs_a_reason(batch, capsys):
    """A plain list is rejected for the command line's reason, and left alone without one."""
    LIST.write_text("3X00\n3X01\n")
    assert rejected(batch) == {}
    assert "names 1 undecided assignment; `--config reason='…'` rejects them" in (
        capsys.readouterr().out
    )
    assert rejected(batch, reason="Off topic") == {"3X01": "Off topic"}


def test_all_that_is_undecided(batch):
    """All undecided work is rejected for one reason, but not what the table says to approve."""
    TABLE.write_text(HEAD + "3X01,approve,\n3X02,reject,Empty\n")
    assert "reason missing" in refused(batch, undecided=True)
    assert "18 assignments of 20 would be rejected: more than one" in refused(
        batch, undecided=True, reason="Spam"
    )
    found = rejected(batch, undecided=True, reason="Spam", confirm=18)
    assert found["3X02"] == "Empty"
    assert "3X01" not in found
    assert list(found.values()).count("Spam") == 17


@pytest.mark.parametrize("reason", ["x" * 1025, "a\x07b"])
def test_a_reason_has_to_be_one(batch, reason):
    """A reason that the market would refuse is refused first."""
    assert "--config reason: found " in refused(batch, undecided=True, reason=reason)


def test_overriding(capsys):
    """A rejected assignment that is named to be approved is approved and paid only when ordered, once."""
    market = open_market(Path("market.sqlite3"))
    client = in_process(market)
    hit = client.create_hit(
        Title="t",
        Description="d",
        Reward="0.05",
        LifetimeInSeconds=3600,
        AssignmentDurationInSeconds=60,
        Question='<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>',
    )["HIT"]["HITId"]
    work(market, [Task(hit, recorded=({"a": "1"},))], [SimulatedWorker("w", 1.0, 1.0)], seed=1)
    (found,) = client.list_assignments_for_hit(HITId=hit)["Assignments"]
    name = found["AssignmentId"]
    batch = Batch("pilot", "local", Path("state"))
    batch.money.append(created("A", wanted=1, hit_id=hit))
    batch.answers.append(assignment("A", name) | {"hit_id": hit})
    batch.money.append({"event": "closed", "hit_id": hit, "assignments": 1})
    LIST.write_text(f"{name}\n")
    assert reject(client, batch, Orders("Bad", confirm=1), print) == 1
    policy = Review("listed", None)
    assert approve(client, batch, policy, print) == (0, {})
    assert "now to be approved: 1 assignment; `--config override=true` does so and pays: 3" in (
        capsys.readouterr().out
    )
    assert approve(client, batch, policy, print, override=True) == (1, {})
    assert batch.read().assignments()[name]["status"] == "Approved"
    assert client.get_assignment(AssignmentId=name)["Assignment"]["AssignmentStatus"] == "Approved"
    assert approve(client, batch, policy, print, override=True) == (0, {})
