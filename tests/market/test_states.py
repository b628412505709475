"""A HIT's states and counters, and what workers may do in each."""

from datetime import timedelta

import pytest
from crowdmake.market.workers import Refused

STATE = "AWS.MechanicalTurk.InvalidHITState"


def test_the_documented_table(client, requester, people):
    """The developer guide's table for five assignments, row by row."""
    hit_id = requester.hit(MaxAssignments=5)
    assert requester.state(hit_id) == ("Assignable", 5, 0, 0)
    held = [people.accept(name, hit_id) for name in ("Ann", "Bob", "Cy")]
    assert requester.state(hit_id) == ("Assignable", 2, 3, 0)
    held += [people.accept(name, hit_id) for name in ("Di", "Ed")]
    assert requester.state(hit_id) == ("Unassignable", 0, 5, 0)
    for each in held[:2]:
        people.submit(each)
    assert requester.state(hit_id) == ("Unassignable", 0, 3, 0)
    people.give_back(held[2])
    assert requester.state(hit_id) == ("Assignable", 1, 2, 0)
    people.do("Flo", hit_id)
    for each in held[3:]:
        people.submit(each)
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    for number, each in enumerate(requester.work(hit_id), 1):
        client.approve_assignment(AssignmentId=each["AssignmentId"])
        assert requester.state(hit_id) == ("Reviewable", 0, 0, number)


def test_rejection_counts_as_completed(client, requester, people):
    """Decided work counts as completed, and its place is not offered again."""
    hit_id = requester.hit(MaxAssignments=2)
    client.reject_assignment(AssignmentId=people.do("Ann", hit_id), RequesterFeedback="no")
    assert requester.state(hit_id) == ("Assignable", 1, 0, 1)


def test_expiry_without_work_in_progress(requester, market, people):
    """An expired HIT is Reviewable, whatever was left."""
    untouched, begun = requester.hit(MaxAssignments=3), requester.hit(MaxAssignments=3)
    people.do("Ann", begun)
    market.clock.advance(timedelta(seconds=3601))
    assert requester.state(untouched) == ("Reviewable", 0, 0, 0)
    assert requester.state(begun) == ("Reviewable", 0, 0, 0)


@pytest.mark.parametrize("end", ["submitted", "returned", "abandoned"])
def test_expiry_with_work_in_progress(requester, market, people, end):
    """An expired HIT is Unassignable until the last work in progress has ended, however."""
    hit_id = requester.hit(MaxAssignments=3, AssignmentDurationInSeconds=7200)
    people.accept("Ann", hit_id)
    last = people.accept("Bob", hit_id)
    market.clock.advance(timedelta(seconds=3601))
    assert requester.state(hit_id) == ("Unassignable", 0, 2, 0)
    if end == "abandoned":
        market.clock.advance(timedelta(hours=1))
    else:
        people.give_back(people.held("Ann", hit_id))
        assert requester.state(hit_id) == ("Unassignable", 0, 1, 0)
        (people.submit if end == "submitted" else people.give_back)(last)
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    assert len(requester.work(hit_id)) == (end == "submitted")


def test_abandonment_at_the_deadline(requester, market, people):
    """Work not submitted in time is offered again, and its worker may take it up anew."""
    hit_id = requester.hit(AssignmentDurationInSeconds=60)
    assignment = people.accept("Ann", hit_id)
    market.clock.advance(timedelta(seconds=59))
    assert requester.state(hit_id) == ("Unassignable", 0, 1, 0)
    market.clock.advance(timedelta(seconds=2))
    assert requester.state(hit_id) == ("Assignable", 1, 0, 0)
    with pytest.raises(Refused, match="no longer assigned to you"):
        people.submit(assignment)
    people.do("Ann", hit_id)
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)


def test_many_abandoned_at_once(requester, market, people):
    """Several workers' abandoned work on several HITs is counted HIT by HIT."""
    first, second = requester.hit(MaxAssignments=4), requester.hit(MaxAssignments=4)
    for name in ("Ann", "Bob", "Cy"):
        people.accept(name, first)
    people.accept("Ann", second)
    people.do("Bob", second)
    market.clock.advance(timedelta(minutes=11))
    assert requester.state(first) == ("Assignable", 4, 0, 0)
    assert requester.state(second) == ("Assignable", 3, 0, 0)


def test_late_work_counts(requester, market, people):
    """Work accepted before the expiry may be submitted until its own deadline."""
    hit_id = requester.hit(LifetimeInSeconds=30)
    assignment = people.accept("Ann", hit_id)
    market.clock.advance(timedelta(seconds=300))
    people.submit(assignment)
    assert requester.state(hit_id) == ("Reviewable", 0, 0, 0)
    assert len(requester.work(hit_id)) == 1


