"""A text to the Python value it shows."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mdrun.compare.trees import Anything, Call, Items, Number, Opaque, Pairs, String

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdrun.compare.trees import Tree

LONGEST = 50_000
"""Characters; a longer text is compared as text."""
_TOKEN = re.compile(
    r"""(?P<string>[A-Za-z]{0,2}(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))|(?P<dots>\.{3})|(?P<word>[\w.]+)"""
    r"""|(?P<opening>[(\[{])|(?P<closing>[)\]}])|(?P<angle><)|(?P<comma>,)|(?P<colon>:)|(?P<blank>\s+)|(?P<other>.)""",
    re.DOTALL,
)
_HIDDEN = "_mdrun_hidden_"


def read(text: str) -> Tree | None:
    """Return the value that `text` is the repr of, None where it is none.

    Beside Python's own syntax, `<...>` may stand for any object, and `...` for the rest of a
    dictionary or a call.
    """
    if len(text) > LONGEST:
        return None
    writing = _Rewriting(text)
    try:
        with warnings.catch_warnings(action="ignore"):
            return _tree(ast.parse(writing.done().strip(), mode="eval").body, writing.hidden)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


@dataclass(slots=True)
class _Rewriting:
    """A repr on its way to Python's syntax."""

    text: str
    hidden: list[str] = field(default_factory=list)
    """What stands in angle brackets, by the number in the name that stands for it."""
    _done: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    """The brackets we are in: `call`, `{`, `[`, `(`; `:` is a brace that holds pairs."""
    _dots: list[list[int]] = field(default_factory=lambda: [[]])
    """Where, in each of them, three dots stand as a member."""
    _last: str | None = None
    """What kind of token came last, blanks aside."""
    _ends: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._ends = _angles(self.text)

    def done(self) -> str:
        position = 0
        while position < len(self.text):
            found = _TOKEN.match(self.text, position)
            assert found is not None  # noqa: S101 - the last alternative takes any character
            position = self._take(found)
        return "".join(self._done)

    def _take(self, found: re.Match[str]) -> int:
        text = found[0]
        match found.lastgroup:
            case "opening":
                is_call = text == "(" and self._before("word")
                self._open.append("call" if is_call else text)
                self._dots.append([])
            case "closing" if self._open:
                self._close(self._open.pop(), self._dots.pop())
            case "dots" if self._before("opening", "comma"):
                self._dots[-1].append(len(self._done))
            case "angle" if end := self._ends.get(found.start()):
                self.hidden.append(self.text[found.start() : end])
                self._say(f" {_HIDDEN}{len(self.hidden) - 1} ", "word")
                return end
            case "colon" if self._open[-1:] == ["{"]:
                self._open[-1] = ":"
        self._say(text, found.lastgroup)
        return found.end()

    def _say(self, text: str, kind: str | None) -> None:
        self._done.append(text)
        self._last = self._last if kind == "blank" else kind

    def _before(self, *kinds: str) -> bool:
        return self._last in kinds

    def _close(self, opening: str, dots: list[int]) -> None:
        """Write the dots of a dictionary or a call as what may stand there."""
        if opening in {"call", ":"}:
            for place in dots:
                self._done[place] = "**..."


def _angles(text: str) -> dict[int, int]:
    """Return where each `<...>` ends, by where it starts; none goes on in the next line."""
    ends: dict[int, int] = {}
    open_ones: list[int] = []
    for found in re.finditer(r"[<>\n]", text):
        if found[0] == "<":
            open_ones.append(found.start())
        elif found[0] == "\n":
            open_ones.clear()
        elif open_ones:
            ends[open_ones.pop()] = found.end()
    return ends


def _tree(node: ast.expr, hidden: list[str]) -> Tree:
    def of(nodes: Iterable[ast.expr]) -> tuple[Tree, ...]:
        return tuple(_tree(each, hidden) for each in nodes)

    match node:
        case ast.List(elts=members):
            return Items("list", of(members))
        case ast.Tuple(elts=members):
            return Items("tuple", of(members))
        case ast.Set(elts=members):
            return Items("set", of(members))
        case ast.Dict(keys=keys, values=values):
            named = [(key, value) for key, value in zip(keys, values, strict=True) if key is not None]
            pairs = zip(of(key for key, _ in named), of(value for _, value in named), strict=True)
            return Pairs(tuple(pairs), _rest(value for key, value in zip(keys, values, strict=True) if key is None))
        case ast.Call(func=func, args=args, keywords=keywords) if (name := _dotted(func)) is not None:
            words = [(word.arg, word.value) for word in keywords if word.arg is not None]
            given = zip((word for word, _ in words), of(value for _, value in words), strict=True)
            return Call(name, of(args), tuple(given), _rest(word.value for word in keywords if word.arg is None))
        case _:
            return _leaf(node, hidden)


def _rest(unnamed: Iterable[ast.expr]) -> bool:
    """Tell whether three dots are among what has no name; anything else there is no value."""
    rest = [isinstance(each, ast.Constant) and each.value is ... for each in unnamed]
    if not all(rest):
        message = "no repr unpacks"
        raise ValueError(message)
    return bool(rest)


def _leaf(node: ast.expr, hidden: list[str]) -> Tree:
    """Return a number or a string, or else what is compared as it is written."""
    match node:
        case ast.Constant(value=value) if value is ...:
            return Anything()
        case ast.Constant(value=str() as value):
            return String(value)
        case ast.Name(id=name) if name.startswith(_HIDDEN):
            return Opaque(hidden[int(name.removeprefix(_HIDDEN))])
        case _:
            number = _number(node)
            return Opaque(ast.unparse(node)) if number is None else Number(number)


def _number(node: ast.expr) -> complex | None:
    """Return what a number is, with a sign or an imaginary part."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() | complex() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as operand):
            number = _number(operand)
            return None if number is None else -number
        case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=ast.Constant(value=complex() as imaginary)):
            real = _number(left) if isinstance(left, ast.Constant | ast.UnaryOp) else None
            sign = 1 if isinstance(node.op, ast.Add) else -1
            return None if real is None else real + sign * imaginary
        case _:
            return None


def _dotted(node: ast.expr) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed([*names, node.id])) if isinstance(node, ast.Name) else None
