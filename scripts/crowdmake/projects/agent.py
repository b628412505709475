"""Huginn's HumanTaskAgent: its options, or an export of a scenario that holds such an agent."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crowdmake.configuration import schemas
from crowdmake.configuration.checks import problems
from crowdmake.exceptions import UserError
from crowdmake.inputs.rows import read_rows, too_deep
from crowdmake.layout import CONFIG
from crowdmake.messages import counted, listed, printable, shown
from crowdmake.projects.agent_options import PROPERTIES, Options, strings
from crowdmake.projects.directory import Experiment
from crowdmake.projects.new import free_name
from crowdmake.projects.sources import Choices, Project, Source

OPTIONS = ("input",)
_TYPE = "Agents::HumanTaskAgent"
_EXPECTED = f"the options of a HumanTaskAgent (with hit), or a scenario with one agent {_TYPE}"
_PLACES = {f"hit.properties.{name}": f"hit.{option}" for option, (name, _) in PROPERTIES.items()}
_PLACE = re.compile("|".join(re.escape(each) for each in sorted(_PLACES, reverse=True)))


def is_here(source: Source) -> bool:
    """Return whether what is imported is one file of JSON."""
    return source.is_file and source.files[:1] != [] and source.files[0].suffix == ".json"


def read(source: Source, choices: Choices) -> Project:
    """Return the agent as an experiment.

    Raises:
        UserError: the file holds no such agent, or one that the agent itself, or a market, would
            have refused; a line per fault.
    """
    (path,) = source.files
    name = source.name(path)
    agent = _agent(_document(source, path), name)
    given = agent["options"]
    options = Options(given)
    _check(options, name)
    experiment = Experiment(
        name=_name(agent.get("name"), path),
        properties=options.properties,
        questions=options.questions,
        interpolation="agent",
        sections=options.sections | {"tick": {"delete": True}},
        approve="finished",
        imported=True,
    )
    project = Project(experiment)
    _report(source, name, given, options, agent)
    for rows in choices.inputs:
        _take_rows(source, project, rows)
    return project


def _document(source: Source, path: Path) -> Any:
    source.text(path)  # which says what cannot be read, and refuses keys of AWS
    try:
        document = schemas.read_document(path)
    except ValueError as problem:
        raise UserError(printable(str(problem)).replace(str(path), source.name(path))) from None
    if too_deep(document):
        raise UserError(f"{printable(source.name(path))}: nested too deeply; expected a few levels")
    return document


def _agent(document: Any, name: str) -> Mapping[str, Any]:
    """Return the agent in a document: its options, and its name and schedule where they stand."""
    found = document if isinstance(document, dict) else {}
    agents = found["agents"] if isinstance(found.get("agents"), list) else [found]
    own = [each for each in agents if isinstance(each, dict) and each.get("type") == _TYPE]
    if "agents" in found and len(own) != 1:
        names = listed(shown(each.get("name")) for each in own) or "none"
        raise UserError(f"{printable(name)}: found {names} of type {_TYPE}; expected one of them")
    agent = own[0] if own else found
    if "hit" in agent and "options" not in agent:
        agent = {"options": agent}
    if not isinstance(agent.get("options"), dict):
        raise UserError(f"{printable(name)}: found {shown(document)}; expected {_EXPECTED}")
    others = len(agents) - 1
    return {**agent, "others": others} if others else agent


def _check(options: Options, name: str) -> None:
    """Refuse what the configuration could not be; lines name the agent's own options.

    Raises:
        UserError: a line per fault.
    """
    hit = {"properties": options.properties, "interpolation": "agent"}
    if options.questions is not None:
        hit["questions"] = options.questions
    values = {"experiment": "agent", "market": {"endpoint": "local"}, "hit": hit}
    found = problems(values | options.sections, Path())
    UserError.collect(dict.fromkeys([*_missing(options, name), *_translated(found, name)]))


def _missing(options: Options, name: str) -> Iterator[str]:
    """Yield what the agent wanted and a configuration can do without."""
    file = printable(name)
    if "trigger_on" not in options.sections:
        yield f"{file}: trigger_on: missing; expected event or schedule"
    if options.questions is None:
        yield f"{file}: hit.questions: missing; expected a list of questions"
    if "MaxAssignments" not in options.properties:
        yield f"{file}: hit.assignments: missing; expected how many workers do each HIT"


def _translated(lines: list[str], name: str) -> Iterator[str]:
    """Yield lines about a configuration as lines about the options that it is made of."""
    for line in lines:
        text = line.removeprefix(f"{CONFIG}: ")
        if not text.startswith("hit.template: missing"):
            yield f"{printable(name)}: " + _PLACE.sub(
                lambda found: _PLACES[found[0]], text, count=1
            )


def _name(name: object, path: Path) -> str:
    wanted = name if isinstance(name, str) and name.strip() else path.stem
    return printable(wanted.strip())[:100].strip() or "agent"


def _report(
    source: Source, name: str, given: Mapping[str, Any], options: Options, agent: Mapping[str, Any]
) -> None:
    report = source.report
    keys = listed(each["key"] for each in options.questions)
    report.taken.append(f"{name}: {counted(len(options.questions), 'question')}: {keys}")
    report.taken.append(f"{name}: {listed(options.sections)}")
    spelt = list(strings(given))
    if spelt:
        report.changed.append(f"{name}: written as numbers and truths: {listed(spelt)}")
    if "take_majority" in given:
        report.changed.append(f"{name}: take_majority became combination_mode")
    report.changed += [
        f"{name}: title, description, assignments, reward and lifetime_in_seconds of hit became"
        " hit.properties; the reward is 0.05 and the lifetime a day where they are not given",
        "the agent approved and deleted all work of a HIT once it was complete: review.approve is"
        " finished, and tick.delete is true",
        f"a round is `snakemake tick`, to be called every ten minutes{_schedule(agent)}; events"
        " come as lines of input/, for example by `crowdmake event`",
    ]
    report.not_understood += [f"{name}: {each}: left out" for each in options.left]
    if "others" in agent:
        report.left.append(f"{name}: {counted(agent['others'], 'other agent')} of the scenario")


def _schedule(agent: Mapping[str, Any]) -> str:
    schedule = agent.get("schedule")
    return f" (the agent's schedule was {schedule})" if isinstance(schedule, str) else ""


def _take_rows(source: Source, project: Project, path: Path) -> None:
    """Take a file of events as a batch."""
    read_rows(path)
    batch = free_name(path.stem, project.inputs)
    project.inputs[batch] = f"input/{batch}.jsonl"
    project.files[project.inputs[batch]] = source.text(path)
    source.report.taken.append(f"{source.name(path)}: the batch {batch}")
