"""What code binds, and where it only seems to use a name: as far as Python's own parser tells."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize
from bisect import bisect_right
from difflib import get_close_matches
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

from mdrun.linting.cells import mentions, parsed, pure
from mdrun.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OF_IPYTHON = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[ido]h|In|Out|display|get_ipython|exit|quit")
"""Names that IPython binds before the first block, or with each."""
_SHORTEST = 4
"""Letters of a name that others are likened to; of shorter ones too many are alike."""
_CLOSE = 0.75
"""How much alike names must be: a link's words are looked for further afield."""
_VERY_CLOSE = 0.88
"""How much like a builtin one must be."""
_BUILTINS = dir(builtins)
_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""What binds names for itself alone."""
_FUTURE = re.compile(r"^[ \t]*from[ \t]+__future__[ \t]+import\b.*\bannotations\b", re.MULTILINE)


@lru_cache(maxsize=1024)
def bound_by(source: str) -> frozenset[str]:
    """Return the names that code binds for what runs below it; where it does not parse, all that it mentions."""
    tree = parsed(source)
    if tree is None:
        return bound_by(mentions(source))
    return frozenset(name for node in _outside_functions(tree) for name in _bound(node))


@lru_cache(maxsize=1024)
def bound_within(source: str) -> frozenset[str]:
    """Return the names that code binds anywhere, inside of functions too."""
    tree = parsed(source)
    return frozenset(name for node in ast.walk(tree) for name in _bound(node)) if tree else frozenset()


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            pass


def hint_for(name: str, bound: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for a name that is not bound, or nothing."""
    if len(name) < _SHORTEST:
        return ""
    known = {*bound, *_builtins_like(name)} - {name}
    return did_you_mean(name, get_close_matches(name, sorted(known), n=1, cutoff=_CLOSE))


def _builtins_like(name: str) -> Iterator[str]:
    """Yield the builtins that were mistyped, if any was: many names that are a little like one are none."""
    yield from get_close_matches(name, _BUILTINS, n=1, cutoff=_VERY_CLOSE)
    yield from (builtin for builtin in _BUILTINS if sorted(builtin.lower()) == sorted(name.lower()))


@lru_cache(maxsize=1024)
def postpones_annotations(source: str) -> bool:
    """Tell whether annotations below the code are not evaluated."""
    return _FUTURE.search(source) is not None


def is_quoted(source: str, line: int, column: int) -> bool:
    """Tell whether a place in code is inside a string, as a quoted annotation is; fields of f-strings are not."""
    place, strings = (line, column - 1), _strings(source)
    before = bisect_right(strings, place, key=itemgetter(0))
    return bool(before) and place < strings[before - 1][1]


@lru_cache(maxsize=64)
def _strings(source: str) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
    """Return where the strings of code start and end, none where it cannot be read."""
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(pure(source)).readline)]
    except (tokenize.TokenError, SyntaxError):
        return ()
    plain = (token for token in tokens if token.type == tokenize.STRING and not _evaluates(token.string))
    return tuple((token.start, token.end) for token in plain)


def _evaluates(string: str) -> bool:
    """Tell whether a string is an f-string: to Pythons before 3.12 one of them is one token."""
    prefix = re.match("[A-Za-z]*", string)
    return prefix is not None and bool({"f", "t"} & {*prefix[0].lower()})


@lru_cache(maxsize=64)
def annotated(source: str) -> frozenset[tuple[str, int]]:
    """Return the names in annotations, each with its line; none where the code does not parse."""
    tree = parsed(source)
    annotations = (each for node in ast.walk(tree or ast.Module([], [])) for each in _annotations(node))
    names = (name for annotation in annotations for name in ast.walk(annotation) if isinstance(name, ast.Name))
    return frozenset((name.id, name.lineno) for name in names)


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.FunctionDef(returns=ast.expr() as annotation) | ast.AsyncFunctionDef(returns=ast.expr() as annotation):
            yield annotation
        case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
            yield annotation
        case _:
            pass
