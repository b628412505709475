"""Workers' assignments, what was paid for them, and tokens of calls that were made."""

from django.db import models
from django.db.models import Q

from crowdmake.market.models.hits import HIT
from crowdmake.market.models.people import Requester, Worker
from crowdmake.market.models.states import ACCEPTED, ENGAGED


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
