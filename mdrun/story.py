"""What a reader is told of a run: a body for each region, and where an error stands."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from mdrun.attachments import size_of
from mdrun.events import Frame
from mdrun.masks import mask, secrets_in
from mdrun.mime import Manner, render
from mdrun.session import Failed, Interrupted, Lost, ran
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.events import Error
    from mdrun.mime import Body
    from mdrun.note import Note
    from mdrun.planning import Step
    from mdrun.session import Result

MESSAGE_LENGTH = 300
"""Characters of an error's message in a report."""

_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
SECRET = "secret"  # noqa: S105 - the word itself
"""The kind of notice whose text is the value of a variable that looks secret."""
_EXECUTE_CODE_MAGIC = re.compile(r"^\s*@(?:vault_path|vault|note_path|note|title|show|html|content)\b", re.MULTILINE)


@dataclass(slots=True)
class Telling:
    """What stands beneath the blocks of a note, and what is to be said of it."""

    bodies: dict[str, Body | None] = field(default_factory=dict)
    """By the provenance of their steps; None stands for nothing."""
    masked: int = 0
    """How many secrets were masked."""
    remarks: list[tuple[Step, str]] = field(default_factory=list)
    """Why something is not shown as it might have been."""


def tell(
    results: Sequence[Result], note: Note, root: Path, secrets: Collection[str], manner: Manner | None = None
) -> Telling:
    """Return what stands beneath each block of `note` that ran; one that hides its output has nothing (contract 2)."""
    folder = os.path.realpath((root / note.path).parent)
    steps = [result.step for result in results]
    telling = Telling()
    for index, result in enumerate(results):
        step = result.step
        if step.note.path != note.path or not ran(result):
            continue
        body = None
        if step.options.get("hide") is not True:
            body = render(
                result.outputs.outputs(),
                place=partial(place, step=step, steps=steps, folder=folder),
                after=blame(result, results[:index]),
                secrets=secrets,
                manner=_manner_of(step, manner or Manner()),
            )
        telling.bodies[step.provenance] = body
        telling.masked += body.masked if body else 0
        telling.remarks += [(step, remark) for remark in body.remarks] if body else []
    return telling


def _manner_of(step: Step, manner: Manner) -> Manner:
    """Return how the pictures of a block are shown, as its options `alt` and `width` say."""
    alt = step.options.get("alt")
    return replace(manner, alt=alt if isinstance(alt, str) else "", size=size_of(step.options.get("width")))


def secrets_of(results: Sequence[Result], *environments: Mapping[str, str]) -> frozenset[str]:
    """Return what is masked: the secrets of environments, and those that blocks put into their own (F74)."""
    notices = [notice for result in results for notice in result.notices if notice.kind == SECRET]
    told = [{"SECRET": notice.text} for notice in notices]
    return frozenset().union(*map(secrets_in, (*environments, *told)))


def place(frame: Frame, step: Step, steps: Sequence[Step], folder: str) -> str:
    """Say where a frame is, as seen from the block of `step` in a note in `folder`."""
    if frame.cell is None or frame.cell >= len(steps):
        where = os.path.relpath(frame.path, folder) if os.path.isabs(frame.path) else frame.path
        return f"{where.replace(os.sep, '/')}, line {frame.line}"
    home = steps[frame.cell]
    if home is step:
        return f"line {frame.line} of this block"
    if home.trail and home.note.path != step.note.path:
        return f"{home.trail[-1].embed.target}, line {frame.line} of its block {home.ordinal}"
    return f"line {frame.line} of block {home.ordinal}"


def line_of(result: Result, steps: Sequence[Step]) -> int:
    """Return the line, from 1, of the note in which a block's error stands, or else its first."""
    step = result.step
    match result.outcome:
        case Failed(error) if error.ename:
            frames = [frame for frame in error.frames if isinstance(frame, Frame) and frame.cell is not None]
            own = [frame.line for frame in frames if frame.cell is not None and steps[frame.cell] is step]
            last = max(1, step.block.source.count("\n"))
            return step.block.line + min(own[-1], last) if own else step.block.line
        case _:
            return step.block.line


def message_of(result: Result, earlier: Sequence[Result], secrets: Collection[str] = ()) -> str:
    """Return what went wrong in one line, its block's label first, without `secrets`.

    A hint follows where it has its reason elsewhere.
    """
    outcome = result.outcome
    if not isinstance(outcome, Failed | Interrupted | Lost):
        return ""
    error = outcome.error
    evalue, _ = mask(plain(error.evalue).head, secrets)
    first = next((line.strip() for line in evalue.split("\n") if line.strip()), "")
    label = result.step.options.get("label")
    message = ": ".join(word for word in (label, error.ename, first) if isinstance(word, str) and word)
    if len(message) > MESSAGE_LENGTH:
        message = f"{message[: MESSAGE_LENGTH - 3].rstrip()}..."
    hint = blame(result, earlier) or _hint(error, result.step.block.source)
    return f"{message} ({hint})" if hint else message


def _hint(error: Error, source: str) -> str:
    """Say what the kernel's words do not: that nobody can answer (F29), that a line is another tool's (F75)."""
    if error.ename == "StdinNotImplementedError" and "no input in a note" not in error.evalue:
        return "there is no input in a note"
    magic = _EXECUTE_CODE_MAGIC.search(source) if error.ename == "SyntaxError" else None
    return f"{magic[0].strip()} is Execute Code's magic, which is not Python" if magic else ""


def blame(result: Result, earlier: Sequence[Result]) -> str | None:
    """Return `after [[Setup#Keys]] failed: KeyError` when an embedded block's failure led to this one's."""
    error = result.outcome.error if isinstance(result.outcome, Failed) else None
    undefined = error and error.ename == "NameError" and _UNDEFINED.search(error.evalue)
    if not undefined:
        return None
    for before in reversed(earlier):
        if undefined[1] not in names_bound_by(before.step.block.source):
            continue
        if not before.step.trail or not isinstance(before.outcome, Failed | Interrupted):
            return None
        cause = before.outcome.error
        return f"after {before.step.trail[-1].embed.target} failed: {cause.ename or cause.evalue}"
    return None


def names_bound_by(source: str) -> set[str]:
    """Return the names that running a block may bind at its own level; none when it is no Python."""
    try:
        pending: list[ast.AST] = [ast.parse(source)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: set[str] = set()
    while pending:
        node = pending.pop()
        names.update(_names_bound_at(node))
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))
    return names


_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""What is bound inside of these stays there."""


def _names_bound_at(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=alias):
            yield alias or name.partition(".")[0]
        case _:
            pass
