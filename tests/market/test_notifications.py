"""Notifications: what is recorded, for whom, and when it happened."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from crowdmake.cli import main
from crowdmake.market.models import AllowedHost, Event
from crowdmake.market.notifications.delivery import deliver

from market.exams import new_type
from market.kit import PER_HIT, TYPE, another
from market.sinks import EVENTS, sink, status

ENDPOINT = "AWS.MechanicalTurk.InvalidTransportEndpoint"
VALUE = "AWS.MechanicalTurk.InvalidParameterValue"
MISSING = "AWS.MissingParameters"


def told(market):
    """Return what was recorded: type, what it is about, and the seconds since the first event."""
    with market.reading():
        rows = list(Event.objects.order_by("event_time", "pk"))
    return [
        (each.event_type, (each.event_time - rows[0].event_time).total_seconds()) for each in rows
    ]


@pytest.fixture
def hit_type(client, inbox):
    """A HIT type, all of whose events are to be told."""
    return listening(client, inbox)


def listening(client, inbox, **properties):
    hit_type_id = client.create_hit_type(**{**TYPE, **properties})["HITTypeId"]
    client.update_notification_settings(HITTypeId=hit_type_id, Notification=inbox.specification())
    return hit_type_id


def make(client, hit_type, **properties):
    """Return the id of a new HIT of the type."""
    return client.create_hit_with_hit_type(HITTypeId=hit_type, **{**PER_HIT, **properties})["HIT"][
        "HITId"
    ]


class TestEvents:
    """What happens to HITs of a type whose requester listens."""

    def test_a_whole_life(self, client, people, market, hit_type):
        """Each step of a HIT's life is one event, also the override of a rejection."""
        hit_id = make(client, hit_type)
        people.give_back(people.accept("Ann", hit_id))
        assignment_id = people.do("Bob", hit_id)
        client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
        client.approve_assignment(AssignmentId=assignment_id, OverrideRejection=True)
        client.delete_hit(HITId=hit_id)
        assert [each for each, _ in told(market)] == [
            "HITCreated",
            "AssignmentAccepted",
            "AssignmentReturned",
            "AssignmentAccepted",
            "AssignmentSubmitted",
            "HITReviewable",
            "AssignmentRejected",
            "AssignmentApproved",
            "HITDisposed",
        ]

    def test_what_they_are_about(self, client, people, market, hit_type, inbox):
        """An event names its HIT and HIT type, and its assignment if it is about one."""
        hit_id = make(client, hit_type)
        assignment_id = people.do("Ann", hit_id)
        with market.reading():
            rows = {each.event_type: each for each in Event.objects.all()}
        assert {(each.hit_id, each.hit_type_id) for each in rows.values()} == {(hit_id, hit_type)}
        assert {name: each.assignment_id for name, each in rows.items()} == {
            "HITCreated": "",
            "AssignmentAccepted": assignment_id,
            "AssignmentSubmitted": assignment_id,
            "HITReviewable": "",
        }
        assert len({each.document_id for each in rows.values()}) == 4
        assert {each.destination for each in rows.values()} == {inbox.url()}

    def test_extensions(self, client, market, hit_type):
        """More time and more assignments are each an extension, and expiring at once an expiry."""
        hit_id = make(client, hit_type)
        now = market.clock.now()
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=now + timedelta(hours=3))
        client.create_additional_assignments_for_hit(HITId=hit_id, NumberOfAdditionalAssignments=1)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        names = [each for each, _ in told(market)]
        assert names == ["HITCreated", "HITExtended", "HITExtended", "HITExpired", "HITReviewable"]

    def test_approved_at_once(self, client, people, market, inbox):
        """Work of a type without an approval delay is approved the moment it is submitted."""
        hit_type = listening(client, inbox, AutoApprovalDelayInSeconds=0)
        people.do("Ann", make(client, hit_type))
        assert "AssignmentApproved" in [each for each, _ in told(market)]


