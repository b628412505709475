"""What time does: once, at the moment it was due, however long nobody looked."""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from crowdmake.client import in_process
from crowdmake.market import timekeeper, workers
from crowdmake.market.embedded import open_market
from crowdmake.market.models import HIT, Assignment, Event, HITType, Pause, RequestToken
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.kit import PER_HIT, PROPERTIES, TYPE, html_question
from market.sinks import status

WORKERS = ("Ann", "Bob", "Cid")
END = 2000

SPANS = st.sampled_from([60, 150, 300, 700])
hits = st.fixed_dictionaries(
    {
        "MaxAssignments": st.integers(1, 2),
        "LifetimeInSeconds": SPANS,
        "AssignmentDurationInSeconds": SPANS,
        "AutoApprovalDelayInSeconds": st.sampled_from([0, 100, 500]),
    }
)
kinds = st.sampled_from(["accept", "accept", "accept", "submit", "return", "expire", "extend"])
actions = st.tuples(st.integers(0, 400), kinds, st.integers(0, 1), st.sampled_from(WORKERS))
plans = st.tuples(
    st.lists(hits, min_size=1, max_size=2),
    st.lists(actions, min_size=1, max_size=10).map(sorted),
    st.lists(st.integers(1, 1200), min_size=5, max_size=30),
)


class Run:
    """One performance of a plan, from the market's present on."""

    def __init__(self, market, client, people, inbox, properties):
        self.market, self.client, self.people = market, client, people
        market.clock.advance(timedelta(seconds=1))
        self.start = market.clock.now()
        self.before = self.money()
        self.ids = [self.made(inbox, each) for each in properties]

    def money(self):
        balance = self.client.get_account_balance()
        return [round(float(balance[name]) * 100) for name in ("AvailableBalance", "OnHoldBalance")]

    def made(self, inbox, properties):
        properties = {**PROPERTIES, **properties}
        hit = self.client.create_hit_type(
            **{
                name: value
                for name, value in properties.items()
                if name not in (*PER_HIT, "MaxAssignments")
            }
        )
        self.client.update_notification_settings(
            HITTypeId=hit["HITTypeId"], Notification=inbox.specification()
        )
        return self.client.create_hit(**properties)["HIT"]["HITId"]

    def until(self, seconds):
        self.market.clock.advance_to(self.start + timedelta(seconds=seconds))

    def act(self, seconds, action, number, name):
        """Do what the plan says, or nothing where the market refuses."""
        self.until(seconds)
        hit_id = self.ids[number % len(self.ids)]
        try:
            if action == "accept":
                self.people.accept(name, hit_id)
            elif action in ("submit", "return"):
                self.finish(action, name, hit_id)
            else:
                later = self.start + timedelta(seconds=seconds + 300)
                moment = 0 if action == "expire" else later
                self.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=moment)
        except (workers.Refused, self.client.exceptions.ClientError, KeyError):
            return

    def finish(self, action, name, hit_id):
        with self.market.reading():
            held = Assignment.objects.filter(
                hit__hit_id=hit_id, worker=self.people._known[name], status="Accepted"
            ).first()
        if held:
            (self.people.submit if action == "submit" else self.people.give_back)(held)

    def outcome(self):
        """Return all that is left of it: states, money, and events with their times."""
        with self.market.reading():
            made = {each.hit_id: each for each in HIT.objects.filter(hit_id__in=self.ids)}
            states = [
                (
                    made[each].status,
                    made[each].on_market,
                    made[each].pending,
                    made[each].submitted,
                    made[each].completed,
                )
                for each in self.ids
            ]
            work = [
                [
                    (each.worker.name, each.status, self.since(each.approval_time))
                    for each in Assignment.objects.filter(hit__hit_id=hit_id)
                    .select_related("worker")
                    .order_by("pk")
                ]
                for hit_id in self.ids
            ]
            events = sorted(
                (self.ids.index(each.hit_id), self.since(each.event_time), each.event_type)
                for each in Event.objects.filter(hit_id__in=self.ids)
            )
        spent = [after - before for before, after in zip(self.before, self.money(), strict=True)]
        return states, work, events, spent

    def since(self, moment):
        return moment and round((moment - self.start).total_seconds())


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans)
def test_looking_changes_nothing(market, transport, people, inbox, plan):
    """A market that is looked at all the time and one that is left alone come to the same.

    The same: states, money, the moments of approval, and the events with their moments.
    """
    properties, todo, looks = plan
    client = in_process(transport)
    alone = Run(market, client, people, inbox, properties)
    for each in todo:
        alone.act(*each)
    alone.until(END)
    first = alone.outcome()

    watched = Run(market, client, people, inbox, properties)
    agenda = sorted([*todo, *((each,) for each in looks)], key=lambda each: each[0])
    for each in agenda:
        watched.act(*each) if len(each) > 1 else watched.until(each[0])
    watched.until(END)
    assert watched.outcome() == first


