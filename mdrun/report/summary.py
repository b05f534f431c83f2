"""A run told on a page of Markdown, as GitHub shows it beneath a job."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from mdrun.diff import plain_lines
from mdrun.report.findings import findings_of
from mdrun.report.lint import lint_summary
from mdrun.report.values import LintFinished, RunFinished
from mdrun.report.wellformed import as_bytes
from mdrun.report.wording import count, diffs_of, last_lines
from mdrun.text import fenced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdrun.diff import DiffLine
    from mdrun.findings import Finding

LIMIT = 1_048_576
"""Bytes of the summary of a step; GitHub shows none of a larger one."""
LONGEST_DIFF = 200
"""Lines of a difference that are shown."""
_LEFT_OUT = "... what follows has no place here: the log of the job tells all of it\n"


def summary(told: RunFinished | LintFinished, limit: int = LIMIT) -> str:
    """Return the page: what it came to, a row for each finding, what differs, folded; at most `limit` bytes."""
    return "".join(_within(limit, _pieces(told)))


def _within(limit: int, pieces: Iterable[str]) -> Iterator[str]:
    room = limit - len(_LEFT_OUT)
    for piece in pieces:
        room -= len(as_bytes(piece))
        if room < 0:
            yield _LEFT_OUT if limit > len(_LEFT_OUT) else ""
            return
        yield piece


def _pieces(told: RunFinished | LintFinished) -> Iterator[str]:
    yield f"## mdrun\n\n{_inline(_verdict(told))}\n"
    yield from _table(findings_of(told))
    reports = told.reports if isinstance(told, RunFinished) else ()
    for report in reports:
        if not report.purpose.touches:
            yield from (_folded(place, lines) for place, lines in diffs_of(report))
    yield "\n"


def _verdict(told: RunFinished | LintFinished) -> str:
    if isinstance(told, LintFinished):
        return lint_summary(told)
    return told.error or last_lines(told)[-1]


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield "\n| | where | what |\n|---|---|---|\n"
    for finding in findings:
        sign = "❌" if finding.level == "error" else "⚠️"
        where = _inline(f"{finding.file}:{finding.line}")
        yield f"| {sign} {finding.code} | {where} | {_inline(finding.message)} |\n"


def _folded(place: str, difference: Sequence[DiffLine]) -> str:
    lines = plain_lines(difference)
    if len(lines) > LONGEST_DIFF:
        lines[LONGEST_DIFF:] = [f"  ... {count(len(lines) - LONGEST_DIFF, 'more line')}"]
    title = html.escape(" ".join(place.split()))
    block = "\n".join(fenced("diff", lines))
    return f"\n<details><summary>{title}</summary>\n\n{block}\n\n</details>\n"


def _inline(text: str) -> str:
    """Return a text as Markdown of one line that says it and does nothing."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~$@&:-])", r"\\\1", " ".join(text.split()))
