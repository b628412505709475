"""Notifications."""

from crowdmake.market.models import AllowedHost, Event
from crowdmake.market.notifications.transports import new_secret

from market.cases import Scene, case
from market.kit import PER_HIT, TYPE
from market.sinks import sink

NOWHERE = {
    "Destination": "https://queue.example.org/1/queue",
    "Transport": "SQS",
    "Version": "2014-08-15",
    "EventTypes": ["HITCreated"],
}


def hit_type(scene: Scene) -> str:
    """Return the id of a HIT type."""
    hit_type_id: str = scene.client.create_hit_type(**TYPE)["HITTypeId"]
    return hit_type_id


def allow(scene: Scene, host: str) -> None:
    """Let notifications go to a host, wherever it is."""
    scene.market.run(lambda _: AllowedHost.objects.create(host=host, private=True))


@case("UpdateNotificationSettings")
def settings(scene: Scene):
    """What happens from then on is to be told; the answer is empty."""
    allow(scene, "queue.example.org")
    named = {"HITTypeId": hit_type(scene)}
    answer = scene.client.update_notification_settings(**named, Notification=NOWHERE)
    assert set(answer) == {"ResponseMetadata"}
    scene.client.create_hit_with_hit_type(**named, **PER_HIT)
    with scene.market.reading():
        assert [each.event_type for each in Event.objects.all()] == ["HITCreated"]


@case("UpdateNotificationSettings", "HITTypeDoesNotExist")
def settings_of_no_type(scene: Scene):
    """An id of no HIT type is refused."""
    scene.client.update_notification_settings(HITTypeId="3NONE", Active=False)


@case("UpdateNotificationSettings", "AWS.MissingParameters")
def settings_of_nothing(scene: Scene):
    """One of Notification and Active has to be there."""
    scene.client.update_notification_settings(HITTypeId=hit_type(scene))


@case("UpdateNotificationSettings", "InvalidParameterValue")
def settings_of_another_version(scene: Scene):
    """There are two versions."""
    scene.client.update_notification_settings(
        HITTypeId=hit_type(scene), Notification={**NOWHERE, "Version": "2012-03-25"}
    )


@case("UpdateNotificationSettings", "InvalidTransportEndpoint")
def settings_for_a_host_not_allowed(scene: Scene):
    """The operator allows hosts by name."""
    scene.client.update_notification_settings(HITTypeId=hit_type(scene), Notification=NOWHERE)


@case("SendTestEventNotification")
def a_test(scene: Scene):
    """The event arrives before the answer does, which is empty."""
    allow(scene, "127.0.0.1")
    vault = scene.market.store.vault = scene.requester.transport.vault
    scene.market.run(lambda _: new_secret(scene.market.requester, vault))
    with sink() as running:
        answer = scene.client.send_test_event_notification(
            Notification=running.specification("SNS"), TestEventType="HITCreated"
        )
        assert set(answer) == {"ResponseMetadata"}
        assert [each["EventType"] for each in running.events()] == ["HITCreated"]


@case("SendTestEventNotification", "AWS.MissingParameters")
def a_test_of_no_events(scene: Scene):
    """A specification asks for one event at least."""
    scene.client.send_test_event_notification(
        Notification={**NOWHERE, "EventTypes": []}, TestEventType="Ping"
    )


@case("SendTestEventNotification", "InvalidParameterValue")
def a_test_of_another_version(scene: Scene):
    """There are two versions."""
    scene.client.send_test_event_notification(
        Notification={**NOWHERE, "Version": "1"}, TestEventType="Ping"
    )


@case("SendTestEventNotification", "InvalidTransportEndpoint")
def a_test_for_a_host_not_allowed(scene: Scene):
    """The operator allows hosts by name."""
    scene.client.send_test_event_notification(Notification=NOWHERE, TestEventType="Ping")
