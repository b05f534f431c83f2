"""Vaults on a disk, and mdrun run on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.commands.run import Request, run_notes
from mdrun.report import NoteFinished, NoteReport, Purpose, RunFinished
from mdrun.report.wording import last_lines, lines_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mdrun.report import Tidings

COMMAND = (sys.executable, "-m", "mdrun")


def block(source: str, info: str = "python") -> str:
    """Return a code block."""
    return f"```{info}\n{source}\n```\n"


def vault(folder: Path, notes: Mapping[str, str | bytes]) -> Path:
    """Make the files of a vault, and return its folder."""
    for name, content in notes.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def as_written(file: Path) -> tuple[int, int]:
    """Return which file stands there, and when it was last written, in nanoseconds; reading changes neither."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


def held_back() -> list[str]:
    """Return what a command starts with so that permissions count for it, even where we are root."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("permissions do not hold root back, and there is no setpriv")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process said, and how it ended."""

    code: int
    out: str
    err: str


def mdrun(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    behind: Sequence[str] = (),
    **how: Any,
) -> Ran:
    """Run the real thing in a process of its own, `behind` another command if need be."""
    done = subprocess.run(
        [*behind, *COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=60,
        check=False,
        **how,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


class Told:
    """What `run_notes` came to, in this process."""

    def __init__(
        self, *paths: Path, writes: bool = True, dry: bool = False, strict: bool = False, **request: Any
    ) -> None:
        self.tidings: list[Tidings] = []
        purpose = Purpose(writes=writes, dry=dry, strict=strict)
        self.code = run_notes(paths, Request(purpose, **request), self.tidings.append)

    @property
    def reports(self) -> list[NoteReport]:
        """Return what became of each note."""
        return [told.report for told in self.tidings if isinstance(told, NoteFinished)]

    @property
    def report(self) -> NoteReport:
        """Return what became of the only note."""
        (report,) = self.reports
        return report

    @property
    def finished(self) -> RunFinished:
        """Return what stands at the end."""
        (finished,) = (told for told in self.tidings if isinstance(told, RunFinished))
        return finished

    @property
    def lines(self) -> list[str]:
        """Return what a person reads of the notes."""
        return [line for report in self.reports for line in lines_of(report)]

    @property
    def last(self) -> list[str]:
        """Return what a person reads at the end."""
        return last_lines(self.finished)
