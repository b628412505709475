"""Checkouts of simple-amt: templates, properties, inputs, HIT ids and results."""

import json
from pathlib import Path

from crowdmake.projects import simple_amt_pages as pages
from crowdmake.projects.directory import Experiment, name_of
from crowdmake.projects.new import free_name
from crowdmake.projects.simple_amt_files import Found, ids_of
from crowdmake.projects.simple_amt_hits import Results, close_the_rest, hits
from crowdmake.projects.sources import Choices, Project, Source, at_least, one_of

OPTIONS = ("template", "properties", "input", "hit-ids", "results")
_ROWS = {".txt", ".json", ".jsonl", ".ndjson", ".jl"}


def is_here(source: Source) -> bool:
    """Return whether the project looks like a checkout of simple-amt."""
    names = {source.name(path) for path in source.files}
    return bool(names & {"simpleamt.py", "launch_hits.py"}) or any(
        name.startswith(("hit_templates/", "hit_properties/")) for name in names
    )


def read(source: Source, choices: Choices) -> Project:
    """Return the checkout as an experiment.

    Raises:
        UserError: it cannot be read, or a choice is missing; a line per problem.
    """
    found = Found(source, choices)
    near = found.properties[0].stem if len(found.properties) == 1 else ""
    template = one_of(source, "template", found.templates, choices.template, near)
    properties = one_of(
        source, "properties", found.properties, choices.properties, near=template.stem
    )
    inputs = list(dict.fromkeys(choices.inputs)) or [found.input_of(template)]
    parts = dict(pages.parts(source, template))
    home = f"hit_properties/{properties.stem}.json"
    project = Project(
        Experiment(
            name=name_of(source.root),
            properties=home,
            template=f"hit_templates/{pages.inside(source, template)}",
            imported=True,
        )
    )
    project.files |= {f"hit_templates/{name}": source.text(path) for name, path in parts.items()}
    project.files[home] = source.text(properties)
    _report_properties(source, properties)
    used = {template, properties, *inputs, *parts.values()}
    used |= pages.take_helper(source, project, list(parts.values()))
    used |= _take_hits(source, choices, found, inputs, project)
    source.others(used)
    return project


def _take_hits(
    source: Source, choices: Choices, found: Found, inputs: list[Path], project: Project
) -> set[Path]:
    """Take in the inputs with what was put up of them; return the files that told of it."""
    results = Results(source, list(choices.results) or found.results)
    ids = ids_of(source, choices, found, inputs)
    for path in inputs:
        batch = free_name(path.stem, project.inputs)
        suffix = path.suffix if path.suffix in _ROWS else ".jsonl"
        project.inputs[batch] = f"input/{batch}{suffix}"
        project.files[project.inputs[batch]] = source.text(path)
        source.report.taken.append(f"{source.name(path)}: the batch {batch}")
        project.hits[batch] = list(hits(source, path, ids[path], results))
    rest = results.rest(is_alone=len(inputs) == 1)
    project.hits[next(iter(project.inputs))] += rest
    for path, batch in zip(inputs, project.inputs, strict=True):
        close_the_rest(source, path, project.hits[batch], rest)
    return {*results.read, *(each for own in ids.values() for each in own)}


def _report_properties(source: Source, path: Path) -> None:
    report, name = source.report, source.name(path)
    report.taken.append(f"{name}: the HITs' properties, as they are")
    try:
        values = json.loads(source.text(path))
    except (ValueError, RecursionError):
        return  # the configuration's check names the line
    for said in at_least(values if isinstance(values, dict) else {}):
        report.changed.append(f"{name}: {said} means at least; simple-amt asked for more than that")
