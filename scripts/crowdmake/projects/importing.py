"""`crowdmake import`: an experiment's directory of another tool's project."""

from collections.abc import Callable, Sequence
from pathlib import Path

from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import Row, read_rows
from crowdmake.ledgers.archive import UNKNOWN, Archive
from crowdmake.ledgers.ledger import Event
from crowdmake.messages import listed, printable
from crowdmake.projects import agent, amti, directory, requester_site, simple_amt, trial
from crowdmake.projects.report import Report
from crowdmake.projects.sources import Choices, OldHit, Project, Source

Reader = Callable[[Source, Choices], Project]

_KINDS: list[tuple[str, Callable[[Source], bool], Reader, Sequence[str]]] = [
    ("a HumanTaskAgent of Huginn", agent.is_here, agent.read, agent.OPTIONS),
    ("an AMTI definition", amti.is_here, amti.read, amti.OPTIONS),
    ("a simple-amt checkout", simple_amt.is_here, simple_amt.read, simple_amt.OPTIONS),
    (
        "a Requester-site project",
        requester_site.is_here,
        requester_site.read,
        requester_site.OPTIONS,
    ),
]


def import_project(path: Path, folder: Path, choices: Choices) -> Report:
    """Make an experiment in ``folder`` of the project in ``path``, which stays as it is.

    Returns the report, which is also in the folder as IMPORT.md. Its section of what is to
    mend holds every fault that rendering would find.

    Raises:
        UserError: the folder is not empty, or the project cannot be taken; nothing is
            written then.
    """
    directory.check_free(folder)
    if not path.exists():
        raise UserError(f"{printable(str(path))}: does not exist; expected another tool's project")
    report = Report()
    project = _read(Source(path.resolve(), report), choices)
    with directory.made(folder) as made:
        _write(made, project)
        report.to_mend += trial.faults(made)
        directory.write(made / "IMPORT.md", report.markdown(str(path)))
    return report


def _read(source: Source, choices: Choices) -> Project:
    for name, is_here, read, options in _KINDS:
        if is_here(source):
            source.report.taken.append(f"{source.root}: {name}")
            return read(source, choices.within(source.root, options))
    found = printable(listed(map(source.name, source.files))) or "nothing"
    raise UserError(
        f"{printable(str(source.root))}: found {found};"
        " expected a simple-amt checkout (hit_templates/), an AMTI definition (question.xml.j2),"
        " a page with a table of input (.html with .csv or .tsv), or a JSON file with the options"
        " of Huginn's HumanTaskAgent"
    )


def _write(folder: Path, project: Project) -> None:
    directory.write_experiment(folder, project.experiment)
    for name, text in project.files.items():
        directory.write(folder / name, text)
    for batch, hits in project.hits.items():
        rows = read_rows(folder / project.inputs[batch]).rows
        archive = Archive(folder / "state" / batch)
        archive.add(*_events(list(rows), hits))


def _events(rows: list[Row], hits: list[OldHit]) -> tuple[list[Event], list[Event]]:
    """Return the events of the HITs' ids, and those of what people answered to them."""
    ids: dict[str, Event] = {}
    answers: list[Event] = []
    for number, hit in enumerate(hits, start=1):
        row = rows[hit.row - 1] if hit.row else None
        key = row.key if row and row.key not in ids else f"archive-{number}"
        ids[key] = {
            "event": "archived",
            "key": key,
            "hit_id": hit.hit_id,
            "source": hit.source,
            "max_assignments": hit.max_assignments,
        }
        if row and hit.assignments:
            answers.append({"event": "row", "key": key, "row": row.number, "input": row.value})
        answers += [_assignment(key, hit, each) for each in hit.assignments]
    return list(ids.values()), answers


def _assignment(key: str, hit: OldHit, done: Event) -> Event:
    known = {"event": "assignment", "key": key, "hit_id": hit.hit_id}
    return known | done | {"status": done["status"] or UNKNOWN}
