"""What is wrong with the code of plans: syntax errors and undefined names, over their steps in order (MR2..)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from mdrun.linting.cells import EVERYTHING, SESSION, cell_of, mentions
from mdrun.linting.found import Found
from mdrun.linting.names import (
    OF_IPYTHON,
    annotated,
    bound_by,
    bound_within,
    hint_for,
    is_quoted,
    postpones_annotations,
)
from mdrun.linting.ruff import SYNTAX, UNDEFINED, Complaint
from mdrun.linting.suppressed import is_suppressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mdrun.planning import Plan, Step

Check: TypeAlias = "Callable[[Sequence[Sequence[str]]], Iterable[Complaint]]"
"""Says what is wrong with notebooks, each a sequence of cells."""

GUESSES = 20
"""Undefined names of a note for which the nearest bound one is looked up."""
_ANY_ERROR = {"Exception", "BaseException"}
_SYNTAX_ERRORS = {*_ANY_ERROR, "SyntaxError", "IndentationError", "TabError"}
_NAME_ERRORS = {*_ANY_ERROR, "NameError", "UnboundLocalError"}
_EXECUTE_CODE = re.compile(r"@(?:vault_path|vault_url|vault|note_path|note_url|note|title|theme|content|show|html)\b")
_PROMPT = re.compile(r"[ \t]*>>>(?: |$)")
_QUOTED = re.compile(r"`(\w+)`")
_SAID = {
    "F701": "'break' outside of a loop",
    "F702": "'continue' outside of a loop",
    "F704": "'yield' or 'await' outside of a function",
    "F706": "'return' outside of a function",
    "F707": "an 'except:' without an exception must be the last one",
    "PLE0117": "a nonlocal name that no outer function binds",
    "PLE0118": "a name is used before it is declared global",
}


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the notebook that a plan becomes."""

    source: str
    step: Step | None = None
    """The block it stands for; None where it only says what is bound."""


def in_code(plans: Sequence[Plan], check: Check) -> list[list[Found]]:
    """Return what is wrong with the code of each plan, as far as `check` knows.

    A cell that does not parse would hide all else in its notebook: what it mentions takes its place.
    """
    notebooks = [_notebook(plan, {}) for plan in plans]
    complaints = _by_notebook(check([_sources(cells) for cells in notebooks]))
    torn = [number for number, said in complaints.items() if any(each.code == SYNTAX for each in said)]
    broken = _broken([notebooks[number] for number in torn], check)
    for number in torn:
        notebooks[number] = _notebook(plans[number], broken)
    again = _by_notebook(check([_sources(notebooks[number]) for number in torn]))
    complaints |= {number: again.get(place, []) for place, number in enumerate(torn)}
    return [
        [*_in_syntax(plan, broken), *_Reading(plan, cells).found(complaints.get(number, []))]
        for number, (plan, cells) in enumerate(zip(plans, notebooks, strict=True))
    ]


def _notebook(plan: Plan, broken: Mapping[str, Complaint]) -> list[_Cell]:
    """Return the cells of a plan: its blocks, and in their stead or before them what they bind unseen."""
    cells: list[_Cell] = []
    for step in _running(plan):
        block, cell = step.block, cell_of(step.block.source)
        if cell.unseen:
            cells.append(_Cell(EVERYTHING))
        if cell.complaint or block.anchor is None or cell.source in broken:
            cells.append(_Cell(mentions(block.source)))
        elif cell.source.strip():
            cells.append(_Cell(cell.source, step))
    return cells


def _running(plan: Plan) -> Iterator[Step]:
    return (step for step in plan.steps if step.options.get("skip") is not True)


def _sources(cells: Sequence[_Cell]) -> list[str]:
    return [cell.source for cell in cells]


def _by_notebook(complaints: Iterable[Complaint]) -> dict[int, list[Complaint]]:
    return {number: [*said] for number, said in groupby(complaints, attrgetter("notebook"))}


def _broken(notebooks: Sequence[Sequence[_Cell]], check: Check) -> dict[str, Complaint]:
    """Return the code of cells that do not parse by themselves, and what is wrong with each first."""
    sources = [*dict.fromkeys(cell.source for cells in notebooks for cell in cells if cell.step)]
    complaints = [each for each in check([[source] for source in sources]) if each.code == SYNTAX]
    return {sources[each.notebook]: each for each in reversed(complaints)}


