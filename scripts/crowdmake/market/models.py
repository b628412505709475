"""What the market remembers.

Money is whole US cents, times are aware UTC datetimes. Every row that a requester may
see leads to one `Requester`, and every query of an operation names it.
"""

from django.db import models
from django.db.models import F, Q

from crowdmake.market import ids

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

# A qualification type takes requests and requirements, or neither.
ACTIVE = "Active"
INACTIVE = "Inactive"

GRANTED = "Granted"
REVOKED = "Revoked"

# A request is a test being taken, waits for its requester, or was ended: granted, rejected,
# or not handed in while there was time.
STARTED = "Started"
PENDING = "Pending"
EXPIRED = "Expired"
OPEN = (STARTED, PENDING)


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
    """A key of a requester's; the secret is encrypted (`vault.py`)."""

    requester = models.ForeignKey(Requester, models.CASCADE)
    key_id = models.CharField(max_length=128, unique=True)
    secret = models.TextField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


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


class HITType(models.Model):
    """The properties that HITs share; equal properties have one row (`fingerprint`).

    ``notifies`` says that there is an active `NotificationSetting`, ``deleted`` that no more
    HITs can be made of the type, because a qualification type that it requires was deleted.
    """

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
    notifies = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)

    class Meta:
        """Equal properties are one type."""

        constraints = [
            models.UniqueConstraint(fields=["requester", "fingerprint"], name="one_row_per_type")
        ]


class RequiredQualification(models.Model):
    """That a HIT type's ``requirements`` name a qualification type, of whoever's making."""

    hit_type = models.ForeignKey(HITType, models.CASCADE, db_index=False)
    qualification_type_id = models.CharField(max_length=64)

    class Meta:
        """The HIT types that require a qualification."""

        constraints = [
            models.UniqueConstraint(
                fields=["qualification_type_id", "hit_type"], name="one_row_per_requirement"
            )
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
    hit_layout_id = models.CharField(max_length=64, default="")
    review_policies = models.JSONField(null=True)
    status = models.CharField(max_length=16, default=ASSIGNABLE)
    on_market = models.BooleanField(default=True)
    pending = models.PositiveIntegerField(default=0)
    submitted = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)

    class Meta:
        """The lists that requesters read, and what falls due."""

        indexes = [
            models.Index(
                fields=["requester", "id"], condition=~Q(status=DISPOSED), name="hits_by_age"
            ),
            models.Index(fields=["requester", "status", "id"], name="hits_by_status"),
            models.Index(fields=["expiration"], condition=Q(on_market=True), name="hits_to_expire"),
            models.Index(fields=["requester", "hit_type", "status", "id"], name="hits_by_type"),
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
            models.Index(fields=["worker", "status"], name="work_by_standing"),
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


class HITLayout(models.Model):
    """A page with `${name}` places, from which HITs are made by naming it."""

    requester = models.ForeignKey(Requester, models.CASCADE)
    hit_layout_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    html = models.TextField()
    created_at = models.DateTimeField()


class UploadedFile(models.Model):
    """A file that a worker gave as the answer to a question of a QuestionForm."""

    assignment = models.ForeignKey(Assignment, models.CASCADE)
    question_identifier = models.CharField(max_length=200)
    key = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()

    class Meta:
        """One file a question."""

        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "question_identifier"], name="one_file_per_question"
            )
        ]


class Bonus(models.Model):
    """A bonus that was paid."""

    requester = models.ForeignKey(Requester, models.PROTECT, db_index=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT)
    amount_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField()
    reason = models.TextField()
    grant_time = models.DateTimeField()


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


class ReviewResult(models.Model):
    """One result that a review policy found for a HIT."""

    hit = models.ForeignKey(HIT, models.CASCADE)
    level = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=16)
    question_id = models.CharField(max_length=255, default="")
    key = models.CharField(max_length=64)
    value = models.TextField()


class ReviewAction(models.Model):
    """One action that a review policy took on a HIT or an assignment."""

    hit = models.ForeignKey(HIT, models.CASCADE)
    level = models.CharField(max_length=16)
    action_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    target_id = models.CharField(max_length=64)
    target_type = models.CharField(max_length=16)
    status = models.CharField(max_length=16)
    completed_at = models.DateTimeField(null=True)
    result = models.TextField(default="")
    error_code = models.TextField(default="")


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
    ``next_attempt`` is null once it was delivered or given up.
    """

    requester = models.ForeignKey(Requester, models.CASCADE)
    event_type = models.CharField(max_length=32)
    event_time = models.DateTimeField()
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


class AllowedHost(models.Model):
    """A host that notifications may be sent to; ``private``: also at a private address."""

    host = models.CharField(max_length=255, unique=True)
    private = models.BooleanField(default=False)
