"""Qualifications of requesters' own making, and who has them."""

from django.db import models
from django.db.models import Q

from crowdmake.market.models.people import Requester, Worker
from crowdmake.market.models.states import OPEN


class QualificationType(models.Model):
    """A qualification of a requester's own making.

    ``deleted_at`` is set by DeleteQualificationType; grants outlive it. A name is its
    requester's once among the types that are not deleted.
    """

    requester = models.ForeignKey(Requester, models.PROTECT, db_index=False)
    qualification_type_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    keywords = models.CharField(max_length=1000, default="")
    description = models.CharField(max_length=2000)
    status = models.CharField(max_length=16)
    test = models.TextField(default="")
    test_duration = models.PositiveIntegerField(null=True)
    answer_key = models.TextField(default="")
    retry_delay = models.PositiveIntegerField(null=True)
    auto_granted = models.BooleanField(default=False)
    auto_granted_value = models.IntegerField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        """Names are unique among a requester's types."""

        indexes = [models.Index(fields=["requester", "id"], name="types_by_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "name"],
                condition=Q(deleted_at__isnull=True),
                name="one_type_per_name",
            )
        ]


class Qualification(models.Model):
    """What a worker was granted; kept when it is revoked."""

    qualification_type = models.ForeignKey(QualificationType, models.PROTECT, db_index=False)
    worker = models.ForeignKey(Worker, models.PROTECT)
    value = models.IntegerField(null=True)
    status = models.CharField(max_length=16)
    grant_time = models.DateTimeField()
    reason = models.TextField(default="")

    class Meta:
        """A worker has a qualification once."""

        constraints = [
            models.UniqueConstraint(
                fields=["qualification_type", "worker"], name="one_grant_per_worker"
            )
        ]


class QualificationRequest(models.Model):
    """A worker's request for a qualification, with the test's answer if there is a test.

    While the worker takes the test, ``submit_time`` is when that began, and ``deadline`` when
    the time for it is over.
    """

    qualification_request_id = models.CharField(max_length=64, unique=True)
    qualification_type = models.ForeignKey(QualificationType, models.PROTECT)
    worker = models.ForeignKey(Worker, models.PROTECT)
    status = models.CharField(max_length=16)
    test = models.TextField(default="")
    answer = models.TextField(default="")
    submit_time = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta:
        """A worker takes one test, or waits for one decision, at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["qualification_type", "worker"],
                condition=Q(status__in=OPEN),
                name="one_open_request",
            )
        ]