def _in_syntax(plan: Plan, broken: Mapping[str, Complaint]) -> Iterator[Found]:
    for step in _running(plan):
        cell = cell_of(step.block.source)
        if step.block.anchor is None or _is_forgiven(step, _SYNTAX_ERRORS):
            continue
        if cell.complaint:
            yield from _fault(step, 1, cell.complaint)
        elif complaint := broken.get(cell.source):
            yield from _fault(step, complaint.line, _why_broken(complaint, cell.source))


def _is_forgiven(step: Step, errors: set[str]) -> bool:
    """Tell whether a block says that it fails with one of `errors`, or may fail."""
    raises = str(step.options.get("raises", "")).rpartition(".")[2]
    return step.options.get("may_fail") is True or raises in errors


def _fault(step: Step, line: int, message: str) -> Iterator[Found]:
    """Yield a syntax error of a block, on its last line where Python missed something behind it."""
    place = min(line, max(1, step.block.source.count("\n")))
    if not is_suppressed("MR201", step.block.source, place):
        yield _at(step, place, "MR201", message)


def _at(step: Step, line: int, code: str, message: str, subject: str = "") -> Found:
    return Found(step.note.path, step.block.line + line, code, message, step.trail, subject)


def _why_broken(complaint: Complaint, source: str) -> str:
    if magic := _EXECUTE_CODE.search(source):
        return (
            f"'{magic[0]}' is Execute Code's, not Python: blocks run in the note's folder, so write a path from there"
        )
    if _PROMPT.match(source.split("\n")[complaint.line - 1]):
        return SESSION
    words = complaint.message.replace("`", "'").rstrip(".")
    return f"syntax error: {words[:1].lower()}{words[1:]}"


@dataclass(frozen=True, slots=True)
class _Use:
    """A name that is not bound where a cell uses it."""

    name: str
    cell: int
    step: Step
    line: int


@dataclass
class _Reading:
    """What a linter said of one notebook, put into the words of its note."""

    plan: Plan
    cells: Sequence[_Cell]
    _guesses: int = 0

    def found(self, complaints: Sequence[Complaint]) -> Iterator[Found]:
        for complaint in complaints:
            step = self.cells[complaint.cell].step
            if complaint.code in _SAID and step and not _is_forgiven(step, _SYNTAX_ERRORS):
                yield from _fault(step, complaint.line, f"syntax error: {_SAID[complaint.code]}")
        uses: dict[tuple[int, str], list[_Use]] = {}
        for use in filter(None, map(self._use, complaints)):
            uses.setdefault((use.cell, use.name), []).append(use)
        for same in uses.values():
            yield self._undefined(same[0], len(same))

    def _use(self, complaint: Complaint) -> _Use | None:
        """Return what a complaint tells of a name, if the name will be missed."""
        name, step = _QUOTED.search(complaint.message), self.cells[complaint.cell].step
        if complaint.code != UNDEFINED or not name or not step or OF_IPYTHON.fullmatch(name[1]):
            return None
        if _is_forgiven(step, _NAME_ERRORS) or is_suppressed("MR202", step.block.source, complaint.line):
            return None
        use = _Use(name[1], complaint.cell, step, complaint.line)
        return use if self._is_evaluated(use, complaint.column) else None

    def _is_evaluated(self, use: _Use, column: int) -> bool:
        source = self.cells[use.cell].source
        if is_quoted(source, use.line, column):
            return False
        return use.cell < self._postponing or (use.name, use.line) not in annotated(source)

    @cached_property
    def _postponing(self) -> int:
        """The first cell from which on annotations are not evaluated."""
        sources = _sources(self.cells)
        return next((place for place, source in enumerate(sources) if postpones_annotations(source)), len(sources))

    def _undefined(self, use: _Use, count: int) -> Found:
        places = f" in {count} places" if count > 1 else ""
        message = f"undefined name '{use.name}'{places}{self._hint(use.name, use.cell)}"
        return _at(use.step, use.line, "MR202", message, use.name)

    @cached_property
    def _bound(self) -> Sequence[frozenset[str]]:
        """The names bound by each cell."""
        return [bound_by(cell.source) for cell in self.cells]

    def _hint(self, name: str, cell: int) -> str:
        """Return what may have been meant, or where the name is bound too late."""
        self._guesses += 1
        if self._guesses > GUESSES:
            return ""
        later = (self.cells[place].step for place in range(cell + 1, len(self.cells)) if name in self._bound[place])
        if below := next(filter(None, later), None):
            own = below.note.path == self.plan.note.path
            return f" (bound only below, {f'in line {below.block.line}' if own else f'at {below.note.path}'})"
        return hint_for(name, bound_within(self.cells[cell].source).union(*self._bound[:cell]))
