"""Who was granted what: a worker has a qualification once, and it is kept when it is revoked."""

from datetime import datetime

from crowdmake.market.models import (
    GRANTED,
    REVOKED,
    Message,
    Qualification,
    QualificationType,
    Worker,
)


def locked(qualification_type: QualificationType, worker: Worker) -> Qualification | None:
    """Return what the worker was ever granted of the type, kept from other writers."""
    grants = Qualification.objects.filter(qualification_type=qualification_type, worker=worker)
    return grants.select_for_update(of=("self",)).first()


def grant(
    qualification_type: QualificationType, worker: Worker, value: int | None, now: datetime
) -> None:
    """Give the worker the qualification, or the one that it has another value.

    The time of the grant is that of a change of status.
    """
    held = locked(qualification_type, worker) or Qualification(
        qualification_type=qualification_type, worker=worker
    )
    if held.status != GRANTED:
        held.status, held.grant_time, held.reason = GRANTED, now, ""
    held.value = value
    held.save()


def revoke(held: Qualification, reason: str) -> None:
    """Take a granted qualification back."""
    held.status, held.reason = REVOKED, reason
    held.save(update_fields=["status", "reason"])


def tell(
    qualification_type: QualificationType, worker: Worker, event: str, reason: str, now: datetime
) -> None:
    """Write to the worker what happened to a qualification, and why if a reason is given."""
    text = f"Your qualification: {qualification_type.name}"
    Message.objects.create(
        requester_id=qualification_type.requester_id,
        worker=worker,
        subject=event,
        text=f"{text}\n\n{reason}" if reason else text,
        sent_at=now,
    )
