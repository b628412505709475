"""The directory of an experiment: what stands in it from the beginning."""

import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crowdmake import workflow_root
from crowdmake.exceptions import UserError
from crowdmake.messages import listed, printable, shown

SKELETON = Path(__file__).parent / "skeleton"
BUDGET = "20"
# No control character, and no byte of the command line that was no text.
_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,100}")
_AS_THEY_ARE = {
    "Snakefile": "Snakefile",
    "gitignore": ".gitignore",
    "experiment.yml": ".github/workflows/experiment.yml",
}


@dataclass(frozen=True)
class Experiment:
    """What is particular to one experiment, as its config/config.yaml will say it."""

    name: str
    properties: Mapping[str, Any] | str
    """The HIT's properties, or the path of a JSON file that holds them."""
    template: str | None = None
    url: str | None = None
    questions: list[dict[str, Any]] = field(default_factory=list)
    """The questions of a form, in the place of a page."""
    interpolation: str | None = None
    """The language of the questions, where it is not the usual one."""
    html_fields: list[str] = field(default_factory=list)
    crowd: Mapping[str, str] = field(default_factory=dict)
    """The simulated crowd's answers, an expression for each field; none for no crowd."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """A comment above a property."""
    imported: bool = False
    sections: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the configuration, as they stand there."""
    approve: str = "listed"


def check_free(folder: Path) -> None:
    """Refuse a place that cannot become an experiment's directory.

    Raises:
        UserError: ``folder`` is a file, or a directory that holds something.
    """
    place = printable(str(folder))
    if folder.is_dir():
        found = sorted(path.name for path in folder.iterdir())
        if found:
            raise UserError(
                f"{place}: is not empty, it holds {printable(listed(found))};"
                " expected a directory that is empty or does not exist"
            )
    elif folder.exists() or folder.is_symlink():
        raise UserError(f"{place}: is a file; expected a directory that is empty or not there")


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """Yield a folder to write to, which takes the place of ``folder`` once all is written.

    Raises:
        UserError: nothing can be written there.
    """
    place = folder.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name[:100]}."))
    except OSError as problem:
        where = printable(str(problem.filename or folder))
        raise UserError(f"{where}: cannot be made ({problem.strerror})") from None
    try:
        yield temporary
        place.mkdir(exist_ok=True)
        for path in sorted(temporary.iterdir()):
            path.rename(place / path.name)
    except OSError as problem:
        where = printable(str(problem.filename or folder))
        raise UserError(f"{where}: cannot be written ({problem.strerror})") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def checked_name(name: str, where: str) -> str:
    """Return a name that an experiment can have.

    Raises:
        UserError: it is no such name; the line begins with ``where`` it stands.
    """
    if not _NAME.fullmatch(name) or not name.strip():
        raise UserError(f"{where}: found {shown(name)}; expected 1 to 100 characters on one line")
    return name


def name_of(folder: Path) -> str:
    """Return a name for the experiment that a folder becomes: its own, as far as possible."""
    return printable(folder.resolve().name)[:100].strip() or "imported"


def write_experiment(folder: Path, experiment: Experiment) -> None:
    """Write what every experiment's directory holds: all but its rows and its page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in _AS_THEY_ARE.items():
        write(folder / target, (SKELETON / name).read_text(encoding="utf-8"))
    for name in ("profiles/default/config.yaml", "config/README.md"):
        write(folder / name, (workflow_root / name).read_text(encoding="utf-8"))
    release = version("crowdmake")
    values = vars(experiment) | {"version": release, "max_usd": BUDGET}
    values["experiment_id"] = str(uuid.uuid4())
    for name, target in (("config.yaml", "config/config.yaml"), ("README.md", "README.md")):
        write(folder / target, filled(name, values))
    write(folder / "requirements.txt", pinned("crowdmake"))


def pinned(package: str) -> str:
    """Return the requirement of the package as it is installed here: its commit, or its version.

    Source: packaging.python.org/en/latest/specifications/direct-url/
    """
    installed = distribution(package)
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if vcs := origin.get("vcs_info"):
        return f"{package} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}\n"
    return f"{package}=={installed.version}\n"


def filled(name: str, values: Mapping[str, Any]) -> str:
    """Return a file of the skeleton with values filled in; they are what the file's kind takes."""
    return _environment().get_template(f"{name}.jinja").render(values)


def write(path: Path, text: str) -> None:
    """Write a text file with the folders that lead to it, line ends as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - what is HTML comes escaped
        loader=FileSystemLoader(SKELETON),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters |= {"yaml": _yaml, "yaml_block": _yaml_block}
    return environment


def _yaml_block(value: object) -> str:
    """Return a value as YAML on lines of its own."""
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=96)
    return text.rstrip("\n")


def _yaml(value: object) -> str:
    """Return a value as YAML on one line."""
    style = '"' if isinstance(value, str) else None
    text = yaml.safe_dump(
        value,
        allow_unicode=True,
        default_style=style,
        default_flow_style=True,
        sort_keys=False,
        width=float("inf"),
    )
    return text.strip().removesuffix("...").strip()
