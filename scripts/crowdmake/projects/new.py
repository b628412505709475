"""`crowdmake new`: a small experiment that runs at once, to be changed into one's own."""

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crowdmake.configuration.properties import problems
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows
from crowdmake.layout import TEMPLATES
from crowdmake.messages import printable, shown
from crowdmake.projects import directory, trial
from crowdmake.projects.directory import Experiment
from crowdmake.projects.placeholders import expression
from crowdmake.projects.question_list import Question, read_questions, templated
from crowdmake.rendering.external import url_problem
from crowdmake.rendering.renderer import RESERVED

_SAMPLES = ("Thank you, that was quick and kind!", "I have been waiting for an hour.")
_SAMPLE_QUESTION = ("friendly: Is this text friendly? [yes | no]",)
_CROWD = {"friendly": "'yes' if 'hank' in text else 'no'"}
_ROWS = {".jsonl", ".json", ".txt", ".ndjson", ".jl"}
_NOTES = {
    "Reward": "US dollars per assignment.",
    "MaxAssignments": "How many workers do each HIT.",
    "LifetimeInSeconds": "A week: how long a HIT is offered.",
    "AssignmentDurationInSeconds": "An hour: how long a worker has.",
    "AutoApprovalDelayInSeconds": "Three days: then the market approves undecided work by itself.",
}


@dataclass(frozen=True)
class Wishes:
    """What a person said of the new experiment; the rest has defaults."""

    name: str
    title: str = "Read a short text"
    description: str = "Read one short text and answer a question about it."
    reward: str = "0.05"
    assignments: int = 3
    page: Path | None = None
    url: str | None = None
    questions: tuple[str, ...] = ()
    rows: Path | None = None


def make(folder: Path, wishes: Wishes) -> list[str]:
    """Make an experiment in ``folder``; return what keeps `snakemake launch` from running.

    Only a page or rows of one's own can have such faults.

    Raises:
        UserError: the folder is not empty, or a wish cannot be met; nothing is written then.
    """
    directory.check_free(folder)
    questions = read_questions(wishes.questions or _SAMPLE_QUESTION)
    experiment = _experiment(wishes, questions)
    UserError.collect(_problems(wishes, experiment))
    batch, page = _batch(wishes.rows), _page(wishes, questions)
    shown = wishes.url or page or "".join(each["question"] for each in experiment.questions)
    rows = _text(wishes.rows) if wishes.rows else _sample_rows(shown)
    with directory.made(folder) as made:
        directory.write_experiment(made, experiment)
        if page is not None and experiment.template:
            directory.write(made / experiment.template, page)
        directory.write(made / "input" / batch, rows)
        return trial.faults(made)


def _experiment(wishes: Wishes, questions: list[Question]) -> Experiment:
    crowd = {question.name: question.answer for question in questions}
    if wishes.page or wishes.url:
        crowd = {"answer": "'what a worker might answer'"}
    return Experiment(
        name=directory.checked_name(wishes.name, "--name"),
        properties=_filled_in(wishes),
        template=_template(wishes),
        url=wishes.url,
        questions=_asked(wishes, questions),
        crowd=crowd if wishes.page or wishes.url or wishes.questions else _CROWD,
        notes=_NOTES,
    )


def _asked(wishes: Wishes, questions: list[Question]) -> list[dict[str, Any]]:
    """Return the questions of the form; none where there is a page.

    Where none of them names a key of the row, the first shows all that it holds.
    """
    if not wishes.questions:
        return []
    asked = [question.asked for question in questions]
    if not any(True for each in asked for _ in _names(each["question"])):
        values = (f"{{{{ {each} }}}}" for each in _shown(wishes.rows))
        asked[0]["question"] += "\n\n" + "\n".join(values)
    return asked


def _filled_in(wishes: Wishes) -> dict[str, Any]:
    """Return the HITs' properties; with questions title and description are templates."""
    if not wishes.questions:
        return properties_of(wishes)
    title, description = templated(wishes.title), templated(wishes.description)
    return properties_of(replace(wishes, title=title, description=description))


def properties_of(wishes: Wishes) -> dict[str, Any]:
    """Return the HITs' properties."""
    return {
        "Title": wishes.title,
        "Description": wishes.description,
        "Keywords": "",
        "Reward": wishes.reward,
        "MaxAssignments": wishes.assignments,
        "LifetimeInSeconds": 604800,
        "AssignmentDurationInSeconds": 3600,
        "AutoApprovalDelayInSeconds": 259200,
    }


def _problems(wishes: Wishes, experiment: Experiment) -> Iterator[str]:
    """Yield what is wrong with what was wished for."""
    texts = {"title": wishes.title, "description": wishes.description, "url": wishes.url or ""}
    texts |= {"question": "".join(wishes.questions), "page": str(wishes.page or "")}
    broken = [name for name, text in texts.items() if not _is_text(text)]
    yield from (f"--{name}: holds bytes that are no text (UTF-8)" for name in broken)
    if not broken and not isinstance(experiment.properties, str):
        yield from problems(experiment.properties, "hit.properties")
    if experiment.url and not broken and (fault := url_problem(experiment.url)):
        yield f"--url: found {shown(experiment.url)}; {fault}"


def _is_text(text: str) -> bool:
    """Return whether there is no byte of the command line that could not be decoded."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _template(wishes: Wishes) -> str | None:
    """Return the path of the page; None where something else takes its place."""
    if wishes.url or wishes.questions:
        return None
    return f"{TEMPLATES}/{'page' if wishes.page is None else wishes.page.stem}.html"


def _page(wishes: Wishes, questions: list[Question]) -> str | None:
    """Return the page's template; None where something else takes its place."""
    if wishes.url or wishes.questions:
        return None
    if wishes.page:
        return _text(wishes.page)
    values = [f"{{{{ {each} }}}}" for each in _shown(wishes.rows)]
    filling = {"heading": "Read a text", "values": values, "questions": questions}
    return directory.filled("page.html", filling)


def _shown(rows: Path | None) -> list[str]:
    """Return expressions for all that the first row holds."""
    first = read_rows(rows).rows[0].value if rows else {"text": ""}
    return [expression(key) for key in first] if isinstance(first, dict) else ["input"]


def _batch(rows: Path | None) -> str:
    """Return the name of the batch's file: that of the file of rows, as far as it can be."""
    if rows is None:
        return "pilot.jsonl"
    read_rows(rows)
    suffix = rows.suffix if rows.suffix in _ROWS else ".jsonl"
    return f"{batch_name(rows.name.partition('.')[0])}{suffix}"


def batch_name(wanted: str) -> str:
    """Return a name that a batch can have, as near to ``wanted`` as possible."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", wanted).strip("-_")[:64] or "batch"


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return a name that a batch can have and no other has."""
    names = (batch_name(wanted)[:60] + (f"-{n}" if n > 1 else "") for n in count(1))
    return next(name for name in names if name not in taken)


def _sample_rows(template: str) -> str:
    """Return two sample rows, as JSON Lines, that fit what a page asks for."""
    names = sorted(_names(template)) or ["text"]
    rows = (dict.fromkeys(names, sample) for sample in _SAMPLES)
    return "".join(json.dumps(row) + "\n" for row in rows)


def _names(template: str) -> Iterator[str]:
    """Yield the keys of a row that a template asks for; none where it cannot be parsed."""
    try:
        found = meta.find_undeclared_variables(ImmutableSandboxedEnvironment().parse(template))
    except TemplateError:
        return  # `snakemake render` names the line
    yield from found - RESERVED


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{printable(str(path))}: cannot be read ({problem})") from None
