"""What a plan cannot do as a note is written, and what the note's properties say in vain (MR1.., MR4..)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mdrun.errors import SettingsError
from mdrun.linting.found import Found
from mdrun.settings import PROPERTY, of_note, unknown_properties
from mdrun.text import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mdrun.note import Note
    from mdrun.planning import Plan, Problem, ProblemKind, Trail
    from mdrun.settings import Settings

CODES: Mapping[ProblemKind, str] = {
    "unresolved": "MR101",
    "cycle": "MR102",
    "ambiguous": "MR103",
    "unclosed": "MR111",
    "comment": "MR112",
    "orphan": "MR113",
    "option": "MR401",
    "properties": "MR402",
}
"""The rules that problems of plans break; that code is reached twice breaks none."""
_YAML_LINE = re.compile(r"\(line (\d+)\)\Z")


def in_plan(plan: Plan) -> Iterator[Found]:
    """Yield the problems of a plan that are faults."""
    for problem in plan.problems:
        if code := CODES.get(problem.kind):
            yield Found(
                problem.note,
                _line(problem),
                code,
                problem.message,
                _way(problem, plan),
                _subject(problem),
                everywhere=problem.kind == "cycle",
            )


def _line(problem: Problem) -> int:
    """Return where a problem is; what is wrong with YAML stands where the parser stopped."""
    place = _YAML_LINE.search(problem.message) if problem.kind == "properties" else None
    return int(place[1]) if place else problem.line


def _subject(problem: Problem) -> str:
    """Return what makes two problems on a line the same, however they were reached."""
    if problem.kind == "cycle":
        circle = problem.message.rpartition(" circle: ")[2]
        return " ".join(sorted(circle.split(" > ")))
    return "block" if problem.kind == "unclosed" else problem.embed


def _way(problem: Problem, plan: Plan) -> Trail:
    """Return the way to a problem in embedded text, where its message does not name it."""
    if problem.note == plan.note.path or problem.kind in {"unresolved", "unclosed", "cycle"}:
        return ()
    return next((step.trail for step in plan.steps if step.note.path == problem.note), ())


def in_properties(note: Note, settings: Settings) -> Iterator[Found]:
    """Yield what a note's properties say to mdrun in vain, each on its line."""
    for key, value in note.properties.items():
        if key.startswith(PROPERTY):
            yield from _in_property(key, value, note, settings)


def _in_property(key: str, value: Any, note: Note, settings: Settings) -> Iterator[Found]:
    for complaint in unknown_properties({key: value}):
        yield Found(note.path, _line_of(key, note.text), "MR402", complaint)
    try:
        of_note(settings, {key: value}, "")
    except SettingsError as error:
        complaint = str(error).removeprefix(": ")
        yield Found(note.path, _line_of(key, note.text), "MR402", complaint, weight="error")


def _line_of(key: str, text: str) -> int:
    """Return the line that a property starts on, 1 where that cannot be seen."""
    place = re.search(rf"""^["']?{re.escape(key)}["']?[ \\t]*:""", text, re.IGNORECASE | re.MULTILINE)
    return Lines.of(text).at(place.start()) + 1 if place else 1