def test_events_of_a_long_pause(market, client, people, inbox):
    """Each thing that fell due in a long pause is told once, by whoever opens the market next."""
    run = Run(
        market, client, people, inbox, [{"MaxAssignments": 2, "AutoApprovalDelayInSeconds": 60}]
    )
    people.do("Ann", run.ids[0])
    people.accept("Bob", run.ids[0])
    run.until(100_000)
    market.clock.now()
    assert [name for _, _, name in run.outcome()[2]] == [
        "AssignmentAccepted",
        "AssignmentAccepted",
        "AssignmentSubmitted",
        "HITCreated",
        "AssignmentApproved",
        "AssignmentAbandoned",
        "HITExpired",
        "HITReviewable",
    ]


@contextmanager
def kept(market):
    """Let a time-keeper run, as the served market does."""
    stop = threading.Event()
    keeper = threading.Thread(target=timekeeper.keep, args=(market.store, stop))
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def within(seconds, reached):
    """Wait for what is to happen; say whether it did in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not reached():
        time.sleep(0.02)
    return reached()


class TestKeeping:
    """The time-keeper of a served market."""

    def test_within_a_second(self, client, market, inbox):
        """What falls due is done, told and delivered within a second, with nobody calling."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification(EventTypes=["HITExpired"])
        )
        client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)
        moment = datetime.now(UTC) + timedelta(seconds=1)
        market.run(lambda _: HIT.objects.update(expiration=moment))
        with kept(market):
            assert within(10, lambda: inbox.received)
            assert datetime.now(UTC) - moment < timedelta(seconds=1)
        assert inbox.events()[0]["EventTimestamp"] == f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    def test_a_hanging_host_delays_no_clock(self, client, market, inbox, requester):
        """While deliveries wait for an answer, what falls due is still done."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification()
        )
        inbox.answers.extend([lambda _: time.sleep(3)] * timekeeper.SENDERS)
        hit_id = client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)["HIT"]["HITId"]
        with kept(market):
            assert within(5, lambda: inbox.received)
            market.run(lambda _: HIT.objects.update(expiration=datetime.now(UTC)))
            with market.reading():
                pass
            assert within(1, lambda: not self.on_market(market, hit_id))

    @staticmethod
    def on_market(market, hit_id):
        market.store.bind()
        return HIT.objects.get(hit_id=hit_id).on_market

    def test_it_goes_on_after_a_fault(self, market, client, monkeypatch, caplog):
        """A fault is logged, and the time is kept again afterwards."""
        faults = [RuntimeError("once")]
        really = timekeeper._keep_time

        def keep_time(store):
            if faults:
                raise faults.pop()
            really(store)

        monkeypatch.setattr(timekeeper, "_keep_time", keep_time)
        client.create_hit(**PROPERTIES)
        with kept(market):
            market.run(lambda _: HIT.objects.update(expiration=datetime.now(UTC)))
            assert within(5, lambda: not self.any_on_market(market))
        assert "is tried again" in caplog.text

    def test_a_database_out_of_reach(self, market, monkeypatch, caplog):
        """Nobody's log fills while the database is down: each thread says so in one line."""
        calls = []

        def gone(_):
            calls.append(1)
            raise OperationalError("the server went away")

        monkeypatch.setattr(timekeeper, "AFTER_A_FAULT_SECONDS", 0.01)
        monkeypatch.setattr(timekeeper, "_keep_time", gone)
        with kept(market):
            assert within(10, lambda: len(calls) > 4)
        said = [each for each in caplog.records if "is tried again" in each.getMessage()]
        assert len(said) == 1
        assert said[0].exc_info is None

    def test_it_goes_on_where_nothing_can_be_closed(self, market, client, monkeypatch):
        """A connection that is too broken to be closed ends no thread of the time-keeper's."""
        faults = [OperationalError("broken"), OperationalError("too broken to be closed")]
        really, close = timekeeper._keep_time, market.store.close

        def keep_time(store):
            if faults:
                raise faults.pop(0)
            really(store)

        def close_or_fail():
            close()
            if faults:
                raise faults.pop(0)

        monkeypatch.setattr(timekeeper, "_keep_time", keep_time)
        monkeypatch.setattr(market.store, "close", close_or_fail)
        client.create_hit(**PROPERTIES)
        with kept(market):
            market.run(lambda _: HIT.objects.update(expiration=datetime.now(UTC)))
            assert within(5, lambda: not self.any_on_market(market))

    @staticmethod
    def any_on_market(market):
        market.store.bind()
        return HIT.objects.filter(on_market=True).exists()


