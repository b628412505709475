"""The assignments that a worker holds."""

from django.db.models import QuerySet

from crowdmake.market.models import ACCEPTED, Assignment, HITType, Worker


def held(worker: Worker) -> "QuerySet[Assignment]":
    """Return what the worker has accepted and still has to do, the most urgent first."""
    work = Assignment.objects.filter(worker=worker, status=ACCEPTED)
    return work.select_related("hit__hit_type__requester").order_by("deadline", "pk")


def own(worker: Worker, hit_group_id: str, assignment_id: str) -> Assignment | None:
    """Return the worker's assignment in a group, whatever became of it; None for any other."""
    work = Assignment.objects.select_related("worker", "hit__hit_type__requester", "hit__requester")
    return work.filter(
        worker=worker, assignment_id=assignment_id, hit__hit_type__hit_group_id=hit_group_id
    ).first()


def group(identifier: str) -> HITType | None:
    """Return the HIT type of a HITGroupId."""
    return HITType.objects.select_related("requester").filter(hit_group_id=identifier).first()
