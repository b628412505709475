"""What the log says of a fault: enough of the first one, and nothing of its repetitions."""

import logging
from threading import Lock

from django.db import InterfaceError, OperationalError

from crowdmake.market.exceptions import OperatorError

# What the operator mends, not the programmer: where it was raised says nothing.
IN_ONE_LINE = (OperationalError, InterfaceError, OperatorError)


class Faults:
    """Faults at one place; any number of threads may tell of them.

    The same fault time after time is logged once: in one line where the database cannot be
    reached or written to, otherwise with its traceback.
    """

    def __init__(self, logger: logging.Logger, what: str) -> None:
        """Begin without a fault; ``what`` says what went wrong, and is followed by why."""
        self._logger, self._what = logger, what
        self._lock = Lock()
        self._last: object = None

    def note(self, error: Exception) -> None:
        """Log the fault that is being handled, unless the one before was the same."""
        kind = _kind(error)
        with self._lock:
            repeated, self._last = self._last == kind, kind
        if not repeated and isinstance(error, IN_ONE_LINE):
            self._logger.error("%s: %s", self._what, " ".join(str(error).split()))
        elif not repeated:
            self._logger.error(self._what, exc_info=error)

    def over(self) -> None:
        """Take the next fault for a new one: something went well."""
        self._last = None


def _kind(error: Exception) -> object:
    """Return what two faults of the same kind have in common."""
    if isinstance(error, IN_ONE_LINE):
        return type(error)
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return type(error), place and (place.tb_frame.f_code, place.tb_lineno)
