"""The append-only files that are the truth about what was learnt from and done on a market.

An event is one JSON object on one line with at least ``event``, ``time`` (UTC, ISO 8601)
and ``endpoint``. `append` returns only when the line is on the disk.
"""

import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crowdmake import moments
from crowdmake.exceptions import UserError
from crowdmake.files import one_line, sync_folder
from crowdmake.locks import PRIVATE

Event = dict[str, Any]

_STAMP = {"event", "time", "endpoint"}


class Ledger:
    """One JSON Lines file under ``state/``, seen as the events of one ``endpoint``.

    Writers hold the batch's lock; threads of one process may append together.
    """

    def __init__(self, path: Path, endpoint: str) -> None:
        self.path = path
        self.endpoint = endpoint
        self._threads = threading.Lock()
        self._mended = False

    def read(self) -> list[Event]:
        """Return the endpoint's events, oldest first; none where the file does not exist.

        Raises:
            UserError: a line other than a torn last one is damaged.
        """
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        complete, torn = lines[:-1], lines[-1]
        events = [self._parsed(line, number) for number, line in enumerate(complete, start=1)]
        if (last := _event(torn)) is not None:
            events.append(last)
        return [event for event in events if event["endpoint"] == self.endpoint]

    def append(self, *events: Event) -> None:
        """Write ``events`` with the present time, and return when they are on the disk."""
        time = moments.written(moments.now())
        stamped = ({"time": time, "endpoint": self.endpoint} | event for event in events)
        content = "".join(one_line(event) + "\n" for event in stamped).encode()
        with self._threads:
            self._mend()
            self._mended = False  # a write that fails may leave a torn line
            self._write(content)
            self._mended = True

    def _write(self, content: bytes) -> None:
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.path.parent)
            sync_folder(self.path.parent.parent)

    def _mend(self) -> None:
        """Give a torn last line its newline when it is whole, and drop it when it is not."""
        if self._mended or not self.path.exists():
            return
        with self.path.open("r+b") as file:
            content = file.read()
            torn = content.rpartition(b"\n")[2]
            if _event(torn) is not None:
                file.write(b"\n")
            elif torn:
                file.truncate(len(content) - len(torn))

    def _parsed(self, line: bytes, number: int) -> Event:
        event = _event(line)
        if event is None:
            raise UserError(
                f"{self.path}:{number}: damaged; expected one event of the ledger;"
                " put the file back from a copy, nothing is done on the market before"
            )
        return event


def _event(line: bytes) -> Event | None:
    """Return the event on ``line``, or None where there is no whole one."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and event.keys() >= _STAMP else None


def events_of(events: Iterable[Event], kind: str) -> list[Event]:
    """Return those of ``events`` that are of one kind."""
    return [event for event in events if event["event"] == kind]
