"""Ending a worker's account: what goes, and what stays because others paid for it."""

from datetime import datetime

from crowdmake.market import workers
from crowdmake.market.models import (
    ACCEPTED,
    OPEN,
    Account,
    Assignment,
    Message,
    QualificationRequest,
    Reply,
    Report,
    Worker,
)


def delete(account: Account, now: datetime) -> None:
    """Delete an account with all that is the worker's alone; inside `writing()`.

    Sessions and links go with the account. Work in progress is given back. The worker's row stays
    under its id, without a name, because requesters know what they got and paid by it: answers,
    payments, qualifications, blocks. Of a report that a HIT is broken the reason stays.
    """
    worker = account.worker
    held = Assignment.objects.filter(worker=worker, status=ACCEPTED, deadline__gt=now)
    for each in held.order_by("pk"):
        workers.return_(each, now)
    Message.objects.filter(worker=worker).delete()
    Reply.objects.filter(assignment__worker=worker).delete()
    Report.objects.filter(worker=worker).update(text="")
    QualificationRequest.objects.filter(worker=worker, status__in=OPEN).delete()
    account.delete()
    Worker.objects.filter(pk=worker.pk).update(
        name="", country="", subdivision="", adult=False, masters=False
    )
