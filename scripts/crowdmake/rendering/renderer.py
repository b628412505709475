"""Renders the page of a HIT: a requester's template and one row of input, both untrusted.

The template is rendered in a sandbox with every printed value marked (`marks`), the page
is parsed to see where each value lands (`places`), and each is written as that place
needs (`pages`). Rendered text that the template itself may have looked at, because a
macro or a block captured it, is rendered once more without marks: the two must agree.
"""

import random
import traceback
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Template
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.exceptions import (
    SecurityError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)

from crowdmake.exceptions import UserError
from crowdmake.messages import listed, shown
from crowdmake.rendering.marks import (
    Kind,
    NoRow,
    RenderProblem,
    RowString,
    Tagged,
    TooLongError,
    Trace,
    bounded,
    unmarked,
)
from crowdmake.rendering.pages import Page
from crowdmake.rendering.questions import html_question, read_answers
from crowdmake.rendering.template_files import FolderLoader
from crowdmake.rendering.templates import PageEnvironment, empty_environment, page_environment

__all__ = [
    "RESERVED",
    "RenderError",
    "RenderProblem",
    "Renderer",
    "html_question",
    "read_answers",
]

MAX_DEPTH = 100
_KEYWORDS = {"true", "false", "none", "True", "False", "None"} | {
    "not", "and", "or", "if", "else", "in", "is",
}  # fmt: skip
_CONTEXT = {"input", "loop", "self", "super", "caller", "varargs", "kwargs"}
RESERVED = frozenset(_KEYWORDS | _CONTEXT | set(DEFAULT_NAMESPACE))
"""Names of the template language: keys of a row so named are reached as ``input.key`` only."""


class RenderError(UserError):
    """A page that cannot be rendered; ``problems`` tells the template's from the row's."""

    def __init__(self, *problems: RenderProblem) -> None:
        super().__init__(*(problem.text for problem in problems))
        self.problems = problems


