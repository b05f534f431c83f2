"""The sentences of a report on notes that were looked at and not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdrun.report.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdrun.report.values import LintFinished


def lint_lines(finished: LintFinished, *, verbose: bool = False, quiet: bool = False) -> list[str]:
    """Return a line for each finding, and a last one on all of them."""
    told = set(finished.fixed) if finished.dry and not quiet else set()
    findings = [str(finding) for finding in finished.findings if finding not in told]
    left_out = [f"left out: {one.path} ({one.reason})" for one in finished.left_out if verbose or one.wrong]
    if quiet:
        return [*findings, *left_out]
    did = "would mend" if finished.dry else "mended"
    mended = [f"{did}: {finding}" for finding in finished.fixed]
    return [*mended, *findings, *left_out, *_on_the_baseline(finished), lint_summary(finished)]


def _on_the_baseline(finished: LintFinished) -> Iterator[str]:
    if finished.baseline:
        yield f"baseline: {count(finished.known, 'finding')} known from now on ({finished.baseline})"
        return
    if finished.known:
        yield f"baseline: {count(finished.known, 'finding')} known and not told"
    if finished.vanished:
        yield f"baseline: {count(finished.vanished, 'finding')} gone (--write-baseline forgets them)"


def lint_summary(finished: LintFinished) -> str:
    """Return what all of it came to."""
    if not finished.notes:
        return f"no note to look at{_left_out(finished)}"
    looked = f"{count(len(finished.notes), 'note')} looked at in {finished.seconds:.1f} s{_left_out(finished)}"
    if not finished.findings:
        return f"{looked}: nothing {'new ' if finished.known else ''}found"
    files = len({finding.file for finding in finished.findings})
    return f"{looked}: {count(len(finished.findings), 'finding')} in {count(files, 'note')}{_mendable(finished)}"


def _left_out(finished: LintFinished) -> str:
    return f", {count(len(finished.left_out), 'note')} left out (-v names them)" if finished.left_out else ""


def _mendable(finished: LintFinished) -> str:
    """Say that some could perhaps be mended, and how any code is explained."""
    fixable = any(finding.rule.fixable for finding in finished.findings) and not (finished.fixed or finished.dry)
    code = finished.findings[0].code
    return f" ({'--fix may mend some; ' if fixable else ''}mdrun lint --explain {code} says more)"
