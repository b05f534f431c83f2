"""A run told to a person: plain lines, and a live one meanwhile where somebody is watching."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Self, assert_never

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from mdrun.report.values import NoteFinished, NoteStarted, RunFinished
from mdrun.report.wording import last_lines, lines_of
from mdrun.session import StepFinished, StepStarted
from mdrun.terminal import plain

if TYPE_CHECKING:
    from types import TracebackType

    from mdrun.report.values import Tidings

_COLOURS = {"failed:": "red", "error:": "red", "stale:": "yellow", "warning:": "yellow", "not": "yellow"}
"""By a line's first word."""


class PatientConsole(Console):
    """A console that nobody has to listen to: `mdrun vault | head -1` runs the whole vault."""

    def on_broken_pipe(self) -> None:
        """Go on in silence."""
        self.quiet = True
        silence_stdout()


def silence_stdout() -> None:
    """Let standard output end nowhere, once nobody reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class Terminal:
    """Prints what a run has to tell."""

    def __init__(self, *, verbose: bool = False, quiet: bool = False, console: Console | None = None) -> None:
        self._verbose = verbose
        self._quiet = quiet
        self._console = console or PatientConsole()
        self._live = _live_line(self._console)
        self._task = self._live.add_task("", total=None)
        self._note = ""
        self._done = self._steps = 0

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._quiet:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live.live.is_started:
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
            case NoteFinished(report):
                for line in lines_of(report, verbose=self._verbose, quiet=self._quiet):
                    self._print(line)
            case RunFinished():
                for line in last_lines(tidings, verbose=self._verbose, quiet=self._quiet):
                    self._print(line)
            case _:
                assert_never(tidings)

    def _show(self, what: str) -> None:
        self._live.reset(self._task, description=plain(f"{self._note}: {what}").head)

    def _print(self, line: str) -> None:
        first = line.lstrip().partition(" ")[0]
        # Names and messages may hold anything, control sequences too.
        self._console.print(Text(plain(line).head), style=_COLOURS.get(first), soft_wrap=True)


def _live_line(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