class TestDueTimes:
    """Events that time causes carry the moment at which they were due."""

    def test_expiry_and_approval(self, client, people, market, inbox):
        """A pause of 40 days later they have the times they would have had without it."""
        hit_type = listening(client, inbox, AutoApprovalDelayInSeconds=7200)
        market.clock.advance(timedelta(seconds=1))
        hit_id = make(client, hit_type, MaxAssignments=2)
        start = market.clock.now()
        market.clock.advance_to(start + timedelta(seconds=100))
        people.do("Ann", hit_id)
        market.clock.advance(timedelta(days=40))
        times = {name: round(seconds) for name, seconds in told(market)}
        assert times["HITExpired"] == times["HITReviewable"] == 3600
        assert times["AssignmentApproved"] == 7300

    @pytest.mark.parametrize(
        ("lifetime", "reviewable"), [(1000, 1000), (300, 600)], ids=["before", "after"]
    )
    def test_abandonment_and_expiry(self, client, people, market, hit_type, lifetime, reviewable):
        """A HIT is reviewable from its expiry on, or from a later end of its work."""
        hit_id = make(client, hit_type, LifetimeInSeconds=lifetime)
        people.accept("Ann", hit_id)
        market.clock.advance(timedelta(days=1))
        times = {name: round(seconds) for name, seconds in told(market)}
        assert times["AssignmentAbandoned"] == 600
        assert times["HITExpired"] == lifetime
        assert times["HITReviewable"] == reviewable

    @pytest.mark.parametrize("looked", [False, True])
    def test_the_last_of_several(self, client, people, market, hit_type, looked):
        """Of several abandoned at different times the last one counts, looked at between or not."""
        hit_id = make(client, hit_type, MaxAssignments=3, LifetimeInSeconds=60)
        for name in ("Ann", "Bob"):
            people.accept(name, hit_id)
            market.clock.advance(timedelta(seconds=20))
        if looked:
            market.clock.advance(timedelta(seconds=570))
        market.clock.advance(timedelta(days=1))
        reviewable = [round(seconds) for name, seconds in told(market) if name == "HITReviewable"]
        assert reviewable == [620]

    def test_returned_after_the_expiry(self, client, people, market, hit_type):
        """The last work that is returned after the expiry makes the HIT reviewable then."""
        hit_id = make(client, hit_type, LifetimeInSeconds=60)
        held = people.accept("Ann", hit_id)
        market.clock.advance(timedelta(seconds=100))
        people.give_back(held)
        times = dict(told(market))
        assert times["HITReviewable"] == times["AssignmentReturned"] >= 100


