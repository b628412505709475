"""Requesters with their money and keys, workers, and the market's clock."""

from django.db import models
from django.db.models import Q

from crowdmake.market import ids


class Clock(models.Model):
    """The one row that holds the moment the market's clock was last moved to."""

    moved_to = models.DateTimeField()


class Requester(models.Model):
    """A requester's account: what can be spent, and what is held for work not yet decided.

    ``customer_id`` names the requester in notifications. ``notification_secret``, with which
    these are signed, is encrypted.
    """

    name = models.CharField(max_length=64, unique=True)
    customer_id = models.CharField(max_length=64, unique=True, default=ids.customer_id)
    fees = models.CharField(max_length=32)
    available_cents = models.BigIntegerField()
    held_cents = models.BigIntegerField(default=0)
    notification_secret = models.TextField(default="")

    class Meta:
        """No cent is spent that is not there."""

        constraints = [
            models.CheckConstraint(
                condition=Q(available_cents__gte=0), name="available_is_covered"
            ),
            models.CheckConstraint(condition=Q(held_cents__gte=0), name="held_is_covered"),
        ]


class AccessKey(models.Model):
    """A key of a requester's; the secret is encrypted (`serving/vault.py`)."""

    requester = models.ForeignKey(Requester, models.CASCADE)
    key_id = models.CharField(max_length=128, unique=True)
    secret = models.TextField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class VaultKey(models.Model):
    """The one row that tells under which key file's key the secrets are encrypted."""

    fingerprint = models.CharField(max_length=64)


class Worker(models.Model):
    """Someone who works; a simulated worker meets every qualification requirement.

    Country, subdivision, adult and masters are what the operator states about the worker.
    """

    worker_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    simulated = models.BooleanField(default=False)
    country = models.CharField(max_length=2, default="")
    subdivision = models.CharField(max_length=2, default="")
    adult = models.BooleanField(default=False)
    masters = models.BooleanField(default=False)


class WorkerBlock(models.Model):
    """A worker who may not accept a requester's HITs."""

    requester = models.ForeignKey(Requester, models.CASCADE, db_index=False)
    worker = models.ForeignKey(Worker, models.PROTECT)
    reason = models.TextField()

    class Meta:
        """A worker is blocked once."""

        constraints = [
            models.UniqueConstraint(fields=["requester", "worker"], name="one_block_per_worker")
        ]


class Message(models.Model):
    """What a requester, or the market about a requester, wrote to a worker."""

    requester = models.ForeignKey(Requester, models.CASCADE)
    worker = models.ForeignKey(Worker, models.CASCADE)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
