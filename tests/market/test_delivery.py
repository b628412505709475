"""Notifications on their way: where they may go, how they are signed, and when they are repeated."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import trustme
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from crowdmake.market.models import AllowedHost, Event, Pause
from crowdmake.market.notifications import delivery, destinations, posting
from crowdmake.market.notifications.delivery import ATTEMPTS, delay_after, deliver
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from market.kit import PER_HIT, TYPE
from market.sinks import AWS, drip, sink, status


def happen(client, inbox, transport="SQS", **specification):
    """Make something happen that is to be told, and return the HIT's id."""
    hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
    client.update_notification_settings(
        HITTypeId=hit_type_id, Notification=inbox.specification(transport, **specification)
    )
    return client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)["HIT"]["HITId"]


def stored(market):
    """Return the only event that is kept."""
    with market.reading():
        return Event.objects.get()


def _interrupt(*_, **__):
    raise KeyboardInterrupt


def fall_due(market):
    """Let the time for what waits come."""
    market.run(
        lambda _: Event.objects.filter(next_attempt__isnull=False).update(
            next_attempt=datetime.now(UTC)
        )
    )


class TestQueue:
    """Transport SQS."""

    def test_the_message(self, client, market, inbox):
        """It is SQS's SendMessage, with one document in the form that the service sent."""
        hit_id = happen(client, inbox)
        assert deliver(market.store) == 1
        (received,) = inbox.received
        assert received.path == "/"
        assert received.headers["x-amz-target"] == "AmazonSQS.SendMessage"
        assert received.headers["content-type"] == "application/x-amz-json-1.0"
        assert json.loads(received.body)["QueueUrl"] == inbox.url()
        (document,) = inbox.messages()
        event = stored(market)
        assert document == {
            "Events": [
                {
                    "EventType": "HITCreated",
                    "EventTimestamp": f"{event.event_time:%Y-%m-%dT%H:%M:%SZ}",
                    "HITId": hit_id,
                    "HITTypeId": event.hit_type_id,
                }
            ],
            "EventDocId": event.document_id,
            "SourceAccount": f"{market.requester.pk:012d}",
            "CustomerId": market.requester.customer_id,
            "EventDocVersion": "2014-08-15",
        }

    def test_what_boto3_would_send(self, client, market, inbox):
        """boto3's own SQS client sends the same body and the same headers, the signature aside."""
        happen(client, inbox)
        deliver(market.store)
        ours = inbox.received.pop()
        sqs = boto3.client(
            "sqs", endpoint_url=inbox.url(""), config=Config(retries={"total_max_attempts": 1})
        )
        inbox.answers.append(status(200, body=b'{"MessageId": "1"}'))
        sqs.send_message(**json.loads(ours.body))
        theirs = inbox.received.pop()
        assert json.loads(ours.body) == json.loads(theirs.body)
        assert ours.path == theirs.path
        for name in ("x-amz-target", "content-type", "host"):
            assert ours.headers[name] == theirs.headers[name]

    def test_the_signature(self, client, market, inbox):
        """It is what botocore makes of the same request with the operator's credentials."""
        happen(client, inbox)
        deliver(market.store)
        received = inbox.received[0]
        scope = received.headers["authorization"].split("Credential=")[1].split(",")[0].split("/")
        assert [scope[0], *scope[2:]] == ["operator", "eu-west-1", "sqs", "aws4_request"]
        names = (
            received.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        )
        request = AWSRequest(
            "POST",
            inbox.url("/"),
            {name: received.headers[name] for name in names},
            received.body,
        )
        request.context["timestamp"] = received.headers["x-amz-date"]
        signer = SigV4Auth(Credentials("operator", AWS["AWS_SECRET_ACCESS_KEY"]), "sqs", scope[2])
        text = signer.string_to_sign(request, signer.canonical_request(request))
        assert received.headers["authorization"].endswith(
            f"Signature={signer.signature(text, request)}"
        )

    def test_without_credentials(self, client, market, inbox, monkeypatch, tmp_path):
        """Nothing is sent unsigned; the reason is kept."""
        happen(client, inbox)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        assert deliver(market.store) == 0
        assert inbox.received == []
        assert "no AWS credentials" in stored(market).failure

    def test_a_refusal_says_why(self, client, market, inbox):
        """The type of the queue's own error is kept with the status."""
        happen(client, inbox)
        body = b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "?"}'
        inbox.answers.append(status(400, body=body))
        deliver(market.store)
        assert stored(market).failure == "127.0.0.1 answered HTTP 400 QueueDoesNotExist"


