"""A run told on a page of Markdown, as GitHub shows it beneath a job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.diff import diff, plain_lines
from mdrun.report.findings import findings_of
from mdrun.report.lint import lint_summary
from mdrun.report.values import LintFinished, RunFinished
from mdrun.report.wording import count, last_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.findings import Finding
    from mdrun.report.values import NoteReport

ROWS = 200
"""Findings that have a row."""
DIFFS = 50
"""Changed outputs whose difference is shown."""
LONGEST_DIFF = 100
"""Lines of one."""


def summary(told: RunFinished | LintFinished) -> str:
    """Return the page: what it came to, a row for each finding, and what differs, folded."""
    findings = findings_of(told)
    verdict = last_lines(told)[-1] if isinstance(told, RunFinished) else lint_summary(told)
    lines = ["## mdrun", "", _inline(verdict), ""]
    if findings:
        lines += [*_table(findings), ""]
    if isinstance(told, RunFinished):
        lines += _differences(told.reports)
    return "\n".join(lines)


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    yield "| | where | what |"
    yield "|---|---|---|"
    for finding in findings[:ROWS]:
        sign = "❌" if finding.level == "error" else "⚠️"
        where = _inline(f"{finding.file}:{finding.line}")
        yield f"| {sign} {finding.code} | {where} | {_inline(finding.message)} |"
    if len(findings) > ROWS:
        yield f"| | | {count(len(findings) - ROWS, 'more finding')} |"


def _differences(reports: Sequence[NoteReport]) -> Iterator[str]:
    changed = [
        (report, block.place.line, block.change)
        for report in reports
        for block in report.blocks
        if block.change is not None and block.verdict in {"stale", "written"}
    ]
    for report, line, change in changed[:DIFFS]:
        lines = plain_lines(diff(change.old, change.new))
        yield f"<details><summary>{_escaped(str(report.path))}:{line}</summary>"
        yield ""
        yield from _fenced(lines)
        yield ""
        yield "</details>"
        yield ""
    if len(changed) > DIFFS:
        yield count(len(changed) - DIFFS, "more changed output")


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}diff"
    yield from lines[:LONGEST_DIFF]
    if len(lines) > LONGEST_DIFF:
        yield f"  ... {count(len(lines) - LONGEST_DIFF, 'more line')}"
    yield fence


def _inline(text: str) -> str:
    """Return a text as Markdown of one line that says it and does nothing."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~$@:-])", r"\\\1", " ".join(text.split()))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
