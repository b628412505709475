"""What is read from another tool's project, before anything is written."""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crowdmake.configuration.checks import ACCESS_KEY
from crowdmake.exceptions import UserError
from crowdmake.messages import listed, printable
from crowdmake.projects.directory import Experiment
from crowdmake.projects.report import Report

MOST_BYTES = 200_000_000
_ACCESS_KEY = re.compile(ACCESS_KEY.pattern.encode())
_SECRET_NAME = re.compile(rb"aws_?(secret|access)_?(access_?)?key|aws_?session_?token", re.I)
_MAY_NAME_SECRETS = {
    ".json", ".jsonl", ".txt", ".csv", ".tsv", ".cfg", ".ini", ".env", ".yaml", ".yml", ".toml", "",
}  # fmt: skip
_SKIPPED = {"__pycache__", "node_modules", "venv"}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class OldHit:
    """A HIT that was put up by another tool."""

    source: str
    """The file, and the line, that tells of it."""
    row: int | None
    """The number of its row in the batch's input, from 1; None where nobody knows."""
    hit_id: str | None
    max_assignments: int | None = None
    assignments: list[dict[str, Any]] = field(default_factory=list)
    """Each with assignment_id, worker_id, status, accept_time, submit_time, source, and fields
    or answer."""


@dataclass
class Project:
    """What becomes an experiment."""

    experiment: Experiment
    files: dict[str, str] = field(default_factory=dict)
    """The text of each file, by its path in the experiment."""
    inputs: dict[str, str] = field(default_factory=dict)
    """The path in the experiment of each batch's rows."""
    hits: dict[str, list[OldHit]] = field(default_factory=dict)
    """The HITs of each batch."""


@dataclass(frozen=True)
class Choices:
    """Files that the command line names, where a project has several."""

    template: Path | None = None
    properties: Path | None = None
    inputs: tuple[Path, ...] = ()
    hit_ids: tuple[Path, ...] = ()
    results: tuple[Path, ...] = ()

    def within(self, root: Path, options: Sequence[str]) -> "Choices":
        """Return the choices as whole paths; each may have been named from ``root``.

        Raises:
            UserError: one names no file, or is none of the ``options`` of such a project.
        """
        named = self._named()
        UserError.collect(
            f"--{option}: a project of this kind has no such file; leave the option out"
            for option, paths in named.items()
            if paths and option not in options
        )
        whole = {option: [_whole(root, path) for path in named[option]] for option in named}
        UserError.collect(
            f"--{option}: {printable(str(path))} is no file"
            for option, paths in whole.items()
            for path in paths
            if not path.is_file()
        )
        return Choices(
            template=next(iter(whole["template"]), None),
            properties=next(iter(whole["properties"]), None),
            inputs=tuple(whole["input"]),
            hit_ids=tuple(whole["hit-ids"]),
            results=tuple(whole["results"]),
        )

    def _named(self) -> dict[str, list[Path]]:
        return {
            "template": [self.template] if self.template else [],
            "properties": [self.properties] if self.properties else [],
            "input": list(self.inputs),
            "hit-ids": list(self.hit_ids),
            "results": list(self.results),
        }