class TestSettings:
    """One specification for each HIT type."""

    def test_silence_without_one(self, client, people, market):
        """Nothing is recorded of a HIT type that has none."""
        people.do("Ann", client.create_hit(**TYPE, **PER_HIT)["HIT"]["HITId"])
        assert told(market) == []

    def test_only_the_wanted(self, client, people, market, inbox, hit_type):
        """Only the events that the specification asks for are recorded."""
        client.update_notification_settings(
            HITTypeId=hit_type, Notification=inbox.specification(EventTypes=["AssignmentSubmitted"])
        )
        people.do("Ann", make(client, hit_type))
        assert told(market) == [("AssignmentSubmitted", 0.0)]

    def test_replaced(self, client, market, inbox, hit_type):
        """A new specification takes the place of the former; what was recorded keeps its own."""
        make(client, hit_type)
        elsewhere = inbox.specification(Destination=inbox.url("/other"), Version="2006-05-05")
        client.update_notification_settings(HITTypeId=hit_type, Notification=elsewhere)
        make(client, hit_type)
        with market.reading():
            rows = [(each.destination, each.version) for each in Event.objects.order_by("pk")]
        assert rows == [(inbox.url(), "2014-08-15"), (inbox.url("/other"), "2006-05-05")]

    def test_off_and_on(self, client, market, inbox, hit_type):
        """Active alone switches; a specification that replaces a switched-off one stays off."""
        client.update_notification_settings(HITTypeId=hit_type, Active=False)
        make(client, hit_type)
        client.update_notification_settings(HITTypeId=hit_type, Notification=inbox.specification())
        make(client, hit_type)
        assert told(market) == []
        client.update_notification_settings(HITTypeId=hit_type, Active=True)
        make(client, hit_type)
        assert told(market) == [("HITCreated", 0.0)]

    def test_off_for_a_type_that_is_gone(self, client, market, inbox):
        """HITs outlive a type whose qualification was deleted; their events can be switched off."""
        wanted = new_type(client)
        requirement = {"QualificationTypeId": wanted, "Comparator": "DoesNotExist"}
        hit_type = listening(client, inbox, QualificationRequirements=[requirement])
        hit_id = make(client, hit_type)
        client.delete_qualification_type(QualificationTypeId=wanted)
        client.update_notification_settings(HITTypeId=hit_type, Active=False)
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        assert [each for each, _ in told(market)] == ["HITCreated"]

    def test_active_alone_needs_one(self, client, requester):
        """There has to be a specification to be switched."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        for active in (True, False):
            with requester.refused(MISSING, "ParameterValidationError", "Notification"):
                client.update_notification_settings(HITTypeId=hit_type_id, Active=active)

    def test_other_requesters(self, market, hit_type, requester):
        """Another requester's HIT type does not exist."""
        other = another(market)
        with pytest.raises(other.client.exceptions.RequestError, match="does not exist"):
            other.client.update_notification_settings(HITTypeId=hit_type, Active=False)

    @pytest.mark.parametrize(
        ("changes", "code", "kind", "message"),
        [
            ({"Transport": "Email", "Destination": "a@b.org"}, ENDPOINT, "RequestError", "Email"),
            (
                {"Transport": "SNS", "Destination": "arn:aws:sns:us-east-1:1:topic"},
                ENDPOINT,
                "RequestError",
                "ARN",
            ),
            ({"Destination": "https://elsewhere.example/q"}, ENDPOINT, "RequestError", "allow"),
            ({"Destination": ""}, ENDPOINT, "RequestError", "URL"),
            ({"Version": "2010-01-01"}, VALUE, "ParameterValidationError", "Version"),
            ({"EventTypes": []}, MISSING, "ParameterValidationError", "EventTypes"),
            ({"EventTypes": ["Ping"]}, VALUE, "ParameterValidationError", "Ping"),
            ({"EventTypes": ["Pong"]}, None, "ValidationException", "enum value set"),
            ({"Transport": "Fax"}, None, "ValidationException", "enum value set"),
        ],
    )
    def test_refused(self, client, requester, inbox, hit_type, changes, code, kind, message):
        """What this market cannot serve is refused, and the former specification holds on."""
        specification = {**inbox.specification(), **changes}
        with requester.refused(code, kind, message):
            client.update_notification_settings(HITTypeId=hit_type, Notification=specification)

    def test_a_subscriber_needs_a_secret(self, client, requester, market):
        """Nothing is sent to a URL that could not know whom it is from."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        market.run(lambda _: AllowedHost.objects.create(host="127.0.0.1", private=True))
        specification = {
            "Destination": "http://127.0.0.1:9/hook",
            "Transport": "SNS",
            "Version": "2014-08-15",
            "EventTypes": EVENTS,
        }
        with requester.refused(ENDPOINT, message="crowdmake market notify secret"):
            client.update_notification_settings(HITTypeId=hit_type_id, Notification=specification)


class TestTestEvents:
    """SendTestEventNotification."""

    def test_at_once_and_unfiltered(self, client, inbox):
        """Any event can be asked for, whatever the specification lists, and is there at once."""
        specification = inbox.specification(EventTypes=["HITCreated"])
        for name in ("Ping", "HITExpired", "AssignmentApproved"):
            client.send_test_event_notification(Notification=specification, TestEventType=name)
        members = [set(each) - {"EventType", "EventTimestamp"} for each in inbox.events()]
        assert [each["EventType"] for each in inbox.events()] == [
            "Ping",
            "HITExpired",
            "AssignmentApproved",
        ]
        assert members == [set(), {"HITId", "HITTypeId"}, {"HITId", "HITTypeId", "AssignmentId"}]

    def test_a_specification_with_ping(self, client, inbox):
        """Ping may be listed here."""
        client.send_test_event_notification(
            Notification=inbox.specification(EventTypes=["Ping"]), TestEventType="Ping"
        )
        assert len(inbox.received) == 1

    def test_the_call_fails_with_the_sending(self, client, requester, inbox):
        """A server that is not there makes the call fail, and nothing is tried again."""
        with sink() as gone:
            specification = gone.specification()
        with requester.refused(ENDPOINT, message="no connection"):
            client.send_test_event_notification(Notification=specification, TestEventType="Ping")


@pytest.fixture
def notify(location, vault, capsys, market):
    """Type a `notify` command about the test's market; return how it ended and what it printed."""

    def run(*arguments):
        places = ["--database", str(location), "--key-file", str(vault.path)]
        code = main(["market", "notify", *arguments, *places])
        out, err = capsys.readouterr()
        return code, out if code == 0 else err

    return run


