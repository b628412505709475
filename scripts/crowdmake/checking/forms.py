"""The form of a page: whether it reaches the market with an assignment, and with which fields.

What a page has to post, and where to:
docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_HTMLQuestionArticle.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crowdmake.checking.findings import Finding
from crowdmake.messages import counted, shown

_MARKET = re.compile(r"https?://[^/]+/+mturk/externalSubmit(\?|$)")
_ABOUT_THE_PAGE = frozenset(["assignmentId", "hitId", "turkSubmitTo", "workerId"])
_BUTTONS = frozenset(["button", "image", "reset", "submit"])
_GROUPS = (
    frozenset(["radio", "crowd-radio-button"]),
    frozenset(["checkbox", "crowd-checkbox"]),
)
_JAVASCRIPT = re.compile(r"|module|(text|application)/(x-)?(java|ecma)script[\d.]*")
# Libraries that many pages load, and that send no answer by themselves.
_LIBRARY = re.compile(
    r"jquery|bootstrap|underscore|lodash|json[23]|popper|d3\b|moment|raphael|fontawesome|mathjax|katex",
    re.IGNORECASE,
)
_AMAZONS = re.compile(r"externalHIT_v\d", re.IGNORECASE)
_EXPECTED = 'expected turkSubmitTo + "/mturk/externalSubmit", set by a script, or that of a market'


class _Scripts:
    """What a page's scripts say, and whether others that are not on the page may say more."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        scripts = tree.css("script")
        sources = [node.attributes.get("src") or "" for node in scripts]
        inline = (node for node in scripts if _is_code(node))
        self.text = "\n".join(node.text() or "" for node in inline)
        self.handlers = "\n".join(
            value
            for node in tree.css("*")
            for name, value in node.attributes.items()
            if value and name.lower().startswith("on")
        )
        self.amazons = any(_AMAZONS.search(source) for source in sources)
        self.others = any(
            source and not _LIBRARY.search(source) and not _AMAZONS.search(source)
            for source in sources
        )
        self.crowd = any("crowd-html-elements" in source for source in sources)

    def say(self, word: str) -> bool:
        return word in self.text or word in self.handlers

    @property
    def any(self) -> bool:
        return bool(self.text.strip() or self.handlers or self.others or self.amazons)


def unsent(html: str) -> Iterator[Finding]:
    """Yield why an answer on this page would not arrive, or not whole."""
    tree = LexborHTMLParser(html)
    scripts = _Scripts(tree)
    crowd_form = tree.css_first("crowd-form")
    if crowd_form is not None:
        yield from _repeated(crowd_form.css("[name]"))
        if not scripts.crowd:
            yield Finding("<crowd-form> does nothing without crowd-html-elements.js; load it")
        return
    forms = tree.css("form")
    for form in forms:
        yield from _repeated(_fields(tree, form))
    yield from _unreached(tree, forms, scripts)
    yield from _simpleamt(scripts)


def _unreached(
    tree: LexborHTMLParser, forms: list[LexborNode], scripts: _Scripts
) -> Iterator[Finding]:
    sets_target = scripts.amazons or scripts.say("externalSubmit")
    actions = [form.attributes.get("action") or "" for form in forms]
    sending = [
        form
        for form, action in zip(forms, actions, strict=True)
        if sets_target or _MARKET.match(action)
    ]
    maybe = not scripts.others
    if not forms and not sets_target:
        yield Finding("no form sends the answer to /mturk/externalSubmit, nor does a script", maybe)
    elif forms and not sending:
        said = (
            f"the form's action is {shown(actions[0])}" if actions[0] else "the form has no action"
        )
        yield Finding(f"{said}; {_EXPECTED}", maybe)
    else:
        yield from _without_assignment(tree, sending, scripts)
        yield from _without_answer(tree, sending, scripts)


def _without_assignment(
    tree: LexborHTMLParser, forms: list[LexborNode], scripts: _Scripts
) -> Iterator[Finding]:
    """Yield that no assignment id is sent: as the page stands nothing fills one in."""
    if scripts.amazons or scripts.say("assignmentId"):
        return
    has_field = any(
        node.attributes.get("name") == "assignmentId"
        for form in forms
        for node in _fields(tree, form)
    )
    if has_field:
        text = "nothing fills in the field assignmentId; a script has to, from the page's address"
    else:
        text = "the form has no field assignmentId; a market takes no answer without it"
    yield Finding(text, is_error=not scripts.others)


def _without_answer(
    tree: LexborHTMLParser, forms: list[LexborNode], scripts: _Scripts
) -> Iterator[Finding]:
    nodes = [node for form in forms for node in _fields(tree, form)]
    named = {name for node in nodes if (name := node.attributes.get("name"))}
    if forms and not named - _ABOUT_THE_PAGE and not scripts.any:
        yield Finding("the form has no named field for the answer; a market takes none without")
    submits = any(_kind(node) in ("submit", "image") for node in nodes)
    if forms and not submits and not re.search(r"submit", scripts.text + scripts.handlers):
        yield Finding("the form has no button that submits it", is_error=not scripts.others)


def _simpleamt(scripts: _Scripts) -> Iterator[Finding]:
    called = scripts.others or scripts.say("simpleamt.setupSubmit(")
    if "var simpleamt" in scripts.text and not called:
        text = "no script calls simpleamt.setupSubmit(), without which the button stays off"
        yield Finding(text, is_error=False)


def _repeated(nodes: list[LexborNode]) -> Iterator[Finding]:
    """Yield names that several fields have, except a group's, whose values are alternatives."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        name = node.attributes.get("name")
        if name and _kind(node) not in _BUTTONS:
            kinds[name].append(_kind(node))
    for name, found in kinds.items():
        if len(found) > 1 and not any(group.issuperset(found) for group in _GROUPS):
            text = (
                f"{counted(len(found), 'field')} are called {shown(name)} ({', '.join(found[:4])})"
            )
            yield Finding(f"{text}; a market joins their values into one; name each on its own")


def _fields(tree: LexborHTMLParser, form: LexborNode) -> list[LexborNode]:
    """Return the controls inside the form, and those elsewhere that name it as theirs."""
    controls = "input, select, textarea, button"
    inside = [node for node in form.css(controls) if "form" not in node.attributes]
    identity = form.attributes.get("id")
    owned = [node for node in tree.css("[form]") if node.attributes["form"] == identity]
    return [*inside, *(owned if identity else [])]


def _kind(node: LexborNode) -> str:
    tag = node.tag or ""
    default = {"input": "text", "button": "submit"}.get(tag, tag)
    return (node.attributes.get("type") or default).lower() if tag in ("input", "button") else tag


def _is_code(node: LexborNode) -> bool:
    return bool(_JAVASCRIPT.fullmatch((node.attributes.get("type") or "").strip().lower()))