class Source:
    """The files of the project in ``root``, or that one file, read as text, and the report.

    Raises:
        UserError: ``root`` cannot be read.
    """

    def __init__(self, root: Path, report: Report) -> None:
        self.root = root if root.is_dir() else root.parent
        self.is_file = not root.is_dir()
        self.report = report
        self.files: list[Path] = []
        self.secret: list[Path] = []
        try:
            found = sorted(_files(root))
        except OSError as problem:
            where = printable(str(problem.filename))
            raise UserError(f"{where}: cannot be read ({problem.strerror})") from None
        for path in found:
            self._take(path)

    def _take(self, path: Path) -> None:
        """Note a file, and what keeps it from being read."""
        if any("\ud800" <= character <= "\udfff" for character in str(path)):
            self.report.left.append(f"{self.name(path)}: has a name that is no text (UTF-8)")
            return
        try:
            if path.stat().st_size > MOST_BYTES:
                self.report.left.append(f"{self.name(path)}: too large, not looked into")
                return
            is_secret = _holds_secret(path)
        except OSError as problem:
            self.report.left.append(f"{self.name(path)}: cannot be read ({problem.strerror})")
            return
        self.files.append(path)
        if is_secret:
            self.secret.append(path)
            self.report.left.append(
                f"{self.name(path)}: holds AWS keys, which are never copied; credentials belong"
                " in ~/.aws or the environment (a key that was in version control: replace it)"
            )

    def name(self, path: Path) -> str:
        """Return a file's path within the project."""
        inside = path.is_relative_to(self.root)
        return str(path.relative_to(self.root) if inside else path)

    def text(self, path: Path) -> str:
        """Return a file's text, as it is but for a byte order mark.

        Raises:
            UserError: it cannot be read, is no UTF-8, or holds AWS keys.
        """
        text = text_of(path, self.name(path))
        if path in self.secret or _holds_secret(path):
            raise UserError(f"{self.name(path)}: holds AWS keys; take them out of it first")
        return text

    def others(self, used: set[Path]) -> None:
        """Report the files that were not used."""
        left = [path for path in self.files if path not in used and path not in self.secret]
        self.report.left += [self.name(path) for path in left]


def text_of(path: Path, name: str) -> str:
    """Return the text of a file: UTF-8, or UTF-16 where a byte order mark says so.

    Raises:
        UserError: it cannot be read or is neither.
    """
    try:
        content = path.read_bytes()
        return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise UserError(f"{printable(name)}:{line}: not UTF-8; save it as UTF-8") from None
    except OSError as problem:
        raise UserError(f"{printable(name)}: cannot be read ({problem.strerror})") from None


def one_of(
    source: Source, kind: str, found: list[Path], chosen: Path | None, near: str = ""
) -> Path:
    """Return the file of one kind: the chosen one, the only one, or the one named like ``near``.

    Raises:
        UserError: there is none, or several and none is chosen.
    """
    alike = [path for path in found if near and path.stem == near]
    candidates = [chosen] if chosen else alike if len(found) > 1 and len(alike) == 1 else found
    names = printable(listed(source.name(path) for path in candidates))
    if len(candidates) > 1:
        raise UserError(f"found several of {kind}: {names}; name one with --{kind}")
    if not candidates:
        hint = f" (not looked into, for AWS keys: {listed(map(source.name, source.secret))})"
        raise UserError(
            f"{printable(str(source.root))}: found no {kind}"
            f"{printable(hint) if source.secret else ''}; name it with --{kind}"
        )
    if not chosen and len(found) > 1:
        said = f"{names}: taken of several files of {kind}, for its name; --{kind} names another"
        source.report.changed.append(said)
    return candidates[0]


def at_least(properties: Mapping[str, Any]) -> list[str]:
    """Return the short qualifications of properties that mean another thing than they did."""
    names = {"HitsApproved", "PercentApproved", "hits_approved", "percent_approved"}
    return [f"{name} {properties[name]}" for name in properties if name in names]


def _whole(root: Path, path: Path) -> Path:
    return (path if path.exists() else root / path).resolve()


def _files(root: Path) -> Iterator[Path]:
    """Yield the regular files below ``root``, or itself; not links and hidden folders."""
    for path in root.iterdir() if root.is_dir() else [root]:
        if path.is_symlink() or path.name in _SKIPPED:
            continue
        if path.is_dir() and not path.name.startswith("."):
            yield from _files(path)
        elif path.is_file():
            yield path


def _holds_secret(path: Path) -> bool:
    """Return whether a file holds a key of AWS, or a place for one that is filled in."""
    content = path.read_bytes()
    if content.startswith(_UTF_16):
        content = content.replace(b"\0", b"")
    named = path.suffix.lower() in _MAY_NAME_SECRETS and _SECRET_NAME.search(content)
    return bool(_ACCESS_KEY.search(content)) or bool(named)
