"""Rewrites a template's syntax tree so that everything it prints is traced."""

from collections.abc import Sequence

from jinja2 import Environment, TemplateSyntaxError, nodes

from crowdmake.rendering.marks import Site

SHOW, GUARD = "show at", "not rendered"  # no template can spell these filters' names
_MIXES_NOTHING = frozenset(["d", "default", "join", SHOW, GUARD])


class Rewriter:
    """Rewrites one template; ``sites`` gains an entry for each expression that it prints."""

    def __init__(self, environment: Environment, sites: list[Site], template: str) -> None:
        self.environment = environment
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
        if isinstance(node, nodes.Filter) and node.node and _mixes(node):
            node.node = self._filter(node.node, GUARD)
        if isinstance(node, nodes.Mod):
            node.left = self._filter(node.left, GUARD)
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
        return [node.set_environment(self.environment) for node in (capture, use)]

    def _shown(self, node: nodes.Expr) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData):
            return node
        self.sites.append(Site(_source(node), self.template, node.lineno))
        number = nodes.Const(len(self.sites) - 1, lineno=node.lineno)
        return self._filter(node, SHOW, number)

    def _filter(self, node: nodes.Expr, name: str, *arguments: nodes.Expr) -> nodes.Filter:
        new = nodes.Filter(node, name, [*arguments], [], None, None, lineno=node.lineno)
        new.set_environment(self.environment)
        return new


def _mixes(node: nodes.Filter) -> bool:
    """Return whether a filter may mix into its subject what the template does not say."""
    given = [*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs]
    names = (name for part in given if part for name in [part, *part.find_all(nodes.Name)])
    is_open = any(isinstance(name, nodes.Name) for name in names) or bool(given[-2] or given[-1])
    return node.name == "attr" or (is_open and node.name not in _MIXES_NOTHING)


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
