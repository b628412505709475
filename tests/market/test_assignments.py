"""Submitted work: shown, approved, rejected, and rejected work approved after all."""

from datetime import timedelta

import pytest

STATE = "AWS.MechanicalTurk.InvalidAssignmentState"
UNKNOWN = "AWS.MechanicalTurk.AssignmentDoesNotExist"


def test_submitted_work_is_shown_whole(client, requester, people, market):
    """A submitted assignment has its times, its answer, and no deadline."""
    hit_id = requester.hit(AutoApprovalDelayInSeconds=3600)
    assignment = people.accept("Ann", hit_id)
    market.clock.advance(timedelta(seconds=90))
    assignment_id = people.submit(assignment, ("label", "cat"))
    (shown,) = requester.work(hit_id)
    got = client.get_assignment(AssignmentId=assignment_id)
    assert got["Assignment"] == shown
    assert got["HIT"] == client.get_hit(HITId=hit_id)["HIT"]
    assert set(shown) == {
        *("AssignmentId", "WorkerId", "HITId", "AssignmentStatus", "AutoApprovalTime"),
        *("AcceptTime", "SubmitTime", "Answer"),
    }
    assert shown["AssignmentStatus"] == "Submitted"
    assert shown["AutoApprovalTime"] - shown["SubmitTime"] == timedelta(hours=1)
    assert abs(shown["SubmitTime"] - shown["AcceptTime"] - timedelta(seconds=90)) <= timedelta(
        seconds=3
    )


def test_approval(client, requester, people):
    """An approved assignment has its time of approval and the requester's words."""
    assignment_id = people.do("Ann", requester.hit())
    client.approve_assignment(AssignmentId=assignment_id, RequesterFeedback="Gracias")
    shown = client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert shown["AssignmentStatus"] == "Approved"
    assert shown["RequesterFeedback"] == "Gracias"
    assert "ApprovalTime" in shown
    assert "RejectionTime" not in shown


def test_rejection(client, requester, people):
    """A rejected assignment has its time of rejection and the requester's words."""
    assignment_id = people.do("Ann", requester.hit())
    client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="Off topic")
    shown = client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert shown["AssignmentStatus"] == "Rejected"
    assert shown["RequesterFeedback"] == "Off topic"
    assert "RejectionTime" in shown
    assert "ApprovalTime" not in shown


def test_a_decision_is_made_once(client, requester, people):
    """Approved or rejected work cannot be decided again, in the service's words."""
    message = "This operation can be called with a status of: Submitted ("
    for decide in (client.approve_assignment, client.reject_assignment):
        assignment_id = people.do("Ann", requester.hit())
        decide(AssignmentId=assignment_id, RequesterFeedback="x")
        for again in (client.approve_assignment, client.reject_assignment):
            with requester.refused(STATE, message=message):
                again(AssignmentId=assignment_id, RequesterFeedback="y")


def test_unknown_work(client, requester):
    """Unknown assignments are named."""
    for call, more in [
        (client.get_assignment, {}),
        (client.approve_assignment, {}),
        (client.reject_assignment, {"RequesterFeedback": "x"}),
    ]:
        with requester.refused(UNKNOWN, message="Assignment 3NONE does not exist."):
            call(AssignmentId="3NONE", **more)


def test_work_in_progress_is_hidden(client, requester, people):
    """Accepted work is in no list and cannot be decided; returned work does not exist."""
    hit_id = requester.hit()
    assignment = people.accept("Ann", hit_id)
    key = {"AssignmentId": assignment.assignment_id}
    assert requester.work(hit_id) == []
    with requester.refused(STATE, message="status of: Reviewable,Approved,Rejected"):
        client.get_assignment(**key)
    with requester.refused(STATE):
        client.approve_assignment(**key)
    people.give_back(assignment)
    with requester.refused(UNKNOWN):
        client.get_assignment(**key)
    with requester.refused(UNKNOWN):
        client.approve_assignment(**key)


class TestOverride:
    """Approving rejected work after all."""

    @pytest.fixture
    def rejected(self, client, requester, people):
        """Return what overrides a rejection just made."""
        assignment_id = people.do("Ann", requester.hit())
        client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
        return {"AssignmentId": assignment_id, "OverrideRejection": True}

    def test_within_thirty_days_of_submission(self, client, rejected, market):
        """The work is approved, and the rejection forgotten but for its words."""
        market.clock.advance(timedelta(days=29, hours=23))
        client.approve_assignment(**rejected)
        shown = client.get_assignment(AssignmentId=rejected["AssignmentId"])["Assignment"]
        assert shown["AssignmentStatus"] == "Approved"
        assert shown["RequesterFeedback"] == "no"
        assert "RejectionTime" not in shown

    def test_not_later(self, client, rejected, market, requester):
        """After thirty days a rejection stands."""
        market.clock.advance(timedelta(days=30, seconds=5))
        with requester.refused(STATE, message="30 days"):
            client.approve_assignment(**rejected)

    def test_counters_stay(self, client, rejected, requester):
        """The HIT's counters do not change."""
        (hit,) = client.list_hits()["HITs"]
        before = requester.state(hit["HITId"])
        client.approve_assignment(**rejected)
        assert requester.state(hit["HITId"]) == before

    def test_of_submitted_work_is_plain_approval(self, client, requester, people):
        """OverrideRejection does no harm where nothing was rejected, and decides nothing twice."""
        key = {"AssignmentId": people.do("Ann", requester.hit()), "OverrideRejection": True}
        client.approve_assignment(**key)
        with requester.refused(STATE):
            client.approve_assignment(**key)


class TestAutoApproval:
    """Time approves what nobody decides."""

    def test_at_the_time_it_was_due(self, client, requester, people, market):
        """The time of approval is that of the delay's end, however late it is noticed."""
        hit_id = requester.hit(AutoApprovalDelayInSeconds=600, MaxAssignments=2)
        ids = [people.do(name, hit_id) for name in ("Ann", "Bob")]
        client.reject_assignment(AssignmentId=ids[1], RequesterFeedback="no")
        market.clock.advance(timedelta(seconds=590))
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 1)
        market.clock.advance(timedelta(days=3))
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 2)
        approved, rejected = requester.work(hit_id)
        assert approved["AssignmentStatus"] == "Approved"
        assert approved["ApprovalTime"] == approved["AutoApprovalTime"]
        assert rejected["AssignmentStatus"] == "Rejected"

    def test_without_delay_at_once(self, requester, people):
        """A delay of zero approves work as it is submitted."""
        hit_id = requester.hit(AutoApprovalDelayInSeconds=0)
        people.do("Ann", hit_id)
        (shown,) = requester.work(hit_id)
        assert shown["AssignmentStatus"] == "Approved"
        assert shown["ApprovalTime"] == shown["SubmitTime"]
        assert requester.state(hit_id) == ("Reviewable", 0, 0, 1)

    def test_on_many_hits(self, requester, people, market):
        """Work on several HITs that falls due together is counted HIT by HIT."""
        hits = [requester.hit(AutoApprovalDelayInSeconds=600, MaxAssignments=3) for _ in range(3)]
        for number, hit_id in enumerate(hits, 1):
            for name in ("Ann", "Bob", "Cy")[:number]:
                people.do(name, hit_id)
        market.clock.advance(timedelta(seconds=700))
        assert [requester.state(each)[3] for each in hits] == [1, 2, 3]