class TestAccepting:
    """What a worker is refused."""

    def test_when_none_is_left(self, requester, people):
        """A full HIT has no more assignments."""
        hit_id = requester.hit()
        people.accept("Ann", hit_id)
        with pytest.raises(Refused, match="no more of these HITs"):
            people.accept("Bob", hit_id)

    def test_when_it_expired(self, requester, people, market):
        """An expired HIT is no longer available."""
        hit_id = requester.hit()
        market.clock.advance(timedelta(hours=1))
        with pytest.raises(Refused, match="no longer available"):
            people.accept("Ann", hit_id)

    def test_when_it_was_deleted(self, client, requester, people):
        """Neither is a deleted one."""
        hit_id = requester.hit()
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        client.delete_hit(HITId=hit_id)
        with pytest.raises(Refused, match="no longer available"):
            people.accept("Ann", hit_id)

    def test_twice(self, requester, people):
        """One assignment per worker and HIT, held or done."""
        hit_id = requester.hit(MaxAssignments=3)
        assignment = people.accept("Ann", hit_id)
        with pytest.raises(Refused, match="already accepted"):
            people.accept("Ann", hit_id)
        people.submit(assignment)
        with pytest.raises(Refused, match="already accepted"):
            people.accept("Ann", hit_id)

    def test_again_after_returning(self, requester, people):
        """Who returned a HIT may accept it again, as a new assignment."""
        hit_id = requester.hit()
        first = people.accept("Ann", hit_id)
        people.give_back(first)
        second = people.accept("Ann", hit_id)
        assert first.assignment_id != second.assignment_id

    def test_submitting_twice(self, requester, people):
        """Work is submitted, or given back, once."""
        assignment = people.accept("Ann", requester.hit())
        people.submit(assignment)
        for action in (people.submit, people.give_back):
            with pytest.raises(Refused, match="already submitted"):
                action(assignment)

    def test_submitting_what_was_returned(self, requester, people):
        """Returned work is no longer the worker's."""
        assignment = people.accept("Ann", requester.hit())
        people.give_back(assignment)
        with pytest.raises(Refused, match="no longer assigned"):
            people.submit(assignment)


class TestReviewStatus:
    """Reviewable and Reviewing."""

    def test_there_and_back(self, client, requester, people):
        """UpdateHITReviewStatus moves a HIT to Reviewing, with Revert back; it does not toggle."""
        hit_id = requester.hit()
        people.do("Ann", hit_id)
        client.update_hit_review_status(HITId=hit_id)
        assert requester.state(hit_id)[0] == "Reviewing"
        with requester.refused(STATE, message="state 'Reviewing'.  This operation"):
            client.update_hit_review_status(HITId=hit_id)
        client.update_hit_review_status(HITId=hit_id, Revert=True)
        assert requester.state(hit_id)[0] == "Reviewable"
        with requester.refused(STATE):
            client.update_hit_review_status(HITId=hit_id, Revert=True)

    def test_not_from_other_states(self, client, requester, people):
        """A HIT on the market, or in workers' hands, is not reviewed."""
        hit_id = requester.hit()
        for revert in (False, True):
            with requester.refused(STATE, message="state 'Assignable'"):
                client.update_hit_review_status(HITId=hit_id, Revert=revert)
        people.accept("Ann", hit_id)
        with requester.refused(STATE, message="state 'Unassignable'"):
            client.update_hit_review_status(HITId=hit_id)


class TestDeleteHIT:
    """Disposing of HITs whose work is decided."""

    def test_not_while_it_is_on_the_market(self, client, requester, people):
        """The error names the state, in the service's words."""
        hit_id = requester.hit()
        people.accept("Ann", hit_id)
        with requester.refused(
            STATE,
            message="This HIT is currently in the state 'Unassignable'.  This operation can be "
            "called with a status of: Reviewing, Reviewable",
        ):
            client.delete_hit(HITId=hit_id)

    def test_not_before_every_decision(self, client, requester, people):
        """Every submitted assignment has to be approved or rejected first."""
        hit_id = requester.hit(MaxAssignments=2)
        ids = [people.do(name, hit_id) for name in ("Ann", "Bob")]
        client.approve_assignment(AssignmentId=ids[0])
        with requester.refused(STATE, message="1 assignments"):
            client.delete_hit(HITId=hit_id)
        client.reject_assignment(AssignmentId=ids[1], RequesterFeedback="no")
        client.delete_hit(HITId=hit_id)

    def test_a_deleted_hit_is_gone(self, client, requester, people):
        """It is in no list and no longer shown, nor is its work; deleting it again names why."""
        hit_id = requester.hit()
        assignment_id = people.do("Ann", hit_id)
        client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
        client.update_hit_review_status(HITId=hit_id)
        client.delete_hit(HITId=hit_id)
        gone = "AWS.MechanicalTurk.HITDoesNotExist"
        for call, more in [
            (client.get_hit, {}),
            (client.list_assignments_for_hit, {}),
            (client.update_hit_review_status, {}),
            (client.update_expiration_for_hit, {"ExpireAt": 0}),
        ]:
            with requester.refused(gone):
                call(HITId=hit_id, **more)
        with requester.refused("AWS.MechanicalTurk.AssignmentDoesNotExist"):
            client.get_assignment(AssignmentId=assignment_id)
        with requester.refused("AWS.MechanicalTurk.AssignmentDoesNotExist"):
            client.approve_assignment(AssignmentId=assignment_id, OverrideRejection=True)
        with requester.refused(STATE, message="state 'Disposed'"):
            client.delete_hit(HITId=hit_id)
        assert client.list_hits()["NumResults"] == 0
        assert client.list_reviewable_hits(Status="Reviewing")["NumResults"] == 0
