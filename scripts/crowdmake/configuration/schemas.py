"""JSON Schema checks whose findings are lines for a person, every one at once."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from crowdmake import workflow_root
from crowdmake.messages import nearest, printable, shown

Schema = dict[str, Any]

_DIGITS = 100
# JSON Schema takes 3.0 for an integer and Python's NaN for a number; the API takes neither.
_TYPES = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        "number": lambda _, value: (
            isfinite(value)
            if isinstance(value, float)
            else isinstance(value, int) and not isinstance(value, bool)
        ),
    }
)
_Strict: Any = validators.extend(  # type: ignore[no-untyped-call]  # jsonschema's gap
    Draft202012Validator, type_checker=_TYPES
)


@cache
def shipped(name: str) -> Draft202012Validator:
    """Return the validator of ``schemas/{name}.schema.yaml``."""
    text = (workflow_root / "schemas" / f"{name}.schema.yaml").read_text(encoding="utf-8")
    return cast(Draft202012Validator, _Strict(yaml.safe_load(text)))


def problems(validator: Draft202012Validator, value: object) -> list[str]:
    """Return one line per fault of ``value``, beginning with the key at fault."""
    found = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    return [printable(line) for error in found for line in _lines(error)]


def section(validator: Draft202012Validator, name: str) -> Draft202012Validator:
    """Return the validator of one top-level property."""
    schema: Any = validator.schema
    narrowed: Any = validator.evolve(schema=schema["properties"][name] | {"$defs": schema["$defs"]})
    return cast(Draft202012Validator, narrowed)


def schema_problem(schema: object) -> str | None:
    """Return what is wrong with a JSON Schema itself, or None.

    References lead to the schema's own parts only: nothing is fetched.
    """
    try:
        Draft202012Validator.check_schema(schema)  # type: ignore[arg-type]  # what a user wrote
    except SchemaError as error:
        return f"{_place(error)}{error.message}"
    resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            return f"$ref {shown(reference)} leads nowhere in the schema"
    return None


def _references(schema: object) -> Iterator[str]:
    parts: Iterable[object] = schema if isinstance(schema, list) else ()
    if isinstance(schema, dict):
        parts = schema.values()
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
    for part in parts:
        yield from _references(part)


def first_problem(schema: Schema, value: object) -> str | None:
    """Return the first fault of ``value`` under ``schema`` in words, or None."""
    validator = Draft202012Validator(schema, registry=Registry())
    error = next(iter(validator.iter_errors(value)), None)
    return None if error is None else f"{_place(error)}{error.message}"


def read_document(path: Path) -> Any:
    """Return what a YAML or JSON file holds.

    Raises:
        ValueError: the file cannot be read; the message names the file and the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"{path}: does not exist") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path}: cannot be read ({problem})") from None
    return _parsed(path, text)


def _parsed(path: Path, text: str) -> Any:
    if path.suffix == ".json":
        try:
            return json.loads(text, object_pairs_hook=_unrepeated)
        except json.JSONDecodeError as problem:
            raise ValueError(f"{path}:{problem.lineno}: not JSON ({problem.msg})") from None
        except RecursionError:
            raise ValueError(f"{path}: nested too deeply; expected a few levels") from None
        except ValueError as problem:
            raise ValueError(f"{path}: {problem}") from None
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader underneath
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise ValueError(f"{path}:{line}: not YAML ({problem.problem})") from None
    except yaml.YAMLError as problem:
        raise ValueError(f"{path}: not YAML ({' '.join(str(problem).split())})") from None
    except RecursionError:
        raise ValueError(f"{path}: nested too deeply; expected a few levels") from None
    except ValueError as problem:  # such as a 13th month
        raise ValueError(f"{path}: not YAML ({problem})") from None


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, but repeated keys and endless numbers are errors."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return the node of a mapping, in which no key stands twice."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise _marked(f"key {shown(key.value)} stands twice", key)
                seen.add(key.value)
        return node

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        """Return the node of a scalar that Python can print once it is a number."""
        node = super().compose_scalar_node(anchor)
        if node.tag == "tag:yaml.org,2002:int" and len(node.value) > _DIGITS:
            raise _marked(f"a number of {len(node.value)} digits", node)
        return node


def _marked(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {shown(twice)} stands twice in one object; keep one")
    return values


def _lines(error: ValidationError) -> Iterator[str]:
    place = _place(error)
    schema, limit, instance = _parts(error)
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for name in sorted(instance.keys() - known.keys(), key=str):
            yield f"{_join(error, name)}: unknown key; {nearest(str(name), list(known))}"
    elif error.validator == "required":
        missing = next(key for key in limit if f"'{key}'" in error.message[: len(key) + 2])
        meaning = schema.get("properties", {}).get(missing, {}).get("description", "a value")
        expected = f"{meaning[0].lower()}{meaning[1:]}".rstrip(".")
        yield f"{_join(error, missing)}: missing; expected {expected}"
    elif "propertyNames" in error.absolute_schema_path:
        expected = "up to 64 letters, digits, '.', '_' and '-', the first a letter or digit"
        if not isinstance(instance, str):
            expected += ", in quotes where YAML would not read a text"
        noun = "qualification" if place.startswith("qualifications") else "batch"
        yield f"{place}{shown(instance)} is no name for a {noun}; expected {expected}"
    else:
        yield f"{place}found {shown(instance)}; expected {_expected(error)}"


def _parts(error: ValidationError) -> tuple[Any, Any, Any]:
    """Return the schema that failed, its keyword's value, and what was found."""
    return error.schema, error.validator_value, error.instance


def _expected(error: ValidationError) -> str:
    schema, limit, _ = _parts(error)
    if "expected" in schema:
        return str(schema["expected"])
    if error.validator == "enum":
        return f"one of {', '.join(map(str, limit))}"
    if error.validator == "type":
        return " or ".join([limit] if isinstance(limit, str) else limit)
    if error.validator in {"minimum", "maximum", "exclusiveMinimum"}:
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        return f"{low} or more" if "maximum" not in schema else f"{low} to {schema['maximum']}"
    return f"{error.validator} {shown(limit)}"


def _place(error: ValidationError | SchemaError) -> str:
    path = _dotted(list(error.absolute_path))
    return f"{path}: " if path else ""


def _join(error: ValidationError, name: object) -> str:
    return _dotted([*error.absolute_path, name])


def _dotted(path: list[Any]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")
