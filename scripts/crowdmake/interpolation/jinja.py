"""Plain texts as Jinja2 templates, in which a value that a row lacks is an error."""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crowdmake.interpolation.texts import InterpolationError, checked_length
from crowdmake.messages import listed, printable
from crowdmake.rendering.escaping import json_text, readable_json
from crowdmake.rendering.renderer import RESERVED


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return ``obj.attribute``: of an object of the row its own key, before any method."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class JinjaText:
    """A text in which `{{ key }}` is the row's value; see `texts.Text`."""

    def __init__(self, source: str) -> None:
        """Compile the text; raises InterpolationError."""
        try:
            self._template = _environment.from_string(source)
            self._parsed = _environment.parse(source)
        except (TemplateError, RecursionError) as problem:
            raise InterpolationError(f"not a template ({printable(str(problem))})") from None

    def filled(self, row: object) -> str:
        """Return the text with the values of ``row``; raises InterpolationError."""
        named = row if isinstance(row, dict) else {}
        variables = {key: value for key, value in named.items() if key not in RESERVED}
        try:
            text = self._template.render({**variables, "input": row})
        except Exception as problem:  # noqa: BLE001 - whatever a row's value makes of a filter
            reason = printable(str(problem)) or type(problem).__name__
            raise InterpolationError(f"{reason}{_keys(named)}") from None
        return checked_length(text)

    def names(self) -> set[str]:
        """Return the keys of the row that the text uses, also as attributes of `input`."""
        found = find_undeclared_variables(self._parsed) - {"input"} - set(_environment.globals)
        attributes = self._parsed.find_all(nodes.Getattr)
        found |= {each.attr for each in attributes if _is_input(each.node)}
        items = (each for each in self._parsed.find_all(nodes.Getitem) if _is_input(each.node))
        keys = (each.arg.value for each in items if isinstance(each.arg, nodes.Const))
        return found | {key for key in keys if isinstance(key, str)}


def _is_input(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "input"


def _keys(named: Mapping[str, Any]) -> str:
    return f" (the row's keys: {listed(map(printable, named))})" if named else ""


def _printed(value: object) -> str:
    """Return a value of the row as text: itself, or its JSON."""
    if isinstance(value, str | Undefined):
        return str(value)  # what is undefined raises, and names itself
    return readable_json(json_text(value))


_environment = _Environment(
    undefined=StrictUndefined, finalize=_printed, keep_trailing_newline=True
)
