"""A run told to GitHub: an annotation on the line of each finding.

The commands and what is escaped in them:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from mdrun.report.findings import findings_of
from mdrun.report.values import LintFinished, RunFinished
from mdrun.report.wording import accepting, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdrun.findings import Finding
    from mdrun.report.values import Tidings
    from mdrun.rules import Level

SHOWN = 10
"""Annotations of a level that GitHub shows of a step; it drops more without a word."""


class GitHub:
    """Says at the end what is wrong, a workflow command at a time.

    Until then nothing in the log is a command: what a note prints may look like one.
    """

    def __init__(self, say: Callable[[str], None], workspace: str = "") -> None:
        self._say = say
        self._workspace = workspace
        self._resume = f"mdrun-{os.urandom(16).hex()}"
        self._say(f"::stop-commands::{self._resume}")

    def __call__(self, tidings: Tidings) -> None:
        """Tell what is wrong, once all is known."""
        if isinstance(tidings, RunFinished | LintFinished):
            self._say(f"::{self._resume}::")
            for line in commands_of(tidings, self._workspace):
                self._say(line)


def commands_of(told: RunFinished | LintFinished, workspace: str = "") -> Iterator[str]:
    """Yield the workflow commands that annotate what is wrong, errors first, and how many more there are than shown.

    Each note is named before any is named twice. Files are named from the `workspace` on, the folder
    of the repository, where they are in it.
    """
    findings = _in_turn(findings_of(told))
    levels: tuple[Level, Level] = ("error", "warning")
    for level in levels:
        found = [_annotation(finding, workspace) for finding in findings if finding.level == level]
        if level == "error" and isinstance(told, RunFinished) and told.error:
            found.insert(0, _command("error", told.error))
        yield from _at_most(found, level)
    if isinstance(told, RunFinished):
        yield from (_command("notice", words) for words in accepting(told))


def _in_turn(findings: Sequence[Finding]) -> list[Finding]:
    """Return the first finding of each file, then the second of each, and so on."""
    before: Counter[str] = Counter()
    turns: list[tuple[int, Finding]] = []
    for finding in findings:
        turns.append((before[finding.file], finding))
        before[finding.file] += 1
    return [finding for _, finding in sorted(turns, key=lambda turn: turn[0])]


def _at_most(found: Sequence[str], level: Level) -> Iterator[str]:
    if len(found) <= SHOWN:
        yield from found
        return
    yield from found[: SHOWN - 1]
    more = count(len(found) - SHOWN + 1, "more finding")
    yield _command(level, f"{more}: the job's log and summary tell of them")


def _annotation(finding: Finding, workspace: str) -> str:
    file = inside(finding.file, workspace) or finding.file
    where = f"file={_property(file)},line={finding.line},title={_property(str(finding.rule))}"
    return f"::{finding.level} {where}::{_data(finding.message)}"


def _command(level: str, message: str) -> str:
    return f"::{level} title=mdrun::{_data(message)}"


def inside(file: str, folder: str) -> str | None:
    """Return a file's path from a folder on, or from the working folder; None where it is not in it."""
    path = os.path.relpath(file, folder or os.curdir)
    return None if path == os.pardir or path.startswith(os.pardir + os.sep) else path


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
