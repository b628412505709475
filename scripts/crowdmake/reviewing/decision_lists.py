"""What a person says of single assignments, whichever file says it.

`decisions/{batch}.csv` names a decision for each; `decisions/{batch}.txt` is a plain list of
assignment ids, one a line, that means what the target is called that reads it.
"""

from collections.abc import Mapping
from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import shown
from crowdmake.reviewing.decisions import Decision, path_of, read_decisions, text_of


def list_of(batch: str) -> Path:
    """Return the path of a batch's list of assignment ids."""
    return path_of(batch).with_name(f"{batch}.txt")


def read_list(path: Path, assignments: Mapping[str, Event]) -> list[str]:
    """Return the assignment ids of ``path``, each once; none where it does not exist.

    Raises:
        UserError: it names assignments that the batch does not have; one line each.
    """
    if not path.exists():
        return []
    lines = enumerate(text_of(path).splitlines(), start=1)
    named = [(number, line.strip()) for number, line in lines if line.strip()]
    UserError.collect(
        f"{path}:{number}: found {shown(name)}; expected the id of one of this batch's assignments"
        for number, name in named
        if name not in assignments
    )
    return list(dict.fromkeys(name for _, name in named))


def decisions_of(
    batch: str, assignments: Mapping[str, Event], meaning: Decision | None
) -> dict[str, Decision]:
    """Return what both files decide, by assignment id.

    ``meaning`` is what the plain list says of those it names; None leaves the list alone.

    Raises:
        UserError: a file has faults, or the two contradict each other; one line each.
    """
    found = read_decisions(path_of(batch), assignments)
    if meaning is None:
        return found
    named = read_list(list_of(batch), assignments)
    UserError.collect(
        f"{list_of(batch)}: {shown(name)} stands in {path_of(batch)} too, with another decision;"
        " expected one of them"
        for name in named
        if name in found and found[name].decision != meaning.decision
    )
    return dict.fromkeys(named, meaning) | found
