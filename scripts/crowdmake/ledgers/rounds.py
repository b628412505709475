"""Which run finished a stage: what keeps a stage with nothing left to do from running again."""

import json
from pathlib import Path

from crowdmake import files
from crowdmake.locks import PRIVATE


class Rounds:
    """The numbers of the runs that finished stages on one endpoint, kept in the file ``path``."""

    def __init__(self, path: Path, endpoint: str) -> None:
        self.path = path
        self.endpoint = endpoint

    def of(self, stage: str) -> str | None:
        """Return the number of the last run that finished ``stage``, if it is remembered."""
        return self._read().get(self.endpoint, {}).get(stage)

    def remember(self, stage: str, number: str) -> None:
        """Remember that the run ``number`` finished ``stage``."""
        rounds = self._read()
        rounds.setdefault(self.endpoint, {})[stage] = number
        self._write(rounds)

    def forget(self, stage: str) -> None:
        """Let ``stage`` run again: there is something new for its files."""
        rounds = self._read()
        if rounds.get(self.endpoint, {}).pop(stage, None) is not None:
            self._write(rounds)

    def _write(self, rounds: dict[str, dict[str, str]]) -> None:
        with files.replacing(self.path, mode=PRIVATE) as file:
            file.write(files.one_line(rounds) + "\n")

    def _read(self) -> dict[str, dict[str, str]]:
        if not self.path.exists():
            return {}
        try:
            rounds: dict[str, dict[str, str]] = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:
            return {}  # forgotten rounds cost a run that finds nothing to do
        return rounds
