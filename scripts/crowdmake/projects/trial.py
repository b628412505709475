"""A new experiment's first rendering: what keeps it from being launched, before anybody tries."""

from collections.abc import Iterator
from pathlib import Path

from crowdmake.configuration.config import (
    Configuration,
    Hit,
    read_config,
)
from crowdmake.exceptions import UserError
from crowdmake.inputs.paths import INPUT, input_files
from crowdmake.inputs.rows import read_rows
from crowdmake.layout import CONFIG, SHIPPED_TEMPLATES, TEMPLATES
from crowdmake.questions.pages import QuestionPage
from crowdmake.rendering.external import ExternalPage
from crowdmake.rendering.rendered import Page, render_rows
from crowdmake.rendering.renderer import Renderer


def faults(folder: Path) -> list[str]:
    """Return what keeps the experiment in ``folder`` from being launched; no line is twice there.

    Every row is rendered once. Files are named as they are from within ``folder``.
    """
    return list(dict.fromkeys(_without(folder, line) for line in _faults(folder)))


def _faults(folder: Path) -> Iterator[str]:
    try:
        configuration = Configuration(read_config(folder / CONFIG), folder)
        inputs = input_files(folder / INPUT, awaited="trigger_on" in configuration.values)
    except UserError as error:
        yield from error.lines
        return
    for batch, path in inputs.items():
        hit = configuration.hit(batch)
        try:
            render_rows(path, read_rows(path), _page(folder, hit), hit.properties, lambda _: None)
        except UserError as error:
            yield from error.lines


def _page(folder: Path, hit: Hit) -> Page:
    if hit.asked:
        return QuestionPage(hit.asked, f"{CONFIG}: hit")
    if hit.template is None:
        return ExternalPage(str(hit.url), f"{CONFIG}: hit.url")
    return Renderer(folder / hit.template, [folder / TEMPLATES, SHIPPED_TEMPLATES])


def _without(folder: Path, line: str) -> str:
    """Return a line without the folder in the names of files."""
    whole, here = folder.resolve(), Path.cwd()
    names = {f"{whole}/", f"{folder}/"}
    if whole.is_relative_to(here):
        names.add(f"{whole.relative_to(here)}/")
    for name in sorted(names, key=len, reverse=True):
        line = line.replace(name, "")
    return line