class TestCleaning:
    """What is no longer needed goes."""

    def test_used_tokens(self, client, market, monkeypatch):
        """Tokens that were used more than 24 hours ago are removed, later ones kept."""
        monkeypatch.setattr(timekeeper, "PORTION", 2)
        for number in range(5):
            client.create_hit(**PROPERTIES, UniqueRequestToken=f"old {number}")
        market.clock.advance(timedelta(hours=24))
        client.create_hit(**PROPERTIES, UniqueRequestToken="new")
        timekeeper.tick(market.store, 1)
        assert self.tokens(market) == ["new", "old 2", "old 3", "old 4"]
        for _ in range(3):
            timekeeper.tick(market.store, 1)
        assert self.tokens(market) == ["new"]

    @staticmethod
    def tokens(market):
        with market.reading():
            return sorted(RequestToken.objects.values_list("token", flat=True))

    def test_old_events(self, client, market, inbox):
        """Events are kept for 30 days, and longer as long as they wait to be sent."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification()
        )
        for _ in range(2):
            client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)
        market.run(lambda _: HITType.objects.update(notifies=False))
        inbox.answers.extend([status(200), status(500)])
        timekeeper.tick(market.store, 5)
        market.clock.advance(timedelta(days=29))
        timekeeper.tick(market.store, 5)
        with market.reading():
            assert Event.objects.count() == 2
        market.clock.advance(timedelta(days=1))
        timekeeper.tick(market.store, 5)
        with market.reading():
            assert [each.delivered_at for each in Event.objects.all()] == [None]

    def test_pauses(self, client, market):
        """A destination's pause goes once it is over."""
        now = datetime.now(UTC)
        for name, until in (("over", now), ("lasts", now + timedelta(minutes=1))):
            row = {"destination": name, "transport": "SQS", "until": until, "reason": "x"}
            market.run(lambda _, row=row: Pause.objects.create(**row))
        timekeeper.tick(market.store, 0)
        with market.reading():
            assert [each.destination for each in Pause.objects.all()] == ["lasts"]

    def test_old_events_behind_others_that_wait(self, client, market, inbox, monkeypatch):
        """What waits for a dead host, however much, keeps nothing else from being removed."""
        monkeypatch.setattr(timekeeper, "PORTION", 2)
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification()
        )
        for _ in range(4):
            client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)
        with market.reading():
            last = Event.objects.latest("pk").pk
        market.run(lambda _: Event.objects.filter(pk=last).update(next_attempt=None))
        market.run(lambda _: HITType.objects.update(notifies=False))
        market.clock.advance(timedelta(days=30))
        timekeeper.tick(market.store, 0)
        with market.reading():
            assert Event.objects.count() == 3
            assert not Event.objects.filter(pk=last).exists()


class TestOpening:
    """A market that is opened in another program's process."""

    def test_it_delivers(self, client, market, inbox, location):
        """What waits is sent at the next opening."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification()
        )
        client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)
        assert inbox.received == []
        open_market(location, fees=None)
        assert len(inbox.received) == 1

    def test_it_waits_for_no_dead_host(self, client, market, inbox, location, monkeypatch):
        """However much is to be sent to a host that does not answer, it opens soon."""
        monkeypatch.setattr("crowdmake.market.notifications.posting.EXCHANGE_SECONDS", 1.0)
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification()
        )
        for _ in range(30):
            client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)
        inbox.answers.extend([lambda _: time.sleep(1.5)] * 30)
        start = time.monotonic()
        open_market(location, fees=None)
        assert time.monotonic() - start < 5
        assert len(inbox.received) == 1


@pytest.mark.parametrize("told", [True, False])
def test_many_at_once(market, client, people, inbox, told):
    """Hundreds that fall due in one pause, more than one portion, are each done and told once."""
    hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
    if told:
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification()
        )
    client.create_hit_with_hit_type(
        HITTypeId=hit_type_id, LifetimeInSeconds=3600, Question=html_question()
    )
    with market.writing():
        first = HIT.objects.get()
        HIT.objects.bulk_create(_copy(first, number) for number in range(1200))
        cents = first.cost_cents * 1200
        requester = first.requester
        requester.available_cents -= cents
        requester.held_cents += cents
        requester.save()
    before = Event.objects.count()
    market.clock.advance(timedelta(days=1))
    with market.reading():
        assert not HIT.objects.filter(on_market=True).exists()
        assert Event.objects.count() - before == (2 * 1201 if told else 0)
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"


def _copy(hit, number):
    return HIT(
        hit_id=f"3COPY{number}",
        requester_id=hit.requester_id,
        hit_type_id=hit.hit_type_id,
        creation_time=hit.creation_time,
        expiration=hit.expiration + timedelta(seconds=number),
        max_assignments=1,
        fee_cents=hit.fee_cents,
    )
