"""Where in a JavaScript source a marker stands: in code, or inside something that quotes it.

Data may stand in code, as JSON. Inside a string, a template, a comment or a regular
expression it would be read as more code or as other text, so the lexical grammar
(https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar) has to be followed up
to each marker. Where a slash may be a division or a regular expression and only a full
parser could tell, everything after it is `unclear`.
"""

import bisect
import re
from collections.abc import Iterator, Sequence

CODE, UNCLEAR, JSON_STRING = "code", "unclear", "json string"

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>//[^\n\r\u2028\u2029]*|<!--[^\n\r\u2028\u2029]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\\n\r]|\\\r\n|\\.)*'|"(?:[^"\\\n\r]|\\\r\n|\\.)*")
    |(?P<word>(?:[\w$\#]|\\u)+)
    |(?P<step>\+\+|--)
    |(?P<unended>/\*|['"])
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])+/\w*")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(?P<end>`|\$\{)", re.DOTALL)
_BEFORE_OPERAND = {
    "await", "case", "delete", "do", "else", "in", "instanceof", "new", "of", "return", "throw",
    "typeof", "void", "yield",
}  # fmt: skip
_BEFORE_STATEMENT = {"for", "if", "while", "with"}
_PARSE = re.compile(r"(?:\bJSON\.parse|\bparseJSON)\(\s*$")


def states(source: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Return for each span (start, end; ascending) of ``source`` the kind of token around it.

    The kinds are `code`, `string`, `template`, `comment`, `regex`, `unclear`, and
    `json string` for a span that fills the string given to `JSON.parse`.
    """
    tokens = list(_Lexer(source, spans))
    ends = [end for _, end in tokens]
    found = []
    for start, end in spans:
        number = bisect.bisect_right(ends, start)
        kind = tokens[number][0] if number < len(tokens) else UNCLEAR
        opening = ends[number - 1] if number else 0
        is_quoted = kind in ("string", "template") and _is_parsed(source, opening, start, end)
        found.append(JSON_STRING if is_quoted else kind)
    return found


def _is_parsed(source: str, opening: int, start: int, end: int) -> bool:
    """Return whether the literal that opens there is nothing but the span, and is parsed."""
    quote = source[opening]
    is_whole = not source[opening + 1 : start].strip()
    closing = re.compile(rf"\s*{quote}\s*\)")
    return is_whole and bool(_PARSE.search(source, 0, opening) and closing.match(source, end))


class _Lexer:
    """Iterates over (kind, end) of the tokens of one source; stops where it cannot tell."""

    def __init__(self, source: str, spans: Sequence[tuple[int, int]]) -> None:
        self.source = source
        self.ends = dict(spans)
        self.at = 0
        self.operand: bool | None = False  # whether what came last was one; None: unclear
        self.word = ""  # the last token, if it was a word that is no property's name
        self.after_dot = False
        self.closers: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, int]]:
        while self.at < len(self.source):
            kind = self._step()
            if kind == UNCLEAR:
                return
            yield kind, self.at

    def _step(self) -> str:
        if self.at in self.ends:
            return self._accept(CODE, self.ends[self.at], operand=True)
        token = _TOKEN.match(self.source, self.at)
        if token is None or token["unended"]:
            return UNCLEAR
        kind, text = str(token.lastgroup), token[0]
        if kind == "word":
            return self._word(text)
        if kind == "mark":
            return self._mark(text)
        self.at = token.end()
        if kind == "string":
            return self._accept(kind, token.end(), operand=True)
        return kind if kind == "comment" else CODE

    def _accept(self, kind: str, end: int, *, operand: bool | None, word: str = "") -> str:
        self.at, self.operand, self.word, self.after_dot = end, operand, word, False
        return kind

    def _word(self, text: str) -> str:
        word = "" if self.after_dot else text
        return self._accept(
            CODE, self.at + len(text), operand=word not in _BEFORE_OPERAND, word=word
        )

    def _mark(self, mark: str) -> str:
        if mark == "/" and self.operand is not True:
            return self._regex()
        if mark == "`":
            return self._template()
        if mark in "({[":
            self.closers.append("statement" if self.word in _BEFORE_STATEMENT else mark)
        elif mark in ")}]":
            return self._close(mark)
        self._accept(CODE, self.at + 1, operand=False)
        self.after_dot = mark == "."
        return CODE

    def _close(self, mark: str) -> str:
        opener = self.closers.pop() if self.closers else ""
        if mark == "}" and opener == "${":
            return self._template()
        operand = None if mark == "}" else opener != "statement"
        return self._accept(CODE, self.at + 1, operand=operand)

    def _regex(self) -> str:
        literal = _REGEX.match(self.source, self.at)
        if literal is None or self.operand is None:
            return UNCLEAR
        return self._accept("regex", literal.end(), operand=True)

    def _template(self) -> str:
        part = _TEMPLATE.match(self.source, self.at + 1)
        if part is None:
            return UNCLEAR
        if part["end"] == "${":
            self.closers.append("${")
        return self._accept("template", part.end(), operand=part["end"] == "`")
