"""A run told in plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from mdrun.report.lint import lint_lines
from mdrun.report.values import LintFinished, NoteFinished, NoteStarted, RunFinished
from mdrun.report.wording import last_lines, lines_of
from mdrun.session import StepFinished, StepStarted
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdrun.report.values import Tidings


class Lines:
    """Says what a run has to tell, a line at a time."""

    def __init__(self, say: Callable[[str], None], *, verbose: bool = False, quiet: bool = False) -> None:
        self._say = say
        self._verbose = verbose
        self._quiet = quiet

    def __call__(self, tidings: Tidings) -> None:
        """Tell one thing."""
        match tidings:
            case NoteStarted() | StepStarted() | StepFinished():
                lines = []
            case NoteFinished(report):
                lines = lines_of(report, verbose=self._verbose, quiet=self._quiet)
            case RunFinished():
                lines = last_lines(tidings, verbose=self._verbose, quiet=self._quiet)
            case LintFinished():
                lines = lint_lines(tidings, verbose=self._verbose, quiet=self._quiet)
            case _:
                assert_never(tidings)
        for line in lines:
            # Names and messages may hold anything, control sequences too.
            self._say(plain(line).head)
