"""Imports from places that LangChain left with 1.0, and what to write instead (MR203)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from mdrun.linting.cells import cell_of, parsed
from mdrun.linting.found import Found
from mdrun.linting.suppressed import is_suppressed
from mdrun.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mdrun.planning import Plan, Step

NewHome: TypeAlias = "Callable[[str, str], str | None]"
"""Says which module has a name now that another had; None where it still does."""

OLD_MODULE = "langchain"
"""Stands in every block with such an import."""
_FORGIVEN = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_ALONE = re.compile(r"[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+[\w, \t]+")
"""A statement with a line of its own, and nothing behind it."""
_FROM = re.compile(r"from[ \t]+(?P<module>[\w.]+)")


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of code with an import from a place that is no more."""

    line: int
    """From 1, in the block."""
    message: str
    written: str
    """The line as Python reads it; in the note more may stand to its left."""
    edit: Edit | None
    """What to change in the line; None where that is not safe to say."""


def in_imports(plan: Plan, new_home: NewHome) -> Iterator[Found]:
    """Yield the moved imports in a plan's blocks."""
    for step in plan.steps:
        if OLD_MODULE not in step.block.source or _is_excused(step):
            continue
        for moved in moved_in(step.block.source, new_home):
            if not is_suppressed("MR203", step.block.source, moved.line):
                yield Found(step.note.path, step.block.line + moved.line, "MR203", moved.message, step.trail)


def _is_excused(step: Step) -> bool:
    """Tell whether a block never runs, or says that an import of its may fail."""
    raises = str(step.options.get("raises", "")).rpartition(".")[2]
    return step.options.get("skip") is True or step.options.get("may_fail") is True or raises in _FORGIVEN


@lru_cache(maxsize=1024)
def moved_in(block: str, new_home: NewHome) -> tuple[Moved, ...]:
    """Return the moved imports in a block, none where Python cannot read it.

    One that is tried and caught has thought of that.
    """
    source = cell_of(block).source
    tree = parsed(source)
    if tree is None:
        return ()
    lines, tried = source.split("\n"), _tried(tree)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) and node not in tried]
    imports.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(moved for node in imports for moved in _moved(node, lines[node.lineno - 1], new_home))


def _tried(tree: ast.AST) -> set[ast.AST]:
    attempts = (node for node in ast.walk(tree) if isinstance(node, ast.Try) and node.handlers)
    return {inner for attempt in attempts for inner in ast.walk(attempt)}


def _moved(node: ast.Import | ast.ImportFrom, line: str, new_home: NewHome) -> Iterator[Moved]:
    if isinstance(node, ast.Import):
        yield from _modules(node, line, new_home)
        return
    if node.level or not node.module:
        return
    homes: dict[str, list[str]] = defaultdict(list)
    for alias in node.names:
        homes[new_home(node.module, alias.name) or node.module].append(_written(alias))
    edit = _edit(node, line, homes)
    for home, names in homes.items():
        if home != node.module:
            yield Moved(node.lineno, f"{', '.join(names)} moved from {node.module} to {home}", line, edit)


def _modules(node: ast.Import, line: str, new_home: NewHome) -> Iterator[Moved]:
    """Yield the moved modules of `import a, b as c`; without `as`, the code below names them as well."""
    for alias in node.names:
        if home := new_home(alias.name, ""):
            start = _characters(line, alias.col_offset)
            place = Span(start, start + len(alias.name))
            safe = alias.asname and alias.lineno == node.lineno and place.cut(line) == alias.name
            yield Moved(node.lineno, f"{alias.name} moved to {home}", line, Edit(place, home) if safe else None)


def _edit(node: ast.ImportFrom, line: str, homes: Mapping[str, list[str]]) -> Edit | None:
    """Return what writes the new places: in the place of the old one, or a statement for each."""
    found = _FROM.match(line, _characters(line, node.col_offset))
    if found is None or found["module"] != node.module:
        return None
    if len(homes) == 1:
        return Edit(Span(*found.span("module")), next(iter(homes)))
    if not _ALONE.fullmatch(line):
        return None
    statements = [f"{line[: found.start()]}from {home} import {', '.join(names)}" for home, names in homes.items()]
    return Edit(Span(0, len(line)), "\n".join(statements))


def _characters(line: str, offset: int) -> int:
    """Return how many characters the first `offset` bytes of a line are."""
    return len(line.encode()[:offset].decode())


def _written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name
