"""The two forms of Huginn's HumanTaskAgent: JSONPath between `<` and `>`, and Liquid.

Both are filled at once, from the row alone, and a value that the row lacks is empty. What each
means: github.com/huginn/huginn/wiki/Formatting-Events-using-Liquid, and of JSONPath
app/models/agents/human_task_agent.rb before 2014.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError
from jsonpath.selectors import NameSelector
from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from crowdmake.interpolation.filters import FILTERS, Credential, LineBreak
from crowdmake.interpolation.texts import InterpolationError, checked_length
from crowdmake.messages import listed, printable, shown
from crowdmake.rendering.escaping import json_text, readable_json

# In the earliest form the dollar sign could be left out: `<.name>`.
_PATH = re.compile(r"<(escape\s+)?(\$(?:[.\[][^<>]*)?|\.[A-Za-z_][^<>]*)>")
_LIQUID = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_NAME = "crowdmake_path_{}"
_ITERATIONS = 100_000
_PLACES = 1000
"""How many places of values a text may have: what finds them is slow where none is closed."""
_LARGEST = 4_000_000
"""How much a text may print, and how much it may keep in variables."""


class AgentText:
    """A text with both forms; see `texts.Text`.

    Each path becomes a variable of the Liquid template, so that no value is read as Liquid.
    """

    def __init__(self, source: str) -> None:
        """Compile the text; raises InterpolationError."""
        self._paths: dict[str, tuple[JSONPath, bool]] = {}
        if source.count("{{") + source.count("{%") > _PLACES:
            raise InterpolationError(f"holds over {_PLACES:,} places of values; expected fewer")
        parts = _LIQUID.split(source)
        parts[::2] = (_PATH.sub(self._variable, part) for part in parts[::2])
        try:
            self._template = _environment().from_string("".join(parts))
            unknown = sorted(_used_filters(self._template) - _environment().filters.keys())
        except (LiquidError, RecursionError) as problem:
            raise InterpolationError(f"not a Liquid template ({_first_line(problem)})") from None
        if unknown:
            raise InterpolationError(f"no Liquid filter is called {listed(unknown)}")

    def filled(self, row: object) -> str:
        """Return the text with the values of ``row``; raises InterpolationError."""
        named = row if isinstance(row, Mapping) else {}
        values = {name: _value(row, *path) for name, path in self._paths.items()}
        try:
            text = self._template.render(_printable({"input": row, **named}) | values)
        except Exception as problem:  # noqa: BLE001 - whatever a row's value makes of a filter
            raise InterpolationError(f"fails: {_first_line(problem)}") from None
        return checked_length(text)

    def names(self) -> set[str]:
        """Return the keys of the row that the text uses, in either form."""
        found: set[object] = set()
        for first, *rest in self._template.global_variable_segments():
            if first in self._paths:
                selectors = [s for part in self._paths[first][0].segments for s in part.selectors]
                found |= {each.name for each in selectors[:1] if isinstance(each, NameSelector)}
            else:
                found |= set(rest[:1]) if first == "input" else {first}
        return {name for name in found if isinstance(name, str)}

    def _variable(self, found: re.Match[str]) -> str:
        path = found[2] if found[2].startswith("$") else f"${found[2]}"
        name = _NAME.format(len(self._paths))
        try:
            compiled = _paths().compile(path)
        except (JSONPathError, RecursionError) as problem:
            reason = f"{shown(found[0])} holds no JSONPath ({_first_line(problem)})"
            raise InterpolationError(reason) from None
        if not isinstance(compiled, JSONPath):
            raise InterpolationError(f"{shown(found[0])} holds several JSONPaths; expected one")
        self._paths[name] = (compiled, bool(found[1]))
        return f"{{{{ {name} }}}}"


def _value(row: object, path: JSONPath, escapes: bool) -> str:
    """Return the first value that a path leads to as text; empty where there is none."""
    if not isinstance(row, Mapping | list):
        return ""
    try:
        found = path.findall(row)
    except (JSONPathError, RecursionError) as problem:
        raise InterpolationError(f"{path}: {_first_line(problem)}") from None
    if not found or found[0] is None:
        return ""
    first = found[0]
    text = first if isinstance(first, str) else readable_json(json_text(first))
    return quote_plus(text) if escapes else text


class _Object(dict[str, Any]):
    """An object of a row, which prints as JSON."""

    def __str__(self) -> str:
        return readable_json(json_text(self))


def _printable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Object({name: _printable(inner) for name, inner in value.items()})
    return [_printable(each) for each in value] if isinstance(value, list) else value


class _Environment(Environment):
    loop_iteration_limit = _ITERATIONS
    output_stream_limit = _LARGEST
    local_namespace_limit = _LARGEST


@cache
def _environment() -> Environment:
    environment = _Environment()
    for name, function in FILTERS.items():
        environment.add_filter(name, function)
    environment.add_tag(LineBreak)
    environment.add_tag(Credential)
    for name in ("include", "render"):  # there are no other templates
        del environment.tags[name]
    return environment


@cache
def _paths() -> JSONPathEnvironment:
    """Return what compiles paths: without regular expressions, which can take hours."""
    environment = JSONPathEnvironment(strict=True)
    for name in ("match", "search"):
        del environment.function_extensions[name]
    return environment


def _used_filters(template: BoundTemplate) -> set[str]:
    return set(template.analyze(include_partials=False).filters)


def _first_line(problem: Exception) -> str:
    return printable(str(problem).partition("\n")[0]) or type(problem).__name__
