"""AMTI's directories: a definition, its data, and the batches that were made of it.

A definition holds question.xml.j2, hittypeproperties.json and hitproperties.json; a batch's
directory holds ``definition/``, a copy, and ``data.jsonl`` (github.com/allenai/amti,
amti/settings.py).
"""

import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

from crowdmake.exceptions import UserError
from crowdmake.messages import printable
from crowdmake.projects.amti_batches import hits
from crowdmake.projects.amti_data import data_of, rows_text, same_definitions
from crowdmake.projects.directory import Experiment, name_of
from crowdmake.projects.new import free_name
from crowdmake.projects.sources import Choices, Project, Source, one_of

OPTIONS = ("template", "input")
_QUESTION = "question.xml.j2"
_KINDS = ("hittypeproperties.json", "hitproperties.json")
_HTML = re.compile(r"<HTMLContent>\s*<!\[CDATA\[(.*)\]\]>\s*</HTMLContent>", re.DOTALL)
_URL = re.compile(r"<ExternalURL>(.*?)</ExternalURL>", re.DOTALL)
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_HEIGHT = re.compile(r"<FrameHeight>\s*(\d+)\s*</FrameHeight>")
_STATEMENT = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_OLD = "RequiredToPreview"


def is_here(source: Source) -> bool:
    """Return whether the project looks like one of AMTI's."""
    return any(path.name == _QUESTION for path in source.files)


def read(source: Source, choices: Choices) -> Project:
    """Return the definition with its data, or with the data of its batches, as an experiment.

    Raises:
        UserError: it cannot be read, or a choice is missing; a line per problem.
    """
    questions = [path for path in source.files if path.name == _QUESTION]
    same = same_definitions(source, questions, choices.template)
    question = one_of(source, "template", same[:1] if same else questions, choices.template)
    definition = question.parent
    inputs = list(choices.inputs) or data_of(source, same or [question])
    shown = _page(source, question)
    project = Project(
        Experiment(
            name=name_of(source.root),
            properties=_properties(source, definition) | shown.pop("properties"),
            template=shown.get("template"),
            url=shown.get("url"),
            imported=True,
        )
    )
    if "text" in shown:
        project.files[shown["template"]] = shown["text"]
    used = {*same, question, *(definition / kind for kind in _KINDS), *inputs}
    used |= {path.parent / kind for path in same for kind in _KINDS}
    for path in inputs:
        batch = free_name(_batch(source, path), project.inputs)
        project.inputs[batch] = f"input/{batch}.jsonl"
        project.files[project.inputs[batch]] = rows_text(source, path)
        source.report.taken.append(f"{source.name(path)}: the batch {batch}")
        project.hits[batch] = list(hits(source, question, path, used, inputs))
    source.others(used)
    return project


def _batch(source: Source, data: Path) -> str:
    """Return a name for the batch: that of its folder where the file is called data.jsonl."""
    if data.stem != "data":
        return data.stem
    return name_of(data.parent if data.parent != source.root else source.root)


def _page(source: Source, question: Path) -> dict[str, Any]:
    """Return template (with its text) or url, and the properties that the question holds."""
    text, name = source.text(question), source.name(question)
    height = _HEIGHT.search(text)
    properties = {"FrameHeight": int(height[1])} if height else {}
    source.report.taken.append(f"{name}: the page")
    if html := _HTML.search(text):
        source.report.changed.append(
            f"{name}: what stands around the page is made anew; values are escaped for where they"
            " stand (AMTI put them in as they are), and a key that a row lacks is an error"
        )
        _report_around(source, name, text, html)
        page = html[1].replace("]]]]><![CDATA[>", "]]>").strip() + "\n"
        return {"template": "hit_templates/question.html", "text": page, "properties": properties}
    if url := _URL.search(text):
        inner = _CDATA.fullmatch(url[1])
        address = inner[1] if inner else unescape(url[1])
        source.report.changed.append(
            f"{name}: the address became hit.url; values are percent-encoded where they stand"
        )
        return {"url": address.strip(), "properties": properties}
    line = next((n for n, each in enumerate(text.split("\n"), 1) if "<" in each), 1)
    raise UserError(
        f"{printable(name)}:{line}: expected an HTMLQuestion or an ExternalQuestion; write a"
        " QuestionForm as a page (`crowdmake new --question` makes one)"
    )


def _report_around(source: Source, name: str, text: str, html: re.Match[str]) -> None:
    """Say which of the template's statements stand outside of the page, and are lost."""
    for found in _STATEMENT.finditer(text):
        if not html.start(1) <= found.start() < html.end(1):
            line = text.count("\n", 0, found.start()) + 1
            source.report.not_understood.append(
                f"{name}:{line}: {' '.join(found[0].split())} stands outside of the page, and is"
                " left out; put it into hit_templates/question.html if the page needs it"
            )


def _properties(source: Source, definition: Path) -> dict[str, Any]:
    """Return the properties of both files, under the API's names."""
    properties: dict[str, Any] = {}
    for kind in _KINDS:
        path = definition / kind
        if path not in source.files:
            source.report.not_understood.append(f"{source.name(path)}: is not there")
            continue
        properties |= _object(source, path)
        source.report.taken.append(f"{source.name(path)}: the HITs' properties")
    requirements = properties.get("QualificationRequirements", [])
    if isinstance(requirements, list):
        properties["QualificationRequirements"] = [
            _requirement(source, each) if isinstance(each, dict) else each for each in requirements
        ]
    return properties


def _object(source: Source, path: Path) -> dict[str, Any]:
    name = printable(source.name(path))
    try:
        values = json.loads(source.text(path))
    except json.JSONDecodeError as problem:
        raise UserError(f"{name}:{problem.lineno}: not JSON ({problem.msg})") from None
    except (RecursionError, ValueError):
        raise UserError(f"{name}: nested too deeply, or with an endless number") from None
    if not isinstance(values, dict):
        raise UserError(f"{name}: expected an object of properties")
    return values


def _requirement(source: Source, requirement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a requirement without the API's older word for who may see a HIT."""
    new = dict(requirement)
    if _OLD in new:
        preview = new.pop(_OLD)
        new.setdefault("ActionsGuarded", "PreviewAndAccept" if preview else "Accept")
        source.report.changed.append(f"{_OLD} became ActionsGuarded: {new['ActionsGuarded']}")
    return new
