"""HITs, the properties they share, and what they show."""

from django.db import models
from django.db.models import F, Q

from crowdmake.market.models.people import Requester
from crowdmake.market.models.states import ASSIGNABLE, DISPOSED


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


class HITLayout(models.Model):
    """A page with `${name}` places, from which HITs are made by naming it."""

    requester = models.ForeignKey(Requester, models.CASCADE)
    hit_layout_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    html = models.TextField()
    created_at = models.DateTimeField()
