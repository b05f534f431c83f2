"""mdrun lint, called in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdrun.commands.lint import LintRequest, lint_notes
from mdrun.report import LintFinished
from mdrun.report.lint import lint_lines

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.report import Tidings


class Linted:
    """What `lint_notes` came to."""

    def __init__(self, *paths: Path, **request: Any) -> None:
        told: list[Tidings] = []
        self.code = lint_notes(paths, LintRequest(**request), told.append)
        (finished,) = told
        assert isinstance(finished, LintFinished)
        self.finished = finished

    @property
    def findings(self) -> list[str]:
        """Return the findings, as a person reads them."""
        return [str(finding) for finding in self.finished.findings]

    @property
    def codes(self) -> list[str]:
        """Return the codes of the findings."""
        return [finding.code for finding in self.finished.findings]

    @property
    def fixed(self) -> list[str]:
        """Return what was mended."""
        return [str(finding) for finding in self.finished.fixed]

    @property
    def lines(self) -> list[str]:
        """Return all that a person reads, less what depends on the clock."""
        return lint_lines(self.finished)
