"""A run told in plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from mdrun.diff import plain_lines
from mdrun.report.lint import lint_lines
from mdrun.report.values import LintFinished, NoteFinished, NoteStarted, RunFinished
from mdrun.report.wording import diffs_of, last_lines, lines_of
from mdrun.session import StepFinished, StepStarted
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mdrun.diff import DiffLine
    from mdrun.report.values import NoteReport, Tidings


class Lines:
    """Says what a run has to tell, a line at a time."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        verbose: bool = False,
        quiet: bool = False,
        show: Callable[[Sequence[DiffLine]], None] | None = None,
        diff: bool = False,
    ) -> None:
        self._say = say
        self._show = show or self._show_plain
        self._verbose = verbose
        self._quiet = quiet
        self._diff = diff

    def __call__(self, tidings: Tidings) -> None:
        """Tell one thing."""
        match tidings:
            case NoteStarted() | StepStarted() | StepFinished():
                pass
            case NoteFinished(report):
                self._tell(lines_of(report, verbose=self._verbose, quiet=self._quiet))
                if self._diff:
                    self._tell_differences(report)
            case RunFinished():
                self._tell(last_lines(tidings, verbose=self._verbose, quiet=self._quiet))
            case LintFinished():
                self._tell(lint_lines(tidings, verbose=self._verbose, quiet=self._quiet))
            case _:
                assert_never(tidings)

    def _tell(self, lines: Iterable[str]) -> None:
        for line in lines:
            # Names and messages may hold anything, control sequences too.
            self._say(plain(line).head)

    def _tell_differences(self, report: NoteReport) -> None:
        for place, lines in diffs_of(report):
            self._tell([f"  diff: {place}"])
            self._show(lines)

    def _show_plain(self, lines: Sequence[DiffLine]) -> None:
        for line in plain_lines(lines):
            self._say(f"    {plain(line).head}")
