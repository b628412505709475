"""`crowdmake new` and `crowdmake import` on the command line."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from crowdmake.configuration.config import read_config
from crowdmake.layout import CONFIG
from crowdmake.messages import printable
from crowdmake.projects import directory, interview, new
from crowdmake.projects.importing import import_project
from crowdmake.projects.new import Wishes
from crowdmake.projects.sources import Choices

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Subparsers = _SubParsersAction[ArgumentParser]

_NEW = (
    "Make a directory with a small experiment that runs at once: `cd DIR && snakemake launch`."
    " On a terminal the first questions are asked; what an option says is not asked. The page that"
    " workers see is a file of yours (--page), an address (--url), or a form of questions"
    " (--question)."
)

_IMPORT = (
    "Make an experiment's directory of a simple-amt checkout, an AMTI definition or a project of"
    " the Requester site (a page with ${name}, tables of input and of results), or of the JSON file"
    " with the options of Huginn's HumanTaskAgent or a scenario that holds one. HITs that were put"
    " up before become a closed archive: their results are shown, and nothing launches them again."
    " Where a project has several files of a kind, an option says which is meant."
)
_CHOICES = {
    "template": "the page, where there are several",
    "properties": "the HITs' properties, where there are several (simple-amt)",
    "input": "the rows; several times for several batches",
    "hit-ids": "the HIT ids of the rows, for each --input in its order (simple-amt)",
    "results": "what was answered; several times for several files",
}


def add(subparsers: "Subparsers") -> None:
    """Add the commands."""
    parser = subparsers.add_parser("new", help="make a new experiment", description=_NEW)
    parser.set_defaults(run=_run_new)
    parser.add_argument("folder", metavar="DIR", type=Path, help="empty, or not there yet")
    parser.add_argument("--name", help="the experiment's name (otherwise the directory's)")
    parser.add_argument("--title", help="what workers see in the list of HITs")
    parser.add_argument("--description", help="what the worker does, in the list of HITs")
    parser.add_argument("--reward", metavar="USD", help="US dollars per assignment, such as 0.05")
    parser.add_argument("--assignments", metavar="N", type=int, help="how many workers do a HIT")
    page = parser.add_mutually_exclusive_group()
    page.add_argument("--page", metavar="FILE", type=Path, help="a Jinja2 page of your own")
    page.add_argument("--url", help="an external page, such as 'https://example.org/?id={{ id }}'")
    page.add_argument(
        "--question",
        metavar="'NAME: TEXT'",
        dest="questions",
        action="append",
        help="a question of a form, in the place of a page; several times for several;"
        " 'NAME: TEXT [yes | no]' has choices, {{ key }} in TEXT is the row's",
    )
    parser.add_argument(
        "--input", metavar="FILE", dest="rows", type=Path, help="rows, one JSON value a line"
    )
    _add_import(subparsers)


def _add_import(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser(
        "import", help="make an experiment of another tool's project", description=_IMPORT
    )
    parser.set_defaults(run=_run_import)
    parser.add_argument("path", metavar="PATH", type=Path, help="the other tool's project")
    parser.add_argument(
        "folder", metavar="DIR", type=Path, nargs="?", help="otherwise NAME-crowdmake, here"
    )
    for name in ("template", "properties"):
        parser.add_argument(f"--{name}", metavar="FILE", type=Path, help=_CHOICES[name])
    for name in ("input", "hit-ids", "results"):
        parser.add_argument(
            f"--{name}",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help=_CHOICES[name],
        )


def _run_import(arguments: Namespace) -> int:
    path: Path = arguments.path
    folder = arguments.folder or Path(f"{_base(path)}-crowdmake")
    choices = Choices(
        template=arguments.template,
        properties=arguments.properties,
        inputs=tuple(arguments.input),
        hit_ids=tuple(arguments.hit_ids),
        results=tuple(arguments.results),
    )
    report = import_project(path, folder, choices)
    for line in report.printed():
        say(line)
    say(f"made {folder}; IMPORT.md in it holds this report; next:")
    goes_on = "tick" if "trigger_on" in read_config(folder / CONFIG) else "results"
    for command in (f"cd {quote(str(folder))}", "snakemake preview", f"snakemake {goes_on}"):
        say(f"  {command}")
    return 0


def _base(path: Path) -> str:
    """Return the name of a project: of a file without its extension."""
    return path.resolve().stem if path.is_file() else path.resolve().name


def _run_new(arguments: Namespace) -> int:
    folder: Path = arguments.folder
    given = {name: getattr(arguments, name) for name in Wishes.__dataclass_fields__}
    wishes = {name: value for name, value in given.items() if value is not None}
    wishes.setdefault("name", folder.resolve().name)
    if sys.stdin.isatty():
        directory.check_free(folder)
        directory.checked_name(wishes["name"], "--name")
        wishes |= interview.answers(wishes)
    wishes["questions"] = tuple(wishes.get("questions", ()))
    to_mend = new.make(folder, Wishes(**wishes))
    if to_mend:
        say("to mend before `snakemake launch`:")
    for line in to_mend:
        say(f"  {line}")
    say(f"made {folder}; next:")
    for command in (f"cd {quote(str(folder))}", "snakemake launch", "snakemake results"):
        say(f"  {command}")
    return 0


def say(line: str) -> None:
    """Print one line of what a command did."""
    sys.stdout.write(printable(line) + "\n")
