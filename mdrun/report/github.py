"""A run told to GitHub: an annotation on the line of each finding.

The commands and what is escaped in them:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from mdrun.report.findings import findings_of
from mdrun.report.values import LintFinished, RunFinished
from mdrun.report.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdrun.findings import Finding
    from mdrun.report.values import Tidings
    from mdrun.rules import Level

SHOWN = 10
"""Annotations of a level that GitHub shows of a step; it drops more without a word."""


class GitHub:
    """Says at the end what is wrong, a workflow command at a time."""

    def __init__(self, say: Callable[[str], None], workspace: str = "") -> None:
        self._say = say
        self._workspace = workspace

    def __call__(self, tidings: Tidings) -> None:
        """Tell what is wrong, once all is known."""
        if isinstance(tidings, RunFinished | LintFinished):
            for line in commands_of(findings_of(tidings), self._workspace):
                self._say(line)


def commands_of(findings: Sequence[Finding], workspace: str = "") -> Iterator[str]:
    """Yield the workflow commands that annotate findings, errors first, and how many more there are than are shown.

    Files are named from the `workspace` on, the folder of the repository, where they are in it.
    """
    levels: tuple[Level, Level] = ("error", "warning")
    for level in levels:
        found = [finding for finding in findings if finding.level == level]
        spare = 1 if len(found) > SHOWN else 0
        yield from (_annotation(finding, workspace) for finding in islice(found, SHOWN - spare))
        if spare:
            more = f"{count(len(found) - SHOWN + spare, 'more finding')}: the job's log and summary tell all of them"
            yield f"::{level} title=mdrun::{_data(more)}"


def _annotation(finding: Finding, workspace: str) -> str:
    title = f"{finding.code} {finding.rule.name}"
    place = f"file={_property(_in(workspace, finding.file))},line={finding.line},title={_property(title)}"
    return f"::{finding.level} {place}::{_data(finding.message)}"


def _in(workspace: str, file: str) -> str:
    path = os.path.relpath(file, workspace) if workspace else file
    return file if path.startswith("..") else path


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