class TestSubscriber:
    """Transport SNS, to a URL."""

    def test_the_message(self, client, market, inbox):
        """It is what SNS posts to a topic's subscriber; the subject is the event's moment."""
        happen(client, inbox, "SNS", Destination=inbox.url("/hook?a=1"))
        assert deliver(market.store) == 1
        (received,) = inbox.received
        assert received.path == "/hook?a=1"
        assert received.headers["x-amz-sns-message-type"] == "Notification"
        envelope = json.loads(received.body)
        event = stored(market)
        assert envelope["Type"] == "Notification"
        assert envelope["Subject"] == str(int(event.event_time.timestamp() * 1000))
        assert json.loads(envelope["Message"])["EventDocId"] == event.document_id
        assert received.headers["x-amz-sns-message-id"] == envelope["MessageId"]

    def test_the_signature(self, client, market, inbox):
        """It is verified as Standard Webhooks says, with the requester's secret."""
        happen(client, inbox, "SNS")
        deliver(market.store)
        headers, body = inbox.received[0].headers, inbox.received[0].body
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.new(inbox.key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{digest}"
        assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
        assert headers["webhook-id"] == stored(market).document_id

    def test_without_the_key_file(self, client, market, inbox):
        """A market that cannot read the secret leaves the message to one that can."""
        happen(client, inbox, "SNS")
        vault, market.store.vault = market.store.vault, None
        assert deliver(market.store) == 0
        assert (stored(market).attempts, inbox.received) == (0, [])
        market.store.vault = vault
        assert deliver(market.store) == 1


class TestWhere:
    """Which hosts a notification reaches."""

    def test_not_any_longer(self, client, market, inbox):
        """A host that is no longer allowed gets nothing of what was recorded before."""
        happen(client, inbox)
        market.run(lambda _: AllowedHost.objects.all().delete())
        assert deliver(market.store) == 0
        assert inbox.received == []
        assert "did not allow 127.0.0.1" in stored(market).failure

    def test_a_name_of_this_machine(self, client, requester, market, inbox):
        """A name that is allowed, but points to the loopback, is refused without --private."""
        market.run(lambda _: AllowedHost.objects.create(host="localhost"))
        specification = inbox.specification(Destination=inbox.url(host="localhost"))
        endpoint = "AWS.MechanicalTurk.InvalidTransportEndpoint"
        with requester.refused(endpoint, message="not public"):
            client.send_test_event_notification(Notification=specification, TestEventType="Ping")
        happen(client, inbox, Destination=inbox.url(host="localhost"))
        assert deliver(market.store) == 0
        assert inbox.received == []
        market.run(lambda _: AllowedHost.objects.filter(host="localhost").update(private=True))
        fall_due(market)
        assert deliver(market.store) == 1
        assert inbox.received[0].headers["host"] == f"localhost:{inbox.port}"

    def test_an_address_is_judged_at_once(self, client, requester, market, inbox):
        """An address that is not public is refused when the settings are made."""
        market.run(lambda _: AllowedHost.objects.update(private=False))
        with requester.refused("AWS.MechanicalTurk.InvalidTransportEndpoint", message="not public"):
            happen(client, inbox)

    def test_one_address_of_several(self, market, monkeypatch):
        """A name with one address that is not public among its addresses is refused."""
        market.run(lambda _: AllowedHost.objects.create(host="mixed.example.org"))
        found = [(2, 1, 6, "", (each, 0)) for each in ("93.184.216.34", "10.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        destination = destinations.parse("SQS", "http://mixed.example.org/q")
        with market.reading(), pytest.raises(destinations.Undeliverable, match="not public"):
            destinations.addresses(destination)

    def test_a_redirect_is_not_followed(self, client, market, inbox):
        """An answer that points elsewhere is a failure, and nobody else hears of it."""
        with sink() as elsewhere:
            inbox.answers.append(status(307, {"Location": elsewhere.url("/")}))
            happen(client, inbox)
            assert deliver(market.store) == 0
            assert elsewhere.received == []
        assert stored(market).failure == "127.0.0.1 answered HTTP 307"

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://127.0.0.1/q",
            "http://user:pass@127.0.0.1/q",
            "http://user@127.0.0.1/q",
            "http://127.0.0.1/q#part",
            "http://127.0.0.1:0/q",
            "http://127.0.0.1:65536/q",
            "http:///q",
            "http://127.0.0.1\r\nX: y/q",
            "http://127.0.0.1/q uery",
            "http://b\u00fccher.example/q",
            "http://[fe80::1%25eth0]/q",
            "http://[::1/q",
            "//127.0.0.1/q",
            "http://" + "a" * 64 + ".org/q",
            "http://127.0.0.1/" + "a" * 2000,
        ],
    )
    def test_no_such_url(self, url):
        """What is not plainly an http or https URL without credentials is no destination."""
        with pytest.raises(destinations.Undeliverable):
            destinations.parse("SQS", url)

    @given(st.text(max_size=60) | st.from_regex(r"https?://\S{0,40}"))
    def test_any_text(self, text):
        """Whatever is given as a destination is taken apart or refused; an ASCII host comes out."""
        try:
            destination = destinations.parse("SNS", text)
        except destinations.Undeliverable:
            return
        assert destinations.host_name(destination.host) == destination.host
        assert destination.host.isascii()
        assert 0 < destination.port < 65536
        assert destination.path.startswith("/")

    @pytest.mark.parametrize(
        "address",
        [
            "0.0.0.0",  # noqa: S104 - nobody listens there
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "192.88.99.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ],
    )
    def test_not_public(self, address):
        """Addresses of no host of the Internet, and those that hide another, are not public."""
        assert not destinations.is_public(address)

    @pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111"])
    def test_public(self, address):
        """Those of the Internet are."""
        assert destinations.is_public(address)


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def secure(authority, tmp_path, monkeypatch):
    """What a server needs for TLS under a name, and a machine that trusts its certificate."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))

    def context(name):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(made)
        return made

    return context


class TestTLS:
    """https destinations."""

    def test_by_name(self, market, secure):
        """The connection goes to the address, the certificate is the name's."""
        with sink(secure("localhost")) as server:
            assert self.status(market, server, "localhost") == 200

    def test_another_name(self, market, secure):
        """A certificate for another name is none, though it be trusted."""
        with sink(secure("other.example.org")) as server:
            with pytest.raises(destinations.Undeliverable, match="no connection"):
                self.status(market, server, "localhost")
            assert server.received == []

    def test_nobody_knows_it(self, market, secure, monkeypatch):
        """Nor is one of an authority that this machine does not know."""
        with sink(secure("localhost")) as server:
            monkeypatch.delenv("SSL_CERT_FILE")
            with pytest.raises(destinations.Undeliverable, match="no connection"):
                self.status(market, server, "localhost")

    @staticmethod
    def status(market, server, host):
        market.run(lambda _: AllowedHost.objects.create(host=host, private=True))
        destination = destinations.parse("SNS", server.url(host=host))
        with market.reading():
            return posting.post(destination, posting.Request("/", {}, b"x")).status


class TestAgain:
    """What could not be sent is sent again."""

    def test_after_a_failure(self, client, market, inbox):
        """The same document comes once more, later, and its identity is the same."""
        happen(client, inbox)
        inbox.answers.append(status(500))
        assert deliver(market.store) == 0
        event = stored(market)
        assert (event.attempts, event.failure) == (1, "127.0.0.1 answered HTTP 500")
        wait = event.next_attempt - datetime.now(UTC)
        assert timedelta(seconds=5) < wait <= timedelta(seconds=10)
        assert deliver(market.store) == 0
        assert len(inbox.received) == 1
        fall_due(market)
        assert deliver(market.store) == 1
        first, second = inbox.messages()
        assert first == second
        event = stored(market)
        assert (event.attempts, event.failure, event.next_attempt) == (2, "", None)
        assert event.delivered_at is not None

    def test_given_up(self, client, market, inbox):
        """After about a day nothing more is tried; the event and the reason are kept."""
        happen(client, inbox)
        inbox.answers.extend(status(503) for _ in range(ATTEMPTS + 1))
        for _ in range(ATTEMPTS + 1):
            assert deliver(market.store) == 0
            fall_due(market)
        event = stored(market)
        assert (event.attempts, event.next_attempt, event.delivered_at) == (ATTEMPTS, None, None)
        assert event.failure == "127.0.0.1 answered HTTP 503"
        waits = [delay_after(number) for number in range(1, ATTEMPTS)]
        assert timedelta(days=1) <= sum(waits, timedelta()) <= timedelta(days=1.25)

    def test_others_of_a_dead_host_wait(self, client, market, inbox):
        """One failure is enough: what else is to be sent there waits, without losing an attempt."""
        happen(client, inbox)
        happen(client, inbox)
        inbox.answers.append(status(500))
        assert deliver(market.store) == 0
        assert len(inbox.received) == 1
        with market.reading():
            assert sorted(each.attempts for each in Event.objects.all()) == [0, 1]
        fall_due(market)
        assert deliver(market.store) == 2

    def several(self, client, inbox, market, number):
        """Let as much happen at one destination, and return a sender's view of what waits."""
        happen(client, inbox)
        hit_type_id = stored(market).hit_type_id
        for _ in range(number - 1):
            client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)

    def age(self, market, span, **which):
        market.run(
            lambda _: Event.objects.filter(**which).update(created_at=datetime.now(UTC) - span)
        )

    def test_a_backlog_ends_too(self, client, market, inbox):
        """What has waited for a dead host for 28 hours is given up with the next failure there."""
        self.several(client, inbox, market, 5)
        with market.reading():
            first = Event.objects.earliest("pk").pk
        self.age(market, timedelta(hours=27), pk=first)
        self.age(market, timedelta(hours=28), pk__gt=first)
        inbox.answers.append(status(503))
        assert deliver(market.store) == 0
        with market.reading():
            waiting = Event.objects.filter(next_attempt__isnull=False)
            assert [each.pk for each in waiting] == [first]
            ended = Event.objects.filter(pk__gt=first)
            assert {each.failure for each in ended} == {"127.0.0.1 answered HTTP 503"}
        assert len(inbox.received) == 1

    def test_the_last_failure(self, client, market, inbox):
        """What is that old is still tried once, and not again."""
        happen(client, inbox)
        self.age(market, timedelta(days=9))
        inbox.answers.append(status(503))
        assert deliver(market.store) == 0
        event = stored(market)
        assert (event.attempts, event.next_attempt) == (1, None)

    def test_after_a_long_pause(self, client, market, inbox):
        """However old it is, it arrives where the destination answers."""
        self.several(client, inbox, market, 3)
        self.age(market, timedelta(days=9))
        assert deliver(market.store) == 3

    def test_the_work_of_one_failure(self, client, market, inbox, monkeypatch):
        """One failure costs one attempt, and puts off no more than a portion at a time."""
        monkeypatch.setattr(delivery, "PORTION", 3)
        monkeypatch.setattr(delivery, "BATCH", 2)
        self.several(client, inbox, market, 12)
        changed = []
        really = delivery._put_off

        def put_off(events, moment):
            changed.append(len(events))
            really(events, moment)

        monkeypatch.setattr(delivery, "_put_off", put_off)
        inbox.answers.extend(status(500) for _ in range(12))
        assert deliver(market.store) == 0
        assert len(inbox.received) == 1
        assert max(changed) <= 2 + 3
        with market.reading():
            assert not Event.objects.filter(next_attempt__lte=datetime.now(UTC)).exists()
            assert Event.objects.filter(attempts=0, next_attempt__isnull=False).count() == 11

    def test_a_destination_that_is_left_alone(self, client, market, inbox):
        """What happens while a destination is left alone waits; it goes on when that answers."""
        happen(client, inbox)
        inbox.answers.append(status(500))
        assert deliver(market.store) == 0
        self.happened_later(client, market)
        assert deliver(market.store) == 0
        assert len(inbox.received) == 1
        fall_due(market)
        assert deliver(market.store) == 2
        with market.reading():
            assert not Pause.objects.exists()

    def happened_later(self, client, market):
        hit_type_id = stored(market).hit_type_id
        client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)

    def test_its_database_fails(self, client, market, inbox, monkeypatch):
        """A fault of the market's own database costs no attempt."""
        happen(client, inbox)

        def gone(*_):
            raise OperationalError("gone")

        monkeypatch.setattr(delivery, "send", gone)
        with pytest.raises(OperationalError):
            deliver(market.store)
        assert stored(market).attempts == 0

    def test_others_elsewhere_do_not_wait(self, client, market, inbox):
        """A failure at one destination holds up no other."""
        happen(client, inbox, Destination=inbox.url("/a/dead"))
        happen(client, inbox, Destination=inbox.url("/a/live"))
        inbox.answers.append(status(500))
        assert deliver(market.store) == 1

    @pytest.mark.parametrize(
        ("begun", "arrived"),
        [(b"HTTP/1.1 20", 0), (b"HTTP/1.1 200 OK\r\n\r\n", 1)],
        ids=["the status", "the body"],
    )
    def test_a_slow_server(self, client, market, inbox, monkeypatch, begun, arrived):
        """An answer that drips in without an end is cut off; what counts is its status."""
        monkeypatch.setattr(posting, "EXCHANGE_SECONDS", 1.0)
        happen(client, inbox)
        inbox.answers.append(drip(20, begun))
        start = time.monotonic()
        assert deliver(market.store) == arrived
        assert time.monotonic() - start < 5
        assert stored(market).failure == ("" if arrived else "127.0.0.1 gave no answer in time")

    def test_an_endless_answer(self, client, market, inbox):
        """Only the beginning of an answer is read."""
        happen(client, inbox)
        inbox.answers.append(status(200, body=b" " * 20_000_000))
        assert deliver(market.store) == 1

    def test_no_answer_at_all(self, client, market, inbox):
        """A server that hangs up has not taken the message."""
        happen(client, inbox)
        inbox.answers.append(lambda handler: handler.connection.shutdown(socket.SHUT_RDWR))
        assert deliver(market.store) == 0
        assert stored(market).attempts == 1

    def test_what_is_no_answer(self, client, market, inbox):
        """Nor has one that does not speak HTTP."""
        happen(client, inbox)
        inbox.answers.append(lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"))
        assert deliver(market.store) == 0
        assert stored(market).attempts == 1

    def test_a_sender_that_died(self, client, market, inbox, monkeypatch):
        """What somebody began to send, and never said how it went, is sent once more later."""
        happen(client, inbox)
        with monkeypatch.context() as patch:
            patch.setattr(socket, "create_connection", _interrupt)
            patch.setattr("urllib3.util.connection.create_connection", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                deliver(market.store)
        event = stored(market)
        assert timedelta(0) < event.next_attempt - datetime.now(UTC) <= timedelta(minutes=2)
        assert deliver(market.store) == 0
        fall_due(market)
        assert deliver(market.store) == 1

    def test_many_senders(self, client, market, inbox):
        """Several that deliver at once send each event once."""
        happen(client, inbox)
        hit_type_id = stored(market).hit_type_id
        for _ in range(40):
            client.create_hit_with_hit_type(HITTypeId=hit_type_id, **PER_HIT)

        def send(_):
            number = deliver(market.store)
            market.store.close()
            return number

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(send, range(4))) == 41
        assert len({each["EventDocId"] for each in inbox.messages()}) == len(inbox.received) == 41
