"""What the market remembers.

Money is whole US cents, times are aware UTC datetimes. Every row that a requester may
see leads to one `Requester`, and every query of an operation names it.
"""

from django.db import models
from django.db.models import F, Q

ASSIGNABLE = "Assignable"
UNASSIGNABLE = "Unassignable"
REVIEWABLE = "Reviewable"
REVIEWING = "Reviewing"
DISPOSED = "Disposed"

ACCEPTED = "Accepted"
RETURNED = "Returned"
ABANDONED = "Abandoned"
SUBMITTED = "Submitted"
APPROVED = "Approved"
REJECTED = "Rejected"

# The statuses that the requester's API shows (the API reference's Assignment data structure).
VISIBLE = (SUBMITTED, APPROVED, REJECTED)
# A returned or abandoned assignment leaves its worker free to accept the HIT again.
ENGAGED = (ACCEPTED, *VISIBLE)


class Clock(models.Model):
    """The one row that holds the moment the market's clock was last moved to."""

    moved_to = models.DateTimeField()


class Requester(models.Model):
    """A requester's account: what can be spent, and what is held for work not yet decided."""

    name = models.CharField(max_length=64, unique=True)
    access_key = models.CharField(max_length=128, unique=True)
    fees = models.CharField(max_length=32)
    available_cents = models.BigIntegerField()
    held_cents = models.BigIntegerField(default=0)

    class Meta:
        """No cent is spent that is not there."""

        constraints = [
            models.CheckConstraint(
                condition=Q(available_cents__gte=0), name="available_is_covered"
            ),
            models.CheckConstraint(condition=Q(held_cents__gte=0), name="held_is_covered"),
        ]


class Worker(models.Model):
    """Someone who works; a simulated worker meets every qualification requirement."""

    worker_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    simulated = models.BooleanField(default=False)


class HITType(models.Model):
    """The properties that HITs share; equal properties have one row (`fingerprint`)."""

    requester = models.ForeignKey(Requester, models.PROTECT, db_index=False)
    hit_type_id = models.CharField(max_length=64, unique=True)
    hit_group_id = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    title = models.CharField(max_length=128)
    description = models.CharField(max_length=2000)
    keywords = models.CharField(max_length=1000)
    reward_cents = models.BigIntegerField()
    assignment_duration = models.PositiveIntegerField()
    auto_approval_delay = models.PositiveIntegerField()
    requirements = models.JSONField()

    class Meta:
        """Equal properties are one type."""

        constraints = [
            models.UniqueConstraint(fields=["requester", "fingerprint"], name="one_row_per_type")
        ]


class HIT(models.Model):
    """One HIT with its counters.

    ``submitted`` counts work that waits for a decision, ``completed`` decided work.
    ``on_market`` falls when the HIT expires or is deleted.
    """

    hit_id = models.CharField(max_length=64, unique=True)
    requester = models.ForeignKey(Requester, models.PROTECT, db_index=False)
    hit_type = models.ForeignKey(HITType, models.PROTECT)
    creation_time = models.DateTimeField()
    expiration = models.DateTimeField()
    max_assignments = models.PositiveIntegerField()
    fee_cents = models.BigIntegerField()
    annotation = models.CharField(max_length=255)
    review_policies = models.JSONField(null=True)
    status = models.CharField(max_length=16, default=ASSIGNABLE)
    on_market = models.BooleanField(default=True)
    pending = models.PositiveIntegerField(default=0)
    submitted = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)

    class Meta:
        """The lists that requesters read, and what falls due."""

        indexes = [
            models.Index(fields=["requester", "id"], name="hits_by_age"),
            models.Index(fields=["requester", "status", "id"], name="hits_by_status"),
            models.Index(fields=["expiration"], condition=Q(on_market=True), name="hits_to_expire"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_assignments__gte=F("pending") + F("submitted") + F("completed")),
                name="no_more_than_max",
            )
        ]

    @property
    def unused(self) -> int:
        """The assignments that nobody holds or has submitted, whether or not the HIT expired."""
        return self.max_assignments - self.pending - self.submitted - self.completed

    @property
    def available(self) -> int:
        """The assignments that a worker can accept now."""
        return self.unused if self.on_market else 0

    @property
    def cost_cents(self) -> int:
        """What one assignment costs: reward and fee."""
        return self.hit_type.reward_cents + self.fee_cents


class Question(models.Model):
    """A HIT's question, apart from the row whose counters change."""

    hit = models.OneToOneField(HIT, models.CASCADE, primary_key=True)
    xml = models.TextField()


class Assignment(models.Model):
    """One worker's work on one HIT, from acceptance on.

    ``due_at`` is when time itself will change it: the deadline of accepted work, the
    auto-approval of submitted work, nothing for the rest.
    """

    assignment_id = models.CharField(max_length=64, unique=True)
    hit = models.ForeignKey(HIT, models.PROTECT, db_index=False)
    worker = models.ForeignKey(Worker, models.PROTECT, db_index=False)
    status = models.CharField(max_length=16, default=ACCEPTED)
    accept_time = models.DateTimeField()
    deadline = models.DateTimeField()
    submit_time = models.DateTimeField(null=True)
    auto_approval_time = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True)
    approval_time = models.DateTimeField(null=True)
    rejection_time = models.DateTimeField(null=True)
    answer = models.TextField(default="")
    feedback = models.TextField(default="")

    class Meta:
        """The lists that requesters and workers read, and what falls due."""

        indexes = [
            models.Index(fields=["hit", "submit_time", "id"], name="work_by_submission"),
            models.Index(fields=["worker", "hit"], name="work_by_worker"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["hit", "worker"], condition=Q(status__in=ENGAGED), name="one_per_worker"
            )
        ]


class RequestToken(models.Model):
    """A UniqueRequestToken that a successful call has used, and what that call made."""

    requester = models.ForeignKey(Requester, models.CASCADE, db_index=False)
    operation = models.CharField(max_length=64)
    token = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        """A token is used once."""

        constraints = [
            models.UniqueConstraint(
                fields=["requester", "operation", "token"], name="one_use_per_token"
            )
        ]
