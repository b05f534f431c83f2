"""What became of each block of a note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mdrun.report.values import BlockReport
from mdrun.report.wording import changed, differing
from mdrun.session import Interrupted, Lost, NotRun, Skipped, failed

if TYPE_CHECKING:
    from mdrun.planning import Step
    from mdrun.report.values import Cause, Change, Kept, Place, Purpose
    from mdrun.session import Outcome, Result


@dataclass(frozen=True, slots=True)
class Below:
    """What stands below a block, next to what it said."""

    change: Change | None = None
    kept: Kept | None = None
    """A person's text."""
    stored: bool = False
    """Whether it is a block of a note that stores outputs, and shows its own."""


def unsent(step: Step, place: Place, message: str) -> BlockReport:
    """Report a block that no kernel was asked to run, for a reason."""
    return BlockReport(place, "not run", label(step), message, place.line, code=step.block.first_line)


def report_block(result: Result, place: Place, below: Below, purpose: Purpose) -> BlockReport:
    """Report a block; where it failed, its message and line are still to be told."""
    report = BlockReport(
        place,
        "ran",
        label(result.step),
        line=place.line,
        seconds=result.seconds,
        change=below.change,
        code=result.step.block.first_line,
    )
    if isinstance(result.outcome, Skipped):
        return replace(report, verdict="skipped")
    if isinstance(result.outcome, NotRun):
        return replace(report, verdict="not run", message=result.outcome.reason, wrong=True)
    if failed(result):
        return replace(report, verdict="failed", wrong=True, cause=_cause(result.outcome))
    return _compared(report, below, purpose)


def _cause(outcome: Outcome) -> Cause:
    if isinstance(outcome, Interrupted):
        return "time" if outcome.error.ename else "size"
    return "kernel" if isinstance(outcome, Lost) else "exception"


def _compared(report: BlockReport, below: Below, purpose: Purpose) -> BlockReport:
    """Say how what a block said compares with what stands below it."""
    kept, change = below.kept, below.change
    if kept and kept.edited:
        message = "this output was edited by hand"
        return replace(report, verdict="edited", message=message, line=kept.place.line, wrong=not purpose.writes)
    if change and change.kind != "aged":
        if purpose.writes:
            return replace(report, verdict="written")
        # A region that is there is untrue, even beneath a block that shows none.
        if below.stored or change.kind != "new":
            return replace(report, verdict="stale", message=changed(change), wrong=True)
    if kept and kept.differences and not purpose.writes:
        message = differing(kept)
        return replace(report, verdict="differs", message=message, line=kept.place.line, wrong=purpose.strict)
    return replace(report, verdict="fresh") if below.stored else report


def label(step: Step) -> str:
    """Return what a block's option `label` calls it."""
    given = step.options.get("label")
    return given if isinstance(given, str) else ""
