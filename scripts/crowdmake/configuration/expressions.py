"""Jinja2 expressions in the configuration, evaluated in a sandbox over one row."""

from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


def expression_problem(source: str) -> str | None:
    """Return why ``source`` is no expression, or None."""
    try:
        compiled(source)
    except TemplateSyntaxError as problem:
        return f"not an expression ({problem.message})"
    return None


def compiled(source: str) -> Callable[..., Any]:
    """Return the function that evaluates ``source`` over the variables it is given.

    Raises:
        TemplateSyntaxError: it is no expression.
    """
    return _environment.compile_expression(source, undefined_to_none=False)
