"""The errors that Crowdmake raises on purpose.

Exception
└── CrowdmakeError
    └── UserError   something a person can mend: shown as plain lines, without a traceback

Anything else that surfaces is a bug and keeps its traceback.
"""

from collections.abc import Iterable


class CrowdmakeError(Exception):
    """Base of every exception that the library raises on purpose."""


class UserError(CrowdmakeError):
    """What a person can mend, as one line per problem.

    A line names the file with its key or line number, the value found, what was
    expected, and what to do. All the problems of one file travel in one error.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join(self.lines)

    @classmethod
    def collect(cls, lines: Iterable[str]) -> None:
        """Raise one error that holds every one of ``lines``; do nothing when there is none."""
        found = tuple(lines)
        if found:
            raise cls(*found)
