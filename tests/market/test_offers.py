"""Which HITs are on offer to a worker, and how a worker gets one."""

from datetime import timedelta

import pytest
from crowdmake.market import workers
from crowdmake.market.models import HITType, Worker
from crowdmake.market.working import accepting, offers, queue
from crowdmake.market.working.accepting import NotGiven, Reason
from crowdmake.market.working.limits import MOST_HELD, TOO_MANY
from django.db import connection
from django.test.utils import CaptureQueriesContext

from market.exams import new_type
from market.kit import PER_HIT, TYPE, another
from market.test_concurrency import at_once

ADULT = "00000000000000000060"


def need(kind, guards):
    return [{"QualificationTypeId": kind, "Comparator": "Exists", "ActionsGuarded": guards}]


def titles(market, worker):
    """Return the title of each group on offer, and the number of its HITs."""
    return [(each.group.title, each.number) for each in found(market, worker)]


def found(market, worker):
    with market.reading():
        return offers.on_offer(Worker.objects.get(pk=worker.pk))


def kind(market):
    """Return the one HIT type of the market."""
    with market.reading():
        return HITType.objects.get()


def take(market, worker, preferred=0):
    """Return what the worker gets of the market's one group."""
    hit_type = kind(market)
    return market.run(lambda now: accepting.take(worker, hit_type, now, preferred))


def refused(market, worker):
    """Return why the worker gets nothing of the market's one group."""
    with pytest.raises(NotGiven) as caught:
        take(market, worker)
    return caught.value.reason


class TestOffers:
    """The groups that a worker is shown."""

    def test_groups_are_counted_without_what_the_worker_has_engaged_in(
        self, market, requester, people
    ):
        """A group shows the HITs that the worker can still do; returned ones count again."""
        first = requester.hit(MaxAssignments=2)
        requester.hit()
        requester.hit(Title="Draw a box")
        ann, bob = people.worker("Ann"), people.worker("Bob")
        held = people.accept("Ann", first)
        assert titles(market, ann) == [("Draw a box", 1), (TYPE["Title"], 1)]
        assert titles(market, bob) == [("Draw a box", 1), (TYPE["Title"], 2)]
        people.give_back(held)
        assert titles(market, ann) == [("Draw a box", 1), (TYPE["Title"], 2)]

    def test_what_is_taken_expired_or_deleted_is_not_on_offer(
        self, market, client, requester, people
    ):
        """Only Assignable HITs are on offer, and a group without any is gone."""
        taken, _, deleted = (requester.hit(Title=f"Task {n}") for n in range(3))
        ann = people.worker("Ann")
        people.do("Bob", taken)
        client.update_expiration_for_hit(HITId=deleted, ExpireAt=0)
        client.delete_hit(HITId=deleted)
        assert titles(market, ann) == [("Task 1", 1)]
        market.clock.advance(timedelta(seconds=PER_HIT["LifetimeInSeconds"]))
        assert titles(market, ann) == []

    def test_requirements_hide_or_explain(self, market, client, requester, people):
        """Guarded from discovery a group is hidden; otherwise it is shown with what is missing."""
        own = new_type(client, Name="Careful reading")
        for guards in ("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"):
            requester.hit(Title=guards, QualificationRequirements=need(own, guards))
        shown = {each.group.title: each.may for each in found(market, people.worker("Ann"))}
        assert {title: may.preview for title, may in shown.items()} == {
            "Accept": True,
            "PreviewAndAccept": False,
        }
        assert not any(may.accept for may in shown.values())
        assert shown["Accept"].obstacles == ("Careful reading must be granted",)

    def test_a_blocked_worker_sees_the_groups_with_the_reason(
        self, market, client, requester, people
    ):
        """The groups of a requester who blocked the worker are shown, and say so."""
        requester.hit()
        ann = people.worker("Ann")
        client.create_worker_block(WorkerId=ann.worker_id, Reason="spam")
        (offer,) = found(market, ann)
        assert not offer.may.accept
        assert offer.may.obstacles == ("You cannot work on this requester's HITs.",)

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("", {"Street signs", "Überschriften"}),
            ("STREET", {"Street signs"}),
            ("signs read", {"Street signs"}),
            ("überschriften", {"Überschriften"}),
            ("ÜBER", {"Überschriften"}),
            ("photo", {"Street signs"}),
            ("signs nothing", set()),
            ("100%", set()),
            ("local", {"Street signs", "Überschriften"}),
        ],
    )
    def test_search(self, market, requester, people, words, expected):
        """Each word occurs in title, description, keywords or requester's name, in any case."""
        requester.hit(Title="Street signs", Description="Read them", Keywords="photo, town")
        requester.hit(Title="Überschriften")
        hits = offers.search(found(market, people.worker("Ann")), words)
        assert {each.group.title for each in hits} == expected

    def test_orders(self, market, requester, people):
        """Groups are put in order by age, reward, number of HITs and time allotted."""
        requester.hit(Title="many", Reward="0.02")
        requester.hit(Title="many", Reward="0.02")
        requester.hit(Title="dear", Reward="1.00", AssignmentDurationInSeconds=900)
        requester.hit(Title="short", Reward="0.01", AssignmentDurationInSeconds=30)
        every = found(market, people.worker("Ann"))
        order = {
            sort: [each.group.title for each in offers.arranged(every, sort)]
            for sort in offers.SORTS
        }
        assert order == {
            "newest": ["short", "dear", "many"],
            "reward": ["dear", "many", "short"],
            "number": ["many", "short", "dear"],
            "time": ["short", "many", "dear"],
        }

    def test_the_number_of_queries_does_not_grow(self, market, client, requester, people):
        """However many groups there are, and whatever they require, the queries are as many."""
        own = new_type(client)
        ann = people.worker("Ann")

        def queries(number):
            for each in range(number):
                needed = need(own, "Accept") + need(ADULT, "PreviewAndAccept")
                needed[1] |= {"Comparator": "EqualTo", "IntegerValues": [1]}
                requester.hit(Title=f"{number} {each}", QualificationRequirements=needed)
            with market.reading(), CaptureQueriesContext(connection) as made:
                assert len(offers.on_offer(ann)) >= number
            return len(made)

        assert queries(2) == queries(6) <= 5


