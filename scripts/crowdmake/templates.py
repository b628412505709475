"""The Jinja2 environment of HIT pages: a sandbox in which everything printed is traced."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import BaseLoader, Environment, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.runtime import ChainableUndefined, Context, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing, pass_context
from markupsafe import Markup

from crowdmake.escaping import bad_character, html_text, json_text
from crowdmake.marks import Kind, NoRow, RowString, Site, Tagged, Trace, trimmed, unmarked
from crowdmake.messages import listed, printable, shown

_SHOW = "show at"  # no template can spell this filter's name


class FolderLoader(BaseLoader):
    """Loads templates from the given folders, and from nowhere else."""

    def __init__(self, page: Path, folders: Sequence[Path]) -> None:
        self.page = page
        self.folders = [folder.resolve() for folder in folders]
        self.loaded: set[str] = set()

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja2's signature
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of a template, the path that messages name, and that it is current.

        Raises:
            TemplateNotFound: None of the folders holds such a file.
            TemplateSyntaxError: It is not UTF-8, or holds what a page cannot.
        """
        path = self.page if template == str(self.page) else self._find(template)
        name = _displayed(path)
        self.loaded.add(name)
        return _read(path, name), name, lambda: True

    def list_templates(self) -> list[str]:
        """Return the names that an include may give."""
        found = (path for folder in self.folders for path in folder.rglob("*.html"))
        return sorted({path.name for path in found})

    def _find(self, template: str) -> Path:
        for folder in self.folders:
            path = (folder / template).resolve()
            if path.is_file() and any(path.is_relative_to(root) for root in self.folders):
                return path
        raise TemplateNotFound(template)


class PageEnvironment(ImmutableSandboxedEnvironment):
    """Renders pages; every expression that is printed goes through ``trace``."""

    def __init__(self, loader: BaseLoader, trace: Trace, undefined: type[Undefined]) -> None:
        super().__init__(autoescape=True, loader=loader, undefined=undefined)
        self.trace = trace
        self.concat = trace.capture  # type: ignore[assignment]  # as Jinja2's native types do
        self.filters[_SHOW] = _show
        self.filters |= {
            "tojson": _tojson,
            "safe": _safe,
            "e": _escape,
            "escape": _escape,
            "forceescape": lambda value: _escape(_plain(value)),
            "trim": _trim,
        }

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return ``obj.attribute``: of an object of the row its own key, before any method."""
        if isinstance(obj, NoRow):
            return self.undefined(name=attribute)
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return ``obj[argument]``; the input of a page without input has nothing."""
        if isinstance(obj, NoRow):
            return self.undefined(name=argument)
        return super().getitem(obj, argument)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, **options: Any
    ) -> str:
        """Return the Python code of a template all of whose output is traced."""
        template = filename or name or ""
        _Rewriter(self.trace.sites, template).rewrite(source)
        return super()._generate(source, name, filename, **options)


class _Rewriter:
    """Rewrites a template's syntax tree so that nothing reaches the page untraced."""

    def __init__(self, sites: list[Site], template: str) -> None:
        self.sites = sites
        self.template = template
        self.captures = 0

    def rewrite(self, node: nodes.Node) -> None:
        """Rewrite everything below ``node`` in place."""
        for name, value in list(node.iter_fields()):
            if isinstance(value, list):
                setattr(node, name, [new for item in value for new in self._replace(item)])
            elif isinstance(value, nodes.Node):
                self.rewrite(value)
        if isinstance(node, nodes.Output):
            node.nodes = [self._shown(child) for child in node.nodes]
        if isinstance(node, nodes.Import | nodes.FromImport):
            # Jinja2 would keep the module, with the marks of the row that came first.
            node.with_context = True
        if isinstance(node, nodes.ScopedEvalContextModifier | nodes.EvalContextModifier):
            message = "{% autoescape %} is not available; write |safe where HTML is trusted"
            raise TemplateSyntaxError(message, node.lineno, filename=self.template)

    def _replace(self, item: object) -> list[object]:
        """Return what stands for ``item``: filters of blocks become filters of expressions."""
        new: list[object] = [item]
        if isinstance(item, nodes.FilterBlock):
            new = self._filtered(item, item.filter, None)
        elif isinstance(item, nodes.AssignBlock) and item.filter:
            new = self._filtered(item, item.filter, item.target)
        for node in new:
            if isinstance(node, nodes.Node):
                self.rewrite(node)
        return new

    def _filtered(
        self,
        block: nodes.FilterBlock | nodes.AssignBlock,
        chain: nodes.Filter,
        target: nodes.Expr | None,
    ) -> list[object]:
        name, line = f"crowdmake_capture_{self.captures}", block.lineno
        self.captures += 1
        innermost = chain
        while isinstance(innermost.node, nodes.Filter):
            innermost = innermost.node
        innermost.node = nodes.Name(name, "load", lineno=line)
        capture = nodes.AssignBlock(
            nodes.Name(name, "store", lineno=line), None, block.body, lineno=line
        )
        use: nodes.Stmt = nodes.Output([chain], lineno=line)
        if target is not None:
            use = nodes.Assign(target, chain, lineno=line)
        return [node.set_environment(chain.environment) for node in (capture, use)]

    def _shown(self, node: nodes.Expr) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData):
            return node
        self.sites.append(Site(_source(node), self.template, node.lineno))
        number = nodes.Const(len(self.sites) - 1, lineno=node.lineno)
        shown = nodes.Filter(node, _SHOW, [number], [], None, None, lineno=node.lineno)
        return shown.set_environment(node.environment)


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

    def _nothing(self, *_: object, **__: object) -> "_Nothing":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _nothing
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _nothing
    __pow__ = __rpow__ = __neg__ = __pos__ = __call__ = _nothing  # type: ignore[assignment]


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
    return Markup(html_text(str(value) if is_text else json_text(value)))  # noqa: S704 - escaped


def _trim(value: object, chars: str | None = None) -> object:
    if isinstance(value, Markup) and chars is None:
        return type(value)(trimmed(value))
    return str(value).strip(chars) if not isinstance(value, str) else value.strip(chars)


def _displayed(path: Path) -> str:
    whole = path.resolve()
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


def _read(path: Path, name: str) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise TemplateSyntaxError("is not UTF-8; save it as UTF-8", line, name, name) from None
    for number, line_text in enumerate(text.split("\n"), start=1):
        if bad := bad_character(line_text):
            message = f"holds {bad}, which a page cannot hold; take it out"
            raise TemplateSyntaxError(message, number, name, name)
    return text


def _source(node: nodes.Node) -> str:
    """Return an expression about as its author wrote it."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Const():
            return repr(node.value)
        case nodes.Getattr():
            return f"{_source(node.node)}.{node.attr}"
        case nodes.Getitem():
            return f"{_source(node.node)}[{_source(node.arg)}]"
        case nodes.Filter() if node.node:
            return f"{_source(node.node)}|{node.name}{_arguments(node.args)}"
        case nodes.Call():
            return f"{_source(node.node)}{_arguments(node.args) or '()'}"
        case nodes.Concat():
            return " ~ ".join(_source(part) for part in node.nodes)
        case _:
            return "…"


def _arguments(arguments: Sequence[nodes.Node]) -> str:
    return f"({', '.join(_source(argument) for argument in arguments)})" if arguments else ""