class Renderer:
    """Renders rows with one template, compiled once.

    ``folders`` are the only places that includes may come from. ``html_fields`` names the
    keys of a row that hold trusted HTML. ``notes`` holds what is worth saying once. One
    renderer serves one thread.
    """

    def __init__(
        self, template: Path, folders: Sequence[Path], html_fields: frozenset[str] = frozenset()
    ) -> None:
        """Compile the template.

        Raises:
            RenderError: The template cannot be read or is not valid.
        """
        self.source = str(template)
        self.notes: list[str] = []
        self._html_fields = html_fields
        self._trace = Trace()
        self._loader = FolderLoader(template, folders)
        self._environment = page_environment(self._loader, self._trace)
        self._template = self._load(self._environment)
        self._noted: set[str] = set()

    def page(self, row: object) -> str:
        """Return the HTML of the page that shows ``row``, any JSON value.

        Raises:
            RenderError: The page cannot be rendered; all problems that were found.
        """
        if _is_deep(row):
            text = f"is nested over {MAX_DEPTH} levels deep; expected fewer"
            raise RenderError(RenderProblem("row", text))
        shown_row = self._prepared(row)
        variables = {"input": shown_row}
        if isinstance(shown_row, dict):
            hidden = RESERVED.intersection(shown_row)
            self._note(hidden)
            variables = {
                **{key: value for key, value in shown_row.items() if key not in hidden},
                **variables,
            }
        return self._render(self._template, variables)

    def question(self, row: object, frame_height: int) -> str:
        """Return the XML of the question that shows ``row``.

        Raises:
            UserError: The page cannot be rendered, or is larger than a market accepts.
        """
        return html_question(self.page(row), frame_height)

    def empty_page(self) -> str:
        """Return the page without input: what is not there prints nothing.

        Raises:
            RenderError: The page cannot be rendered.
        """
        template = self._load(empty_environment(self._loader, self._trace))
        return self._render(template, {"input": NoRow("")})

    def _prepared(self, row: object) -> object:
        if isinstance(row, str):
            return RowString(row)
        if not isinstance(row, dict) or self._html_fields.isdisjoint(row):
            return row
        return {
            key: Tagged.of(Kind.FIELD, value)
            if key in self._html_fields and isinstance(value, str)
            else value
            for key, value in row.items()
        }

    def _note(self, hidden: frozenset[str]) -> None:
        for key in sorted(hidden - self._noted):
            self._noted.add(key)
            self.notes.append(
                f"the key {key} is also a name of the template language:"
                f" templates reach it as input.{key} only"
            )

    def _load(self, environment: PageEnvironment) -> Template:
        try:
            return environment.get_template(str(self._loader.page))
        except (TemplateNotFound, TemplateSyntaxError) as problem:
            raise RenderError(self._explained(problem)) from None

    def _render(self, template: Template, variables: dict[str, object]) -> str:
        trace = self._trace
        dice = random.getstate()
        marked = self._run(template, variables, marking=True)
        printed, problems = trace.printed, trace.problems
        if trace.captured and not problems:
            random.setstate(dice)
            plain = self._run(template, variables, marking=False)
            problems = _disagreement(str(template.filename), plain, unmarked(marked))
        trace.printed = printed
        return self._finished(marked, str(template.filename), problems)

    def _run(self, template: Template, variables: dict[str, object], *, marking: bool) -> str:
        self._trace.begin(variables["input"], marking=marking)
        try:
            return "".join(bounded(template.generate(variables)))
        except Exception as problem:
            ours = isinstance(problem, TooLongError) or self._position(problem)
            if isinstance(problem, UserError) or not ours:
                raise
            raise RenderError(*self._trace.problems, self._explained(problem)) from None

    def _finished(self, marked: str, name: str, problems: list[RenderProblem]) -> str:
        """Return the page; raises with ``problems`` and those of where things stand, if any."""
        try:
            page = Page(self._trace.values(marked), name)
        except ValueError as problem:
            found = problems or [RenderProblem("template", f"{name}: {problem}")]
            raise RenderError(*dict.fromkeys(found)) from None
        if problems or page.problems:
            raise RenderError(*dict.fromkeys([*problems, *page.problems]))
        return page.html

    def _position(self, problem: Exception) -> str:
        """Return the file and line of the template that ``problem`` came from, or ""."""
        frames = reversed(traceback.extract_tb(problem.__traceback__))
        found = (frame for frame in frames if frame.filename in self._loader.loaded)
        frame = next(found, None)
        return f"{frame.filename}:{frame.lineno}" if frame else ""

    def _explained(self, problem: Exception) -> RenderProblem:
        at = self._position(problem)
        if isinstance(problem, TemplateSyntaxError):
            name = problem.filename or problem.name
            return RenderProblem("template", f"{name}:{problem.lineno}: {problem.message}")
        if isinstance(problem, TemplateNotFound):
            return RenderProblem("template", self._not_found(at, problem))
        if isinstance(problem, TooLongError):
            return RenderProblem("row", f"{self._loader.page}: {problem}")
        if isinstance(problem, UndefinedError):
            return RenderProblem("row", f"{at}: {problem}")
        if isinstance(problem, SecurityError):
            return RenderProblem("template", f"{at}: {problem}")
        return RenderProblem("row", f"{at}: fails with {type(problem).__name__}: {problem}")

    def _not_found(self, at: str, problem: TemplateNotFound) -> str:
        if not at:
            return f"{self._loader.page}: does not exist; expected a Jinja2 template"
        names = getattr(problem, "templates", [problem.name])
        known = listed(self._loader.list_templates())
        return f"{at}: {listed(map(shown, names))} is in none of the template folders ({known})"


def _disagreement(name: str, plain: str, marked: str) -> list[RenderProblem]:
    if plain == marked:
        return []
    at = next(
        (at for at, pair in enumerate(zip(plain, marked, strict=False)) if len(set(pair)) > 1),
        min(len(plain), len(marked)),
    )
    text = (
        f"{name}: near {shown(plain[max(0, at - 20) : at + 20])}: a filter or a"
        " test looks into text that a macro, a call or a block rendered, which cannot be"
        " followed; apply it to the row's values instead"
    )
    return [RenderProblem("template", text)]


def _is_deep(value: object) -> bool:
    level: list[dict[str, object] | list[object]]
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
    return bool(level)
