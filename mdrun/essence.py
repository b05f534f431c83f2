"""Code without what a run does not notice: comments, blank lines, trailing blanks (G9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_CODE = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>(?P<prefix>[A-Za-z]{0,2})(?P<quote>'''|\"\"\"|'|"))
    | (?P<opening>[(\[{])
    | (?P<closing>[)\]}])
    | (?P<magic>=[ \t]*%)
    | (?P<colon>:)
    | (?P<conversion>!(?=[rsa][ \t]*[:}]))
    | (?P<other>
        (?:(?>[A-Za-z0-9_\x80-\U0010ffff]+)(?!['"])|[ \t\f]+|\\\n|!=|=(?![ \t]*%)|[-+*/%@&|^~<>.,;])+
        | [A-Za-z0-9_\x80-\U0010ffff]+
      )
    """,
    re.VERBOSE,
)
_IN_STRING = {
    quote: re.compile(rf"\\.|{quote}" if len(quote) > 1 else rf"\\.|\n|{quote}", re.DOTALL)
    for quote in ("'", '"', "'''", '"""')
}
"""What counts in a string with these quotes: escapes, its end, and the line end it may not hold."""
_TEMPLATE = re.compile(r"\\N\{[^{}\n]*\}|\\[^{}]|\\|\{\{|\}\}|[{}\n'\"]|[^\\{}\n'\"]+", re.DOTALL)
_FORMAT = re.compile(r"\\.|[{}\n'\"\\]|[^\\{}\n'\"]+", re.DOTALL)
_IPYTHON_LINE = re.compile(r"[ \t\f]*[%!?,;/]")
_TEMPLATES = {"f", "fr", "rf", "t", "tr", "rt"}
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_FIELD = "field"
"""A replacement field of an f-string is open."""
_SPEC = "spec"
"""The format at the end of a replacement field is open."""


@lru_cache(maxsize=4096)
def essence(source: str) -> str:
    """Return code without comments, blank lines and trailing blanks; as it is where it is not Python.

    Python's own tokenizers differ from version to version about f-strings and IPython's marks;
    this one says the same in all. Its work grows linearly with the code.
    """
    scan = _Scan(source)
    return "\n".join(line for line in scan.lines if line) if scan.is_python() else source


@dataclass(slots=True)
class _Scan:
    """A pass over code that finds its lines; those inside of strings are part of one."""

    source: str
    lines: list[str] = field(default_factory=list)
    _position: int = 0
    _start: int = 0
    """Where the line we are in starts."""
    _open: list[str] = field(default_factory=list)
    """What is open: closers of brackets, quotes of f-strings, and their fields."""
    _templates: int = 0
    """How many f-strings are open, one in a field of the other."""

    def is_python(self) -> bool:
        """Read on to the end; tell whether all can be Python, and nothing in it is left open."""
        if _IPYTHON_LINE.match(self.source):
            return False
        while self._position < len(self.source):
            if not self._step(self._open[-1] if self._open else ""):
                return False
        self._end_line(len(self.source))
        return not self._open

    def _step(self, inside: str) -> bool:
        if inside == _SPEC:
            return self._format()
        return self._template(inside) if inside[:1] in {"'", '"'} else self._code(inside)

    def _code(self, inside: str) -> bool:
        token = _CODE.match(self.source, self._position)
        if token is None:
            return False
        self._position = token.end()
        match token.lastgroup:
            case "comment" | "newline":
                return self._line_ends(token)
            case "string":
                return self._string(token["prefix"], token["quote"])
            case "closing":
                return self._closes(token[0], inside)
            case "opening":
                self._open.append(_CLOSERS[token[0]])
            case "colon" if inside == _FIELD:
                self._open[-1] = _SPEC
        return token.lastgroup != "magic" and (token.lastgroup != "conversion" or inside == _FIELD)

    def _closes(self, bracket: str, inside: str) -> bool:
        if bracket != ("}" if inside == _FIELD else inside):
            return False
        self._open.pop()
        return True

    def _line_ends(self, token: re.Match[str]) -> bool:
        """End a line, but for one in a field of an f-string; tell whether the next can be Python."""
        if self._templates:
            return True
        self._end_line(token.start())
        self._start = token.end()
        return bool(self._open) or token[0] != "\n" or not _IPYTHON_LINE.match(self.source, self._start)

    def _end_line(self, end: int) -> None:
        self.lines.append(self.source[self._start : end].rstrip(" \t\f"))

    def _string(self, prefix: str, quote: str) -> bool:
        if prefix.lower() in _TEMPLATES:
            self._open.append(quote)
            self._templates += 1
            return True
        for mark in _IN_STRING[quote].finditer(self.source, self._position):
            self._position = mark.end()
            if mark[0][0] != "\\":
                return mark[0] == quote
        return False

    def _template(self, quote: str) -> bool:
        """Read on in the text of an f-string."""
        if self.source.startswith(quote, self._position):
            self._position += len(quote)
            self._open.pop()
            self._templates -= 1
            return True
        text = _TEMPLATE.match(self.source, self._position)
        if text is None or text[0] == "}":
            return False
        self._position = text.end()
        if text[0] == "{":
            self._open.append(_FIELD)
        return text[0] != "\n" or len(quote) > 1

    def _format(self) -> bool:
        """Read on in the format of a field, which may hold fields itself."""
        quote = self._open[-2]
        text = _FORMAT.match(self.source, self._position)
        if text is None or self.source.startswith(quote, self._position):
            return False
        self._position = text.end()
        if text[0] == "{":
            self._open.append(_FIELD)
        elif text[0] == "}":
            self._open.pop()
        return text[0] != "\n" or len(quote) > 1
