"""Notes as pytest sees them: a file with one test, which checks the note."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mdrun.api import check
from mdrun.diff import plain_lines
from mdrun.errors import MdrunError
from mdrun.report.wording import diffs_of, lines_of
from mdrun.roots import find_root, open_home, runnable_notes
from mdrun.settings import Settings
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdrun.report.values import NoteReport
    from mdrun.roots import Found

SKIPPED = "mdrun-skip"
_FOUND = pytest.StashKey[dict[Path, "Found"]]()
"""What vaults hold, by their roots: each is looked through once."""


class NotInOrder(Exception):
    """A note is not what it should be."""

    def __init__(self, report: NoteReport) -> None:
        super().__init__(str(report.path))
        self.report = report


class NoteFile(pytest.File):
    """A note."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the note's test, if the note is one to be run; raise MdrunError as its vault's settings do."""
        named = _argument(self.path, self.config)
        root = find_root(named).path
        found = self.config.stash.setdefault(_FOUND, {})
        if root not in found:
            found[root] = runnable_notes(root, open_home(root, Settings()))
        name = os.path.relpath(self.path.resolve(), root.resolve()).replace(os.sep, "/")
        told = {left_out.path for left_out in found[root].left_out if named == self.path or left_out.reason == SKIPPED}
        if name in {*found[root].notes, *told}:
            yield NoteItem.from_parent(self, name="mdrun", root=root)


class NoteItem(pytest.Item):
    """The test of a note: what its blocks say is what stands beneath them."""

    def __init__(self, name: str, parent: NoteFile, root: Path) -> None:
        super().__init__(name, parent)
        self._root = root

    def runtest(self) -> None:
        """Check the note; raise NotInOrder, or MdrunError when nothing could be checked."""
        option = self.config.getoption
        finished = check(self.path, vault=self._root, strict=option("mdrun_strict"), llm=option("mdrun_llm"))
        (report,) = finished.reports
        verdicts = Counter(block.verdict for block in report.blocks)
        self.user_properties += [(f"mdrun {verdict}", number) for verdict, number in verdicts.items()]
        if report.skipped:
            pytest.skip(f"the note says {SKIPPED}")
        if not report.is_fine:
            here = self.config.invocation_params.dir
            named = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
            raise NotInOrder(replace(report, path=named))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None) -> str:
        """Return what is wrong, block by block; a traceback of mdrun's own would help nobody."""
        del style
        match excinfo.value:
            case NotInOrder(report=report):
                return "\n".join(plain(line).head for line in _told(report))
            case MdrunError() as error:
                return f"mdrun: {error}"
            case _:
                return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the note is, and what its test is called in a report."""
        return self.path, None, str(self.path.name)


def _told(report: NoteReport) -> Iterator[str]:
    yield from lines_of(report, quiet=True)
    for place, lines in diffs_of(report):
        yield f"diff: {place}"
        yield from (f"  {line}" for line in plain_lines(lines))


def _argument(path: Path, config: pytest.Config) -> Path:
    """Return the folder or note that the user named, and that `path` is, or is in."""
    words: Iterable[str] = (argument.partition("::")[0] for argument in config.args)
    named = [(config.invocation_params.dir / word).absolute() for word in words]
    within = [each for each in named if path.is_relative_to(each)]
    return max(within, key=lambda each: len(each.parts), default=path)