class TestTaking:
    """How a worker gets a HIT."""

    def test_the_oldest_hit_that_the_worker_has_not_done_comes_first(
        self, market, requester, people
    ):
        """HITs are given in the order of their age, each once; one that was previewed first."""
        hits = [requester.hit(MaxAssignments=2) for _ in range(3)]
        ann = people.worker("Ann")
        with market.reading():
            third = offers.next_hit(ann, kind(market), after=0)
            assert third.hit_id == hits[0]
            second = offers.next_hit(ann, kind(market), after=third.pk)
            last = offers.next_hit(ann, kind(market), after=second.pk)
            assert [second.hit_id, last.hit_id] == hits[1:]
            assert offers.next_hit(ann, kind(market), after=last.pk) == third
        got = [take(market, ann, last.pk), take(market, ann), take(market, ann)]
        assert [each.hit.hit_id for each in got] == [hits[2], hits[0], hits[1]]

    def test_the_last_assignment_goes_to_one_of_many(self, market, requester, people):
        """Of workers who want the last two assignments at once, two get one and the rest none."""
        requester.hit()
        requester.hit()
        crowd = [people.worker(f"Worker {n}") for n in range(6)]

        def attempt(place):
            try:
                return take(market, crowd[place]).hit_id
            except NotGiven as none:
                return none.reason

        came = at_once(attempt, len(crowd))
        assert came.count(Reason.NONE_LEFT) == 4
        assert len(set(came)) == 3
        assert accepting.WORDS[Reason.NONE_LEFT] == "There are no more of these HITs available."

    def test_at_most_so_many_are_held_at_once(self, market, requester, people):
        """A worker with the greatest number of HITs gets no more before one is handed in."""
        for _ in range(MOST_HELD + 2):
            requester.hit()
        ann = people.worker("Ann")
        came = at_once(lambda _: take(market, ann), 4)
        held = came + [take(market, ann) for _ in range(MOST_HELD - 4)]
        assert refused(market, ann) == Reason.TOO_MANY
        assert TOO_MANY == "You have accepted the maximum number of HITs allowed at one time."
        people.submit(held[0])
        assert take(market, ann)
        assert refused(market, ann) == Reason.TOO_MANY

    def test_two_tabs_do_not_get_past_the_limit(self, market, requester, people):
        """Where one worker's tabs accept at once, the limit holds for all of them together."""
        for _ in range(MOST_HELD + 4):
            requester.hit()
        ann = people.worker("Ann")
        for _ in range(MOST_HELD - 1):
            take(market, ann)

        def attempt(_):
            try:
                return take(market, ann)
            except NotGiven as none:
                return none.reason

        assert at_once(attempt, 4).count(Reason.TOO_MANY) == 3
        with market.reading():
            assert queue.held(ann).count() == MOST_HELD

    def test_reasons(self, market, client, requester, people):
        """Each way of there being nothing to accept has its own reason."""
        ann, hit_id = people.worker("Ann"), requester.hit(MaxAssignments=2)
        people.accept("Ann", hit_id)
        assert refused(market, ann) == Reason.ALL_TAKEN
        people.accept("Bob", hit_id)
        assert refused(market, people.worker("Cleo")) == Reason.NONE_LEFT
        for name in ("Ann", "Bob"):
            people.give_back(people.held(name, hit_id))
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        assert refused(market, ann) == Reason.EXPIRED
        client.delete_hit(HITId=hit_id)
        assert refused(market, ann) == Reason.DELETED
        requester.hit()
        client.create_worker_block(WorkerId=ann.worker_id, Reason="spam")
        assert refused(market, ann) == Reason.BLOCKED

    def test_what_is_missing_is_said(self, market, client, requester, people):
        """A worker who is not qualified is told every requirement that is not met."""
        own = new_type(client, Name="Careful reading")
        requester.hit(QualificationRequirements=need(own, "Accept"))
        ann = people.worker("Ann")
        with pytest.raises(NotGiven) as caught:
            take(market, ann)
        assert caught.value.reason == Reason.UNQUALIFIED
        assert caught.value.details == ("Careful reading must be granted",)
        assert isinstance(caught.value, workers.Refused)

    def test_how_an_assignment_ended(self, market, requester, people):
        """Work that was handed in, returned or not done in time says so; other's work is not there."""
        hits = [requester.hit() for _ in range(3)]
        work = [people.accept("Ann", each) for each in hits]
        people.submit(work[0])
        people.give_back(work[1])
        with market.reading():
            assert [each.pk for each in queue.held(people.worker("Ann"))] == [work[2].pk]
        market.clock.advance(timedelta(seconds=TYPE["AssignmentDurationInSeconds"]))
        group = kind(market).hit_group_id
        with market.reading():
            ann = people.worker("Ann")
            found = [queue.own(ann, group, each.assignment_id) for each in work]
            reasons = [accepting.ending(each) for each in found]
            assert reasons == [Reason.SUBMITTED, Reason.RETURNED, Reason.OVER]
            assert queue.own(people.worker("Bob"), group, work[0].assignment_id) is None
            assert queue.own(ann, "3OTHER", work[0].assignment_id) is None
            assert not queue.held(ann)

    def test_another_requesters_hits_are_no_part_of_it(self, market, requester, people):
        """Equal properties of two requesters are two groups."""
        requester.hit()
        another(market).hit()
        every = found(market, people.worker("Ann"))
        assert [(each.group.requester, each.number) for each in every] == [
            ("another", 1),
            ("local", 1),
        ]
