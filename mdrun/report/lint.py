"""The sentences of a report on notes that were looked at and not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdrun.report.values import LintFinished


def lint_lines(finished: LintFinished, *, verbose: bool = False, quiet: bool = False) -> list[str]:
    """Return a line for each finding, and a last one on all of them."""
    return [str(finding) for finding in finished.findings if not (verbose and quiet)]
