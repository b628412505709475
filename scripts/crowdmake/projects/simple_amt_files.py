"""Which file of a simple-amt checkout is what, told by what it holds and then by its name.

A file of HIT ids has one id a line, results are JSON objects with `assignment_id` and `hit_id`,
an input is any other JSON. A file that is named as ids or results are is never passed over:
rows whose HITs it tells of must not be launched again.
"""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.messages import listed, printable
from crowdmake.projects.simple_amt_pages import HELPER, parts
from crowdmake.projects.sources import Choices, Source, one_of

HIT_ID = re.compile(r"[A-Z0-9]{1,64}")
RESULT = frozenset({"assignment_id", "hit_id"})
_SURE_ID = re.compile(r"[A-Z0-9]{20,64}")
_IDS_NAME = re.compile(r"hit_?-?ids?", re.IGNORECASE)
_PROPERTIES = {"title", "reward"}
_NOTHING = object()
_DATA = {"", ".txt", ".json", ".jsonl", ".ndjson", ".jl", ".out", ".ids"}
_TRIED = 200


class Found:
    """The files of a checkout by kind, those that the command line chose left aside.

    Raises:
        UserError: a file that tells of HITs holds AWS keys.
    """

    def __init__(self, source: Source, choices: Choices) -> None:
        self._source = source
        chosen = {*choices.inputs, *choices.hit_ids, *choices.results}
        kinds: dict[str, list[Path]] = defaultdict(list)
        for path in source.files:
            kind = "" if path in chosen or path.name.startswith(".") else _kind(source, path)
            if path not in source.secret:
                kinds[kind].append(path)
            elif kind in {"hit ids", "results"}:
                raise UserError(
                    f"{printable(source.name(path))}: tells of HITs and holds AWS keys;"
                    " take the keys out of it first"
                )
        self.properties = kinds["properties"]
        self.inputs = kinds["input"]
        self.hit_ids = kinds["hit ids"]
        self.results = kinds["results"]
        self.templates = _pages(source, kinds["template"])
        self._unknown = kinds["unknown"]

    def input_of(self, template: Path) -> Path:
        """Return the input that belongs to ``template``.

        Raises:
            UserError: there is none, or several and nothing tells which.
        """
        alike = [path for path in self.inputs if template.stem in self._source.name(path)]
        UserError.collect(self._reasons() if not self.inputs else [])
        chosen = alike[0].stem if len(alike) == 1 else template.stem
        return one_of(self._source, "input", self.inputs, None, chosen)

    def _reasons(self) -> list[str]:
        """Return why each file that might have been an input is none."""
        texts = [path for path in self._unknown if path.suffix]
        return [
            f"{printable(self._source.name(path))}:1: not JSON; an input is one JSON value a line"
            " (another file can be named with --input)"
            for path in texts
        ]


def ids_of(
    source: Source, choices: Choices, found: Found, inputs: list[Path]
) -> dict[Path, list[Path]]:
    """Return each input's files of HIT ids.

    Raises:
        UserError: nothing tells which input a file belongs to, or an input has several.
    """
    chosen = list(choices.hit_ids)
    if chosen and len(inputs) == 1:
        return {inputs[0]: chosen}
    if chosen and len(chosen) != len(inputs):
        raise UserError(
            f"--hit-ids: found {len(chosen)} for {len(inputs)} inputs; expected one for each, in"
            " the order of --input"
        )
    if chosen:
        return {path: [ids] for path, ids in zip(inputs, chosen, strict=True)}
    return _own_ids(source, found, inputs)


def _own_ids(source: Source, found: Found, inputs: list[Path]) -> dict[Path, list[Path]]:
    """Return each input's files of HIT ids, as far as folders and names tell."""
    own: dict[Path, list[Path]] = {path: [] for path in inputs}
    everything = list(dict.fromkeys([*inputs, *found.inputs]))
    problems = []
    for ids in found.hit_ids:
        owner = _owner(ids, everything)
        if owner is None:
            problems.append(f"{source.name(ids)}: nothing tells which input's HITs these are")
        elif owner in own:
            own[owner].append(ids)
    several = [path for path in inputs if len(own[path]) > 1]
    problems += [
        f"{source.name(path)}: found several of hit-ids: {listed(map(source.name, own[path]))}"
        for path in several
    ]
    ask = "; name those of the inputs, in their order, with --hit-ids"
    UserError.collect(printable(line) + ask for line in problems)
    return own


def _owner(ids: Path, inputs: list[Path]) -> Path | None:
    """Return the input that ids belong to: by folder, then by name; None where nobody knows."""
    beside = [path for path in inputs if path.parent == ids.parent]
    among = beside or inputs
    alike = [path for path in among if path.stem in ids.stem]
    for candidates in (among, alike):
        if len(candidates) == 1:
            return candidates[0]
    return None


def _pages(source: Source, templates: list[Path]) -> list[Path]:
    """Return the templates that no other one includes."""
    pairs = ((path, part) for path in templates for _, part in parts(source, path))
    included = {part for path, part in pairs if part != path}
    return [path for path in templates if path not in included] or templates


def _kind(source: Source, path: Path) -> str:
    if path.suffix.lower() in {".html", ".htm"}:
        return "template" if path.name != HELPER else "helper"
    if path.suffix.lower() not in _DATA:
        return ""
    return _kind_of_data(path, is_setting=source.name(path).startswith("hit_properties/"))


def _kind_of_data(path: Path, *, is_setting: bool) -> str:
    """Return what a file of data holds: hit ids, results, properties, input or nothing known."""
    text = _loosely(path)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return "empty"
    if all(_SURE_ID.fullmatch(line) for line in lines):
        return "assignment ids" if "assign" in path.name.lower() else "hit ids"
    values = _first_values(text, lines)
    if any(isinstance(value, dict) and value.keys() >= RESULT for value in values):
        return "results"
    if is_setting and path.suffix == ".json":
        return "properties"
    if _IDS_NAME.search(path.stem):
        return "hit ids"
    first = values[0]
    if isinstance(first, dict) and {key.lower() for key in first} >= _PROPERTIES:
        return "properties" if path.suffix == ".json" else "input"
    if first is _NOTHING and "result" in path.stem.lower():
        return "results"
    is_data = isinstance(first, dict | list) or path.suffix in {".jsonl", ".json", ".ndjson", ".jl"}
    return "input" if first is not _NOTHING and is_data else "unknown"


def _loosely(path: Path) -> str:
    content = path.read_bytes()
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if utf_16 else "utf-8-sig", "replace")


def _first_values(text: str, lines: list[str]) -> list[Any]:
    """Return the file's one JSON value, an array's elements, or the first lines' values."""
    whole = _value(text)
    if isinstance(whole, list) and whole and text.lstrip().startswith("["):
        return whole
    if whole is not _NOTHING:
        return [whole]
    return [_value(line) for line in lines[:_TRIED]]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING
