"""Where a HIT type's events are sent, and a test of a destination.

Sources:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_UpdateNotificationSettingsOperation.html,
..._SendTestEventNotificationOperation.html, ..._NotificationDataStructureArticle.html; the older
version is the one that the service model names and that programs use with success
(github.com/facebookresearch/Mephisto).
"""

from threading import BoundedSemaphore
from typing import Any

from crowdmake.market.ids import entity_id
from crowdmake.market.models import Event, HITType, NotificationSetting
from crowdmake.market.notifications import destinations, events, transports
from crowdmake.market.notifications.destinations import Undeliverable
from crowdmake.market.operations import hit_types
from crowdmake.market.operations.registry import reading, writing
from crowdmake.market.protocol.calls import Call
from crowdmake.market.protocol.errors import (
    RequestError,
    ThrottlingException,
    invalid_value,
    missing,
)

VERSIONS = ("2014-08-15", "2006-05-05")
# A test waits for somebody else's host; others' calls are not to wait with it.
TESTS_AT_ONCE = 2

_tests = BoundedSemaphore(TESTS_AT_ONCE)


def update_notification_settings(call: Call) -> dict[str, Any]:
    """Set where a HIT type's events are sent, or only whether they are."""
    hit_type = hit_types.named(call)
    given = call.parameters.get("Notification")
    if given:
        _check(call, given)
    elif "Active" not in call.parameters:
        raise missing("Notification or Active")
    _set(call, hit_type, given)
    return {}


def send_test_event_notification(call: Call) -> dict[str, Any]:
    """Send one made-up event now, whatever events the specification asks for."""
    given = call.parameters["Notification"]
    _check(call, given, pings=True)
    if not _tests.acquire(blocking=False):
        raise ThrottlingException("Rate exceeded")
    try:
        transports.send(_test_event(call, given), call.vault)
    except Undeliverable as error:
        raise _invalid_endpoint(error) from error
    finally:
        _tests.release()
    return {}


def _set(call: Call, hit_type: HITType, given: dict[str, Any] | None) -> None:
    """Write the setting down; a new one is active unless the call says otherwise."""
    former = NotificationSetting.objects.select_for_update().filter(hit_type=hit_type).first()
    setting = former or NotificationSetting(hit_type=hit_type, active=True)
    if given:
        setting.destination, setting.transport = given["Destination"], given["Transport"]
        setting.version, setting.event_types = given["Version"], given["EventTypes"]
    elif former is None:
        raise missing("Notification")
    setting.active = call.parameters.get("Active", setting.active)
    setting.save(force_insert=former is None)
    HITType.objects.filter(pk=hit_type.pk).update(notifies=setting.active)


def _check(call: Call, given: dict[str, Any], *, pings: bool = False) -> None:
    """Raise unless the specification is one that this market can serve."""
    if given["Version"] not in VERSIONS:
        raise invalid_value(given["Version"], "Version")
    if not given["EventTypes"]:
        raise missing("EventTypes")
    if events.PING in given["EventTypes"] and not pings:
        raise invalid_value(events.PING, "EventTypes")
    try:
        destinations.check(destinations.parse(given["Transport"], given["Destination"]))
        transports.check_signable(given["Transport"], call.requester)
    except Undeliverable as error:
        raise _invalid_endpoint(error) from error


def _test_event(call: Call, given: dict[str, Any]) -> Event:
    """Return an event of a HIT that does not exist; a Ping is about no HIT at all."""
    event_type = call.parameters["TestEventType"]
    of_a_hit, of_work = event_type != events.PING, event_type.startswith("Assignment")
    return Event(
        requester=call.requester,
        event_type=event_type,
        event_time=call.now,
        hit_id=entity_id() if of_a_hit else "",
        hit_type_id=entity_id() if of_a_hit else "",
        assignment_id=entity_id() if of_work else "",
        destination=given["Destination"],
        transport=given["Transport"],
        version=given["Version"],
        document_id=events.new_document_id(),
    )


def _invalid_endpoint(error: Undeliverable) -> RequestError:
    return RequestError("InvalidTransportEndpoint", f"The transport endpoint is invalid: {error}.")


_SPECIFICATION_ERRORS = (
    "AWS.MissingParameters",
    "InvalidParameterValue",
    "InvalidTransportEndpoint",
)
OPERATIONS = {
    "UpdateNotificationSettings": writing(
        update_notification_settings, *_SPECIFICATION_ERRORS, "HITTypeDoesNotExist"
    ),
    "SendTestEventNotification": reading(send_test_event_notification, *_SPECIFICATION_ERRORS),
}
