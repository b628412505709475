"""Who gets in: signatures over HTTP, by boto3 and by hand."""

import http.client
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from crowdmake.market import requesters
from crowdmake.market.serving import keys
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from market.kit import KEY, PROPERTIES, TARGET, connect, give_key

OTHER = keys.NewKey("CM" + "O" * 18, "o" * 40)


@pytest.fixture
def signed(url, monkeypatch):
    """Sign by hand: headers for a body, as a client with other habits might have made them."""

    def sign(
        body=b"{}",
        operation="ListHITs",
        key=KEY,
        when=None,
        service="mturk-requester",
        region="us-east-1",
        token=None,
        signer=SigV4Auth,
        **more,
    ):
        moment = (when or datetime.now(UTC)).replace(tzinfo=None)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
        headers = {"X-Amz-Target": TARGET + operation, "Host": urlsplit(url).netloc}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        request = AWSRequest("POST", "http://market/", headers=headers, data=body)
        signer(Credentials(*key, token), service, region).add_auth(request)
        return dict(request.headers.items())

    return sign


@pytest.fixture
def ask(url, market):
    """Send what was signed; return status and parsed answer."""

    def send(headers, body=b"{}"):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            for each in value if isinstance(value, list) else [value]:
                connection.putheader(name, each)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    return send


@pytest.fixture
def refused(ask):
    """Expect an error of the type, with the words in its message and nothing else."""

    def check(kind, headers, body=b"{}", words=""):
        status, answer = ask(headers, body)
        assert (status, answer["__type"]) == (400, kind)
        assert words in answer["Message"]
        assert set(answer) == {"__type", "Message"}

    return check


NOTHING = {"NumResults": 0, "HITs": []}


class EverythingSigned(SigV4Auth):
    """Signs each header, as the AWS SDK for Java does."""

    def headers_to_sign(self, request):
        headers = HTTPHeaders()
        for name, value in request.headers.items():
            headers[name.lower()] = value
        return headers


@pytest.mark.parametrize(
    "habits",
    [
        {},
        {"region": "eu-central-1"},
        {"Content_Type": "application/x-amz-json-1.1"},
        {"signer": EverythingSigned, "User_Agent": "aws-sdk-java/1.12  Linux"},
        {"X_Amz_Content_SHA256": sha256(b"{}").hexdigest()},
        {"Date": "now"},
        {"token": "left over from another service"},
    ],
)
def test_clients_of_all_habits_get_in(ask, signed, habits):
    """Any region, any signed headers, either date header; a session token means nothing."""
    assert ask(signed(**habits)) == (200, NOTHING)


def test_an_unsigned_request(refused):
    """Without a signature nothing of a request is looked at, not even whether it is one."""
    kind = "MissingAuthenticationTokenException"
    refused(kind, {"Host": "x", "X-Amz-Target": TARGET + "ListHITs"})
    refused(kind, {"Host": "x", "X-Amz-Target": "Nonsense"}, b"{")
    refused(kind, {"Host": "x", "Authorization": " "})


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        lambda value: value.replace("AWS4-HMAC-SHA256 ", ""),
        lambda value: value.replace("Credential=", ""),
        lambda value: value.replace("/aws4_request", ""),
        lambda value: value.replace(KEY.key_id, "../" + KEY.key_id),
        lambda value: value.replace(KEY.key_id, "\xe9" * 20),
        lambda value: value.partition(", Signature")[0],
        lambda value: value + "0",
        lambda value: "Basic bWFya2V0Om1hcmtldA==",
        lambda value: [value, value],
    ],
)
def test_an_incomplete_signature(refused, signed, change):
    """An Authorization header that lacks something is told so."""
    headers = signed()
    headers["Authorization"] = change(headers["Authorization"])
    refused("IncompleteSignatureException", headers)


def test_a_date_that_is_none(refused, signed):
    """A signature without a readable date is incomplete."""
    refused("IncompleteSignatureException", {**signed(), "X-Amz-Date": "yesterday"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Amz-Target", TARGET + "GetAccountBalance"),
        ("X-Amz-Target", [TARGET + "ListHITs", TARGET + "GetAccountBalance"]),
        ("Host", "mturk-requester.us-east-1.amazonaws.com"),
        ("Content-Type", "text/plain"),
        ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
        ("X-Amz-Content-SHA256", sha256(b"{ }").hexdigest()),
    ],
)
def test_a_header_that_was_changed(refused, signed, name, value):
    """Every signed header is the one that was signed, and a body's hash the body's."""
    headers = signed(Content_Type="application/x-amz-json-1.1")
    refused("InvalidSignatureException", {**headers, name: value}, words="does not match")


def test_a_body_that_was_changed(refused, signed):
    """A signature is good for one body, also where a header states the hash of another."""
    refused("InvalidSignatureException", signed(b"{}"), b'{"MaxResults": 1}')
    stated = signed(b"{}", X_Amz_Content_SHA256=sha256(b"{}").hexdigest())
    refused("InvalidSignatureException", stated, b'{"MaxResults": 1}')


def test_a_moment_that_was_changed(refused, signed):
    """The signed moment cannot be moved."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    refused("InvalidSignatureException", {**signed(), "X-Amz-Date": f"{later:%Y%m%dT%H%M%SZ}"})


@pytest.mark.parametrize("name", ["host", "x-amz-target", "x-amz-date"])
def test_what_has_to_be_signed(refused, signed, name):
    """Host, target and date are not taken from a request that leaves them unsigned."""

    class Careless(SigV4Auth):
        def headers_to_sign(self, request):
            headers = super().headers_to_sign(request)
            del headers[name]
            return headers

    refused("InvalidSignatureException", signed(signer=Careless), words=name)


def test_a_header_that_is_not_there(refused, signed):
    """A header that is named as signed and was not sent is not made up."""
    headers = signed(Content_Type="application/x-amz-json-1.1")
    del headers["Content-Type"]
    refused("InvalidSignatureException", headers)


def test_another_service(refused, signed):
    """A signature for another service is none for this one."""
    words = "Credential should be scoped to correct service: 'mturk-requester'."
    refused("InvalidSignatureException", signed(service="s3"), words=words)


def test_another_day(refused, signed):
    """The day of the credential's scope is the day of the signature."""
    headers = signed()
    today = headers["X-Amz-Date"][:8]
    headers["Authorization"] = headers["Authorization"].replace(f"/{today}/", "/20200101/")
    refused("InvalidSignatureException", headers, words="'20200101' != ")


def test_the_window(ask, refused, signed):
    """A signature is good for fifteen minutes before and after its moment, and no longer."""
    now = datetime.now(UTC)
    for minutes in (-14.8, 14.8):
        assert ask(signed(when=now + timedelta(minutes=minutes))) == (200, NOTHING)
    old, early = (signed(when=now + timedelta(minutes=each)) for each in (-15.2, 15.2))
    stamp = old["X-Amz-Date"]
    words = f"Signature expired: {stamp} is now earlier than "
    refused("InvalidSignatureException", old, words=words)
    refused("InvalidSignatureException", early, words="Signature not yet current: ")


def test_the_markets_clock_is_another(ask, signed, market):
    """A market whose clock was moved goes by the wall clock here."""
    market.clock.advance(timedelta(days=40))
    assert ask(signed()) == (200, NOTHING)


def test_a_wrong_secret(url, market):
    """Boto3 shows a wrong secret as AWS's error, without trying again."""
    client = connect(url, keys.NewKey(KEY.key_id, "x" * 40))
    with pytest.raises(ClientError) as caught:
        client.list_hits()
    response = caught.value.response
    assert response["Error"]["Code"] == "InvalidSignatureException"
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_unknown_key(url, market):
    """A key of nobody's is not recognised."""
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        connect(url, OTHER).list_hits()


def test_a_revoked_key(refused, signed, ask, market):
    """A key is refused from the moment at which it is revoked, like one that never was."""
    assert ask(signed()) == (200, NOTHING)
    market.run(lambda _: keys.revoke(KEY.key_id))
    refused("UnrecognizedClientException", signed())