class TestCommands:
    """`crowdmake market notify`."""

    def test_hosts(self, notify):
        """Hosts are allowed, listed in one form, and denied."""
        notify("allow", "Queue.Example.org")
        notify("allow", "LOCALHOST.", "--private")
        assert json.loads(notify("hosts", "--json")[1]) == [
            {"host": "localhost", "private": True},
            {"host": "queue.example.org", "private": False},
        ]
        notify("allow", "localhost")
        assert notify("deny", "queue.example.org")[0] == 0
        assert json.loads(notify("hosts", "--json")[1]) == [{"host": "localhost", "private": False}]

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (("allow", "127.0.0.1"), "--private"),
            (("allow", "https://queue.example.org"), "not a host"),
            (("allow", "queue.example.org:443"), "not a host"),
            (("deny", "queue.example.org"), "not among the hosts"),
            (("secret", "nobody"), "no requester"),
        ],
    )
    def test_refused(self, notify, arguments, why):
        """What is no host, not public or not there is one line of explanation."""
        code, error = notify(*arguments)
        assert code == 1
        assert error.count("\n") == 1
        assert why in error

    def test_secret(self, notify, client, market, inbox):
        """The secret that is shown is the one that signs from then on."""
        hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=inbox.specification("SNS")
        )
        shown = notify("secret", market.requester.name)[1].strip()
        make(client, hit_type_id)
        deliver(market.store)
        headers, body = inbox.received[0].headers, inbox.received[0].body
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(shown.removeprefix("whsec_"))
        digest = base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
        assert headers["webhook-signature"] == f"v1,{digest}"

    def test_list(self, notify, client, market, inbox, hit_type):
        """Each event is listed with its state, and those that did not arrive by themselves."""
        make(client, hit_type)
        deliver(market.store)
        inbox.answers.append(status(500))
        hit_id = make(client, hit_type)
        deliver(market.store)
        rows = json.loads(notify("list", "--json")[1])
        assert [(each["event"], each["state"]) for each in rows] == [
            ("HITCreated", "delivered"),
            ("HITCreated", "waiting"),
        ]
        market.run(lambda _: Event.objects.update(next_attempt=None))
        (row,) = json.loads(notify("list", "--undelivered", "--json")[1])
        assert (row["hit"], row["state"], row["attempts"]) == (hit_id, "given up", 1)
        assert row["failure"] == "127.0.0.1 answered HTTP 500"
        assert "given up" in notify("list")[1]
