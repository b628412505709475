"""How an event's document travels: as a message for a queue, or as a topic's subscriber gets it.

Sources: docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide, "Making query API
requests using AWS JSON protocol";
docs.aws.amazon.com/sns/latest/dg/http-notification-json.html;
github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (signatures).
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import Event, Requester
from crowdmake.market.notifications import events
from crowdmake.market.notifications.destinations import SQS, Destination, Undeliverable, parse
from crowdmake.market.notifications.posting import Reply, Request, post
from crowdmake.market.serving import fingerprints
from crowdmake.market.serving.vault import Vault

REGION = "us-east-1"
AMAZONS = re.compile(
    r"(?:sqs\.([a-z0-9-]+)\.amazonaws\.com|([a-z0-9-]+)\.queue\.amazonaws\.com)(?:\.cn)?"
)
SECRET_PREFIX = "whsec_"  # noqa: S105 - how the convention marks one
SECRET_BYTES = 32


def send(event: Event, vault: Vault | None) -> None:
    """Send the event's document to its destination; raises Undeliverable."""
    destination = parse(event.transport, event.destination)
    if event.transport == SQS:
        reply = post(destination, _queue_request(event, destination))
    else:
        reply = post(destination, _subscriber_request(event, destination, vault))
    if not 200 <= reply.status < 300:
        raise Undeliverable(f"{destination.host} answered {_refusal(reply)}")


def new_secret(requester: Requester, vault: Vault) -> str:
    """Return a new secret that signs the requester's notifications from now on; in `writing()`.

    Raises OperatorError for a vault that is not this market's.
    """
    fingerprints.enter(vault)
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    locked = vault.lock(secret)
    Requester.objects.filter(pk=requester.pk).update(notification_secret=locked)
    return secret


def check_signable(transport: str, requester: Requester) -> None:
    """Raise Undeliverable unless the requester has what notifications are signed with."""
    if transport != SQS and not requester.notification_secret:
        raise Undeliverable(
            "this requester has no notification secret yet; the operator of this market makes "
            "one with `crowdmake market notify secret`"
        )


def _queue_request(event: Event, destination: Destination) -> Request:
    """Return the call of SQS's SendMessage, signed with the operator's own AWS credentials."""
    body = json.dumps({"QueueUrl": destination.url, "MessageBody": events.document(event)})
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.SendMessage",
    }
    scheme = "https" if destination.secure else "http"
    url = f"{scheme}://{destination.authority}/"
    return Request("/", _signed(url, destination.host, headers, body), body.encode())


def _signed(url: str, host: str, headers: Mapping[str, str], body: str) -> dict[str, str]:
    session = botocore.session.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise Undeliverable("the operator of this market has no AWS credentials to sign with")
    known = AMAZONS.fullmatch(host)
    region = known[1] or known[2] if known else session.get_config_variable("region") or REGION
    request = AWSRequest("POST", url, dict(headers), body.encode())
    SigV4Auth(credentials, "sqs", region).add_auth(request)
    return dict(request.headers.items())


def _subscriber_request(event: Event, destination: Destination, vault: Vault | None) -> Request:
    """Return what SNS posts to a topic's subscriber, signed with the requester's secret."""
    message_id = str(UUID(hex=event.document_id[:32]))
    topic = f"arn:aws:sns:{REGION}:{events.source_account(event)}:{event.requester.customer_id}"
    now = datetime.now(UTC)
    body = json.dumps(
        {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": topic,
            "Subject": str(int(event.event_time.timestamp() * 1000)),
            "Message": events.document(event),
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
        }
    )
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic,
        **_signature(event.document_id, body, _secret(event.requester, vault)),
    }
    return Request(destination.path, headers, body.encode())


def _secret(requester: Requester, vault: Vault | None) -> bytes:
    """Return the key of the requester's signatures; raises Undeliverable."""
    check_signable("", requester)
    if vault is None:
        raise Undeliverable("this market was opened without its key file")
    try:
        secret = vault.unlock(requester.notification_secret)
    except OperatorError as error:
        raise Undeliverable("the requester's notification secret cannot be read") from error
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))


def _signature(document_id: str, body: str, key: bytes) -> dict[str, str]:
    moment = str(int(time.time()))
    signed = f"{document_id}.{moment}.{body}".encode()
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": document_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{digest}",
    }


def _refusal(reply: Reply) -> str:
    """Return the status, and the type of AWS's error where there is one."""
    try:
        kind = json.loads(reply.body)["__type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        kind = ""
    name = re.search(r"[A-Za-z.]{1,80}\Z", kind) if isinstance(kind, str) else None
    return f"HTTP {reply.status}" + (f" {name[0]}" if name else "")
