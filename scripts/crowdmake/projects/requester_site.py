"""Projects of the Requester site: a page with `${name}`, tables of input, tables of results."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crowdmake import files
from crowdmake.configuration.properties import amount
from crowdmake.exceptions import UserError
from crowdmake.messages import listed, printable
from crowdmake.projects.directory import SKELETON, Experiment, name_of
from crowdmake.projects.placeholders import Template, jinja_page
from crowdmake.projects.requester_tables import IDS, Batches
from crowdmake.projects.sources import Choices, Project, Source, one_of
from crowdmake.projects.tables import Table, read_table
from crowdmake.rendering.escaping import html_text

OPTIONS = ("template", "input", "results")
_TABLES = {".csv", ".tsv"}
_TAKEN = (
    "Title",
    "Description",
    "Keywords",
    "Reward",
    "MaxAssignments",
    "AssignmentDurationInSeconds",
    "AutoApprovalDelayInSeconds",
    "LifetimeInSeconds",
)
_NUMBERS = re.compile(r"\d+")
_INSIDE = re.compile(r"<body\b[^>]*>(.*)</body\s*>", re.IGNORECASE | re.DOTALL)

Cells = Mapping[str, str]


def is_here(source: Source) -> bool:
    """Return whether the project looks like one of the Requester site's."""
    has_tables = any(path.suffix.lower() in _TABLES for path in source.files)
    return has_tables and bool(_pages(source))


def read(source: Source, choices: Choices) -> Project:
    """Return the project as an experiment.

    Raises:
        UserError: it cannot be read, or a choice is missing; a line per problem.
    """
    page = one_of(source, "template", _pages(source), choices.template)
    new, old = _tables(source, choices)
    batches = Batches(source, new)
    batches.take(old)
    source.others({page, *new, *(table.path for table in old if table.path)})
    template = _template(source, page, batches.columns())
    home = f"hit_templates/{page.stem}.html"
    project = Project(
        Experiment(
            name=name_of(source.root),
            properties=_properties(source, page, old),
            template=home,
            imported=True,
        )
    )
    project.files[home] = template
    for batch, rows in batches.rows.items():
        project.inputs[batch] = f"input/{batch}.jsonl"
        project.files[f"input/{batch}.jsonl"] = "".join(f"{files.one_line(x)}\n" for x in rows)
    project.hits = dict(batches.hits)
    return project


def _pages(source: Source) -> list[Path]:
    return [path for path in source.files if path.suffix.lower() in {".html", ".htm", ".xhtml"}]


def _tables(source: Source, choices: Choices) -> tuple[dict[Path, Table], list[Table]]:
    """Return the tables of input by path, and those of results.

    Raises:
        UserError: there is none, or one cannot be read; a line per problem.
    """
    found = [path for path in source.files if path.suffix.lower() in _TABLES]
    chosen = {*choices.inputs, *choices.results}
    # A settings file of keys may look like a table, and is none.
    rest = [path for path in found if path not in chosen and not _is_keys(source, path)]
    tables = {path: read_table(source.text(path), source.name(path), path) for path in rest}
    old = [table for table in tables.values() if set(table.columns) >= IDS]
    new = {path: table for path, table in tables.items() if table not in old}
    if choices.results:
        old = [_read(source, path) for path in choices.results]
        UserError.collect(
            f"{table.name}: found no columns {listed(sorted(IDS - set(table.columns)))}; expected"
            " a table of results"
            for table in old
            if not set(table.columns) >= IDS
        )
    if choices.inputs:
        new = {path: _read(source, path) for path in choices.inputs}
    if not new and not old:
        raise UserError(
            f"{printable(str(source.root))}: found no table (.csv, .tsv) of input; name it with"
            " --input"
        )
    UserError.collect(f"{table.name}: has no rows" for table in new.values() if not table.lines)
    return new, old


def _is_keys(source: Source, path: Path) -> bool:
    return path in source.secret and "key" in path.stem.lower()


def _read(source: Source, path: Path) -> Table:
    return read_table(source.text(path), source.name(path), path)


def _properties(source: Source, page: Path, old: list[Table]) -> dict[str, Any]:
    """Return the HIT's properties as the last table of results tells them."""
    said: Cells = next((t.lines[0][1] for t in reversed(old) if t.lines), {})
    title = LexborHTMLParser(source.text(page)).css_first("title")
    words = " ".join((title.text() if title else "").split()) or page.stem
    properties: dict[str, Any] = {"Title": words[:128], "Description": words, "Reward": "0.05"}
    for name in _TAKEN:
        value = said.get(name, "").strip()
        if name == "Reward":
            value = value.removeprefix("$")
        number = _NUMBERS.match(value)
        if name.endswith("Seconds") or name == "MaxAssignments":
            properties |= {name: int(number[0])} if number else {}
        elif value and (name != "Reward" or amount(value) is not None):
            properties[name] = value
    missing = [name for name in ("Title", "Description", "Reward") if not said.get(name)]
    if missing:
        source.report.not_understood.append(
            f"{listed(missing)}: no table of results tells them; set them in config/config.yaml"
        )
    source.report.not_understood.append(
        "qualifications: the site's files do not tell them; see hit.properties in config/README.md"
    )
    return properties


def _template(source: Source, page: Path, columns: set[str]) -> str:
    """Return the page as a template, in a form of its own where it had none."""
    text = source.text(page)
    name = source.name(page)
    template: Template = jinja_page(text, columns)
    source.report.taken.append(f"{name}: the page")
    report = source.report
    report.changed += [f"{name}:{line}: {said}" for line, said in template.changed]
    report.not_understood += [f"{name}:{line}: {said}" for line, said in template.not_understood]
    parsed = LexborHTMLParser(text)
    if parsed.css_first("crowd-form"):
        report.not_understood.append(
            f"{name}: uses crowd-html-elements, a script on Amazon's servers that may vanish;"
            " it posts all answers in one field, taskAnswers"
        )
    elif not parsed.css_first("form"):
        report.changed.append(f"{name}: has no form; one was put around it, as the site did")
        inside = _INSIDE.search(template.text)
        body = inside[1] if inside else template.text
        form = (SKELETON / "form.html").read_text(encoding="utf-8")
        opening, closing = form.split("<!-- page -->")
        wrapped = f"{opening}{body}{closing}"
        if inside:
            return template.text[: inside.start(1)] + wrapped + template.text[inside.end(1) :]
        heading = html_text(page.stem)
        return f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>{heading}</title>\n{wrapped}'
    return template.text
