"""Lists of workers as a person writes them: a worker id a line, and words about the worker."""

import re
from dataclasses import dataclass
from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.messages import shown

WORKERS = Path("workers")
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_CreateWorkerBlockOperation.html
_WORKER = re.compile(r"A[A-Z0-9]{0,63}")


@dataclass(frozen=True)
class Entry:
    """One worker of a list: on which line, and what stands behind the id."""

    line: int
    said: str


def read_workers(path: Path) -> dict[str, Entry]:
    """Return the workers of ``path`` by id, in its order; blank lines are passed over.

    Raises:
        UserError: the file does not exist or has faults; one line each.
    """
    found: dict[str, Entry] = {}
    errors: list[str] = []
    for number, line in enumerate(read_text(path, "one worker id a line").splitlines(), start=1):
        worker_id, _, said = line.strip().replace("\t", " ").partition(" ")
        entry = Entry(number, said.strip())
        if not worker_id:
            continue
        if not _WORKER.fullmatch(worker_id):
            expected = "expected a worker id of A and then capital letters and digits"
            errors.append(f"{path}:{number}: found {shown(worker_id)}; {expected}")
        elif found.setdefault(worker_id, entry).said != entry.said:
            first = found[worker_id].line
            errors.append(
                f"{path}:{number}: {worker_id} stands with other words on line {first}; keep one"
            )
    UserError.collect(errors)
    return found


def read_text(path: Path, expected: str) -> str:
    """Return what a file that a person wrote holds; ``expected`` says what that should be.

    Raises:
        UserError: the file does not exist, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}: does not exist; expected {expected}") from None
    except OSError as problem:
        raise UserError(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: not UTF-8; save the file in UTF-8") from None