def test_a_repeat_is_a_request(ask, signed, client):
    """The same bytes twice are two requests; a token protects what costs money."""
    body = json.dumps(PROPERTIES).encode()
    headers = signed(body, "CreateHIT")
    first, second = ask(headers, body), ask(headers, body)
    assert first[1]["HIT"]["HITId"] != second[1]["HIT"]["HITId"]
    body = json.dumps({**PROPERTIES, "UniqueRequestToken": "t"}).encode()
    headers = signed(body, "CreateHIT")
    assert [ask(headers, body)[0] for _ in range(2)] == [200, 400]
    assert client.list_hits()["NumResults"] == 3


def test_requesters_are_apart(url, client, requester, market, vault):
    """A key leads to its own requester's HITs and money, and to nobody else's."""
    other = market.run(lambda _: requesters.ensure("other"))
    give_key(market, other, OTHER, vault)
    stranger = connect(url, OTHER)
    hit_id = requester.hit()
    assert stranger.list_hits()["NumResults"] == 0
    assert stranger.get_account_balance()["AvailableBalance"] == "10000.00"
    with pytest.raises(ClientError, match="does not exist"):
        stranger.get_hit(HITId=hit_id)


def test_a_use_is_noted_now_and_then(ask, signed, market):
    """The last use of a key is known to the minute, and costs one write a minute."""

    def last_use():
        with market.reading():
            return keys.valid(KEY.key_id).last_used_at

    def set_last_use(moment):
        market.run(lambda _: keys.AccessKey.objects.update(last_used_at=moment))

    now = datetime.now(UTC)
    for stale in (None, now - timedelta(seconds=61)):
        set_last_use(stale)
        ask(signed())
        assert now <= last_use() <= datetime.now(UTC)
    recent = now - timedelta(seconds=30)
    set_last_use(recent)
    ask(signed())
    assert last_use() == recent


def test_a_refused_request_is_no_use(refused, signed, market):
    """Who cannot sign with a key does not make it look used."""
    market.run(lambda _: keys.AccessKey.objects.update(last_used_at=None))
    refused("InvalidSignatureException", signed(key=keys.NewKey(KEY.key_id, "x" * 40)))
    with market.reading():
        assert keys.valid(KEY.key_id).last_used_at is None


LATIN = st.text(st.characters(max_codepoint=255), max_size=60)
HEX = "0" * 64


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    authorization=st.one_of(
        LATIN,
        st.builds("AWS4-HMAC-SHA256 {}".format, LATIN),
        st.builds(
            "AWS4-HMAC-SHA256 Credential={}/{:%Y%m%d}/{}/mturk-requester/aws4_request,"
            " SignedHeaders=host;x-amz-date;x-amz-target;{}, Signature={}".format,
            st.one_of(st.just(KEY.key_id), LATIN),
            st.just(datetime.now(UTC)),
            LATIN,
            LATIN,
            st.one_of(st.just(HEX), LATIN),
        ),
    ),
    headers=st.dictionaries(
        st.sampled_from(["x-amz-date", "date", "host", "x-amz-target", "x-amz-content-sha256"]),
        st.one_of(LATIN, st.just(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")),
    ),
    body=st.binary(max_size=20),
)
@example(
    f"AWS4-HMAC-SHA256 Credential={KEY.key_id}/{datetime.now(UTC):%Y%m%d}/r/mturk-requester"
    f"/aws4_request, SignedHeaders=host;host;x-amz-date;x-amz-target, Signature={HEX}",
    {"x-amz-date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}", "x-amz-target": "\xff"},
    b"",
)
def test_garbage_is_neither_admitted_nor_a_fault(market, transport, authorization, headers, body):
    """Whatever stands in the headers, it is one of the four errors."""
    given_headers = {**headers, "authorization": authorization}
    status, _, answer = transport.serve(given_headers, body)
    assert status == 400
    assert json.loads(answer)["__type"] in {
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "UnrecognizedClientException",
    }
