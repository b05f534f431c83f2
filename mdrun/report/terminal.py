"""A run told to somebody who watches: the lines in colour, and a live one meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from mdrun.report.lines import Lines
from mdrun.report.values import NoteStarted
from mdrun.session import StepFinished, StepStarted
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from mdrun.diff import DiffLine
    from mdrun.report.values import Tidings

_COLOURS = {
    "failed:": "red",
    "error:": "red",
    "stale:": "yellow",
    "edited:": "yellow",
    "differs:": "yellow",
    "warning:": "yellow",
    "not": "yellow",
}
"""By a line's first word."""
_DIFF_COLOURS = {"-": "red", "+": "green"}
"""By what a line of a diff starts with."""


class Terminal:
    """Prints what a run has to tell on a terminal; `aside` on standard error."""

    def __init__(
        self,
        console: Console | None = None,
        *,
        verbose: bool = False,
        quiet: bool = False,
        diff: bool = False,
        aside: bool = False,
    ) -> None:
        self._lines = Lines(self._print, verbose=verbose, quiet=quiet, show=self._print_diff, diff=diff)
        self._quiet = quiet
        self._console = console or Console(stderr=aside)
        self._live = _live_line(self._console)
        self._task = self._live.add_task("", total=None)
        self._note = ""
        self._done = self._steps = 0

    def __enter__(self) -> Self:
        if not self._quiet:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._quiet:
            self._live.stop()

    def __call__(self, tidings: Tidings) -> None:
        """Tell one thing."""
        match tidings:
            case NoteStarted(path, plan):
                self._note, self._done, self._steps = str(path), 0, len(plan.steps)
                self._show("kernel starts")
            case StepStarted(step):
                self._show(f"block {self._done + 1} of {self._steps}, {step.note.path}:{step.block.line}")
            case StepFinished():
                self._done += 1
            case _:
                self._live.update(self._task, visible=False)
                self._lines(tidings)

    def _show(self, what: str) -> None:
        self._live.reset(self._task, description=plain(f"{self._note}: {what}").head, visible=True)

    def _print(self, line: str) -> None:
        first = line.lstrip().partition(" ")[0]
        self._console.print(Text(line), style=_COLOURS.get(first), soft_wrap=True)

    def _print_diff(self, lines: Sequence[DiffLine]) -> None:
        for line in lines:
            colour = _DIFF_COLOURS.get(line.kind, "dim")
            text = Text(f"    {line.kind} ", style=colour)
            for piece in line.pieces:
                text.append(plain(piece.text).head, style=f"{colour} reverse" if piece.changed else colour)
            self._console.print(text, soft_wrap=True)


def _live_line(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
