"""What workers write to requesters."""

from django.db import models

from crowdmake.market.models.hits import HIT
from crowdmake.market.models.people import Worker
from crowdmake.market.models.work import Assignment


class Report(models.Model):
    """A worker's report that a HIT is broken or wrong; a later one takes its place."""

    hit = models.ForeignKey(HIT, models.CASCADE)
    worker = models.ForeignKey(Worker, models.CASCADE)
    reason = models.CharField(max_length=32)
    text = models.TextField(default="")
    sent_at = models.DateTimeField()

    class Meta:
        """A worker reports a HIT once."""

        constraints = [
            models.UniqueConstraint(fields=["hit", "worker"], name="one_report_per_worker")
        ]


class Reply(models.Model):
    """A worker's answer to the rejection of an assignment; one for each rejection."""

    assignment = models.ForeignKey(Assignment, models.CASCADE)
    text = models.TextField()
    sent_at = models.DateTimeField()
