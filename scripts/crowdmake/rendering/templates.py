"""The Jinja2 environment of HIT pages: a sandbox in which everything printed is traced."""

import difflib
from typing import Any, ClassVar

from jinja2 import BaseLoader, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import ChainableUndefined, Context, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.utils import missing, pass_context
from markupsafe import Markup

from crowdmake.messages import listed, printable, shown
from crowdmake.rendering.escaping import html_text, json_text, readable_json
from crowdmake.rendering.marks import Kind, NoRow, RowString, Tagged, Trace, trimmed, unmarked
from crowdmake.rendering.rewriting import GUARD, SHOW, Rewriter


class PageEnvironment(ImmutableSandboxedEnvironment):
    """Renders pages; every expression that is printed goes through ``trace``."""

    def __init__(self, loader: BaseLoader, trace: Trace, undefined: type[Undefined]) -> None:
        super().__init__(autoescape=True, loader=loader, undefined=undefined)
        self.trace = trace
        self.concat = trace.capture  # type: ignore[method-assign]  # as Jinja2's native types do
        self.filters |= {
            SHOW: _show,
            GUARD: _guard,
            "tojson": _tojson,
            "safe": _safe,
            "e": _escape,
            "escape": _escape,
            "forceescape": lambda value: _escape(_plain(value)),
            "trim": _trim,
            "length": _length,
            "count": _length,
        }

        self.globals["range"] = self._range

    def _range(self, *bounds: int) -> range:
        numbers = safe_range(*bounds)
        self.trace.count(len(numbers))
        return numbers

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return ``obj.attribute``: of an object of the row its own key, before any method."""
        if isinstance(obj, NoRow):
            return self.undefined(name=attribute)
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(_guard(obj) if isinstance(obj, str) else obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return ``obj[argument]``; the input of a page without input has nothing."""
        if isinstance(obj, NoRow):
            return self.undefined(name=argument)
        return super().getitem(obj, argument)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        """Return the Python code of a template all of whose output is traced."""
        Rewriter(self, self.trace.sites, filename or name or "").rewrite(source)
        return super()._generate(source, name, filename, defer_init)


class _RowUndefined(StrictUndefined):
    """What is undefined says so, with the names that are near."""

    trace: ClassVar[Trace]

    @property
    def _undefined_message(self) -> str:
        name, owner = self._undefined_name, self._undefined_obj
        if self._undefined_hint or not isinstance(name, str):
            return self._undefined_hint or f"nothing has the index {shown(name)}"
        in_row = owner is missing or owner is self.trace.row
        owner = self.trace.row if in_row else owner
        subject = "the row" if in_row else shown(owner)
        if not isinstance(owner, dict):
            return f'{subject} is no object and has no key "{name}"'
        keys = [printable(key) for key in owner]
        close = difflib.get_close_matches(name, keys, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f'{subject} has no key "{name}" (its keys: {listed(keys)}){hint}'


class _Nothing(ChainableUndefined):
    """What is undefined on a page without input: it prints nothing and goes on being nothing."""

    def _fail_with_undefined_error(self, *_: Any, **__: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _fail_with_undefined_error
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _fail_with_undefined_error
    __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _fail_with_undefined_error
    __lt__ = __le__ = __gt__ = __ge__ = __call__ = _fail_with_undefined_error
    __round__ = __abs__ = _fail_with_undefined_error

    def _whole(self) -> Any:
        return 0

    def _real(self) -> Any:
        return 0.0

    __int__ = __index__ = _whole
    __float__ = _real


def page_environment(loader: BaseLoader, trace: Trace) -> PageEnvironment:
    """Return the environment that renders rows."""
    undefined = type("RowUndefined", (_RowUndefined,), {"trace": trace, "__slots__": ()})
    return PageEnvironment(loader, trace, undefined)


def empty_environment(loader: BaseLoader, trace: Trace) -> PageEnvironment:
    """Return the environment that renders the page without input."""
    return PageEnvironment(loader, trace, _Nothing)


@pass_context
def _show(context: Context, value: object, number: int) -> Markup:
    trace: Trace = context.environment.trace  # type: ignore[attr-defined]  # PageEnvironment's
    return trace.show(value, trace.sites[number])


def _guard(value: Any) -> Any:
    """Return ``value``, unless it is rendered text, into which data would be mixed unseen."""
    if isinstance(value, list | tuple):
        return type(value)(_guard(item) for item in value)
    if isinstance(value, str) and unmarked(value) != value:
        raise SecurityError(
            "what a macro, a call or a block rendered takes no method, % or filter that"
            " mixes in other values; print them inside it, or filter them before"
        )
    return value


def _length(value: Any) -> int:
    return len(unmarked(value) if isinstance(value, str) else value)


def _tojson(value: object, indent: int | None = None) -> Tagged:
    if isinstance(value, Undefined):
        return Tagged.of(Kind.JSON, str(value) or "null", absent=True)
    if isinstance(value, Tagged) and value.kind is Kind.JSON:
        return value
    text = unmarked(json_text(value, indent))
    return Tagged.of(Kind.JSON, text, absent=isinstance(value, NoRow))


def _safe(value: object) -> object:
    if isinstance(value, Undefined):
        return value
    if isinstance(value, RowString) or not isinstance(value, str):
        return value if hasattr(value, "__html__") else _tojson(value)
    is_marked = unmarked(value) != value
    is_json = isinstance(value, Tagged) and value.kind is Kind.JSON
    return value if is_marked or is_json else Tagged.of(Kind.TRUSTED, str(value))


def _plain(value: object) -> object:
    return unmarked(str(value)) if isinstance(value, Markup) else value


def _escape(value: object) -> Markup:
    if hasattr(value, "__html__"):
        return value if isinstance(value, Markup) else Markup(value)  # noqa: S704 - it is markup
    is_text = isinstance(value, str | Undefined) and not isinstance(value, RowString)
    text = str(value) if is_text else readable_json(json_text(value))
    return Markup(html_text(text))  # noqa: S704 - escaped


def _trim(value: object, chars: str | None = None) -> object:
    if isinstance(value, Markup) and chars is None:
        return type(value)(trimmed(value))
    return str(value).strip(chars) if not isinstance(value, str) else value.strip(chars)
