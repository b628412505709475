"""What review policies found and did."""

from django.db import models

from crowdmake.market.models.hits import HIT


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
