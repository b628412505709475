"""What is told, to whom, and where it may be sent."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crowdmake.market.models.hits import HITType
from crowdmake.market.models.people import Requester


class NotificationSetting(models.Model):
    """Where a HIT type's events are sent to."""

    hit_type = models.OneToOneField(HITType, models.CASCADE, primary_key=True)
    destination = models.TextField()
    transport = models.CharField(max_length=8)
    version = models.CharField(max_length=16)
    event_types = models.JSONField()
    active = models.BooleanField()


class Event(models.Model):
    """Something that happened and is to be told, and how its delivery stands.

    Destination, transport and version are those of the moment at which it happened.
    ``next_attempt`` is null once it was delivered or given up. It and ``created_at`` go by the
    wall clock, ``event_time`` by the market's.
    """

    requester = models.ForeignKey(Requester, models.CASCADE)
    event_type = models.CharField(max_length=32)
    event_time = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    hit_id = models.CharField(max_length=64, default="")
    assignment_id = models.CharField(max_length=64, default="")
    hit_type_id = models.CharField(max_length=64, default="")
    destination = models.TextField()
    transport = models.CharField(max_length=8)
    version = models.CharField(max_length=16)
    document_id = models.CharField(max_length=64, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")

    class Meta:
        """What is to be sent next."""

        indexes = [
            models.Index(
                fields=["next_attempt"],
                condition=Q(next_attempt__isnull=False),
                name="events_to_send",
            )
        ]


class Pause(models.Model):
    """A destination that failed, and the moment until which nothing new is tried there."""

    destination = models.TextField()
    transport = models.CharField(max_length=8)
    until = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        """A destination is left alone once."""

        constraints = [
            models.UniqueConstraint(
                fields=["destination", "transport"], name="one_pause_per_destination"
            )
        ]


class AllowedHost(models.Model):
    """A host that notifications may be sent to; ``private``: also at a private address."""

    host = models.CharField(max_length=255, unique=True)
    private = models.BooleanField(default=False)
