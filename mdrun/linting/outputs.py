"""What is wrong with the outputs a note keeps: old ones, edited ones, and secrets in them (MR3..)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mdrun.linting.found import Found
from mdrun.linting.secrets import secrets_in
from mdrun.note import EditedRegion, Region
from mdrun.text import LINE_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mdrun.note import CodeBlock, Note
    from mdrun.planning import Plan
    from mdrun.text import Span

Reasons: TypeAlias = "Callable[[Note, Plan], Mapping[Span, str]]"
"""Says why outputs are stale, by the span of the block; asked only when one is."""


def in_outputs(plan: Plan, reasons: Reasons, *, runs: bool) -> Iterator[Found]:
    """Yield what is wrong with the outputs of the plan's own note; embedded notes keep theirs themselves.

    Of a plan that never `runs` as it is, nobody knows which outputs are stale.
    """
    note = plan.note
    if runs:
        yield from _stale(plan, reasons)
    for block in note.blocks():
        if isinstance(block.beneath, EditedRegion):
            message = "this output was edited by hand: mdrun leaves it alone (mdrun run --adopt replaces it)"
            yield Found(note.path, block.beneath.line + 1, "MR302", message)
        if block.beneath is not None:
            yield from _secrets(note, block.beneath.span)
    for orphan in note.orphans:
        yield from _secrets(note, orphan.span)


def _stale(plan: Plan, reasons: Reasons) -> Iterator[Found]:
    own = [step for step in plan.steps if step.note.path == plan.note.path and step.options.get("skip") is not True]
    stale = [step.block for step in own if (made := _made(step.block)) and made != step.made]
    why = reasons(plan.note, plan) if stale else {}
    for block in stale:
        reason = why.get(block.span) or "its code, or code that runs before it, changed"
        yield Found(plan.note.path, block.line, "MR301", f"the output is stale: {reason}")


def _made(block: CodeBlock) -> str:
    return block.beneath.made if isinstance(block.beneath, Region) else ""


def _secrets(note: Note, span: Span) -> Iterator[Found]:
    for secret in secrets_in(note.text, span):
        line = len(LINE_ENDING.findall(note.text, 0, secret.place)) + 1
        message = f"this output shows {secret.kind}: withdraw it, and take it out of the note"
        yield Found(note.path, line, "MR303", message)
