"""How much a worker may hold at a time."""

from crowdmake.market.models import ACCEPTED, Assignment, Worker

MOST_HELD = 25
# In the service's own words, as workers quoted them.
TOO_MANY = "You have accepted the maximum number of HITs allowed at one time."


def keep_to(worker: Worker) -> bool:
    """Return whether the worker may accept one more HIT; inside a transaction.

    Until its end no other transaction asks the same about the worker.
    """
    # Without the lock on the key, which rows that name the worker would wait for.
    Worker.objects.select_for_update(no_key=True).get(pk=worker.pk)
    return Assignment.objects.filter(worker=worker, status=ACCEPTED).count() < MOST_HELD
