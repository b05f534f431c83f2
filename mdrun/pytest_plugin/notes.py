"""Notes as pytest sees them: a file with one test, which checks the note."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mdrun.api import check
from mdrun.commands.jobs import jobs_for
from mdrun.errors import MdrunError, NoteUnreadable
from mdrun.report import NoteFinished
from mdrun.report.lines import Lines
from mdrun.report.wording import accepting
from mdrun.roots import Root, find_root
from mdrun.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mdrun.report import RunFinished
    from mdrun.road import Job

SKIPPED = "mdrun-skip"


class NotInOrder(Exception):
    """A note is not what it should be."""

    def __init__(self, finished: RunFinished) -> None:
        super().__init__(*finished.reports)
        self.finished = finished


@dataclass(frozen=True, slots=True)
class _Named:
    """What a note or folder that the user named stands for."""

    root: Root
    notes: Collection[Path] = ()
    skipped: Collection[Path] = ()
    """Those of the notes that say that they are not to be run."""
    error: MdrunError | None = None
    """Why nobody knows which notes there are, if so."""


_NAMED = pytest.StashKey[dict[Path, _Named]]()
"""What the user named; each is looked through once."""


class NoteFile(pytest.File):
    """A note."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the note's test, if the command would run the note, or tell that it is skipped."""
        word = _argument(self.path, self.config)
        known = self.config.stash.setdefault(_NAMED, {})
        if word not in known:
            known[word] = _look(word)
        named, note = known[word], self.path.resolve()
        if named.error or note in named.notes:
            item: NoteItem = NoteItem.from_parent(self, name="mdrun", root=named.root, error=named.error)
            if note in named.skipped:
                item.add_marker(pytest.mark.skip(reason=f"the note says {SKIPPED}"))
            yield item


class NoteItem(pytest.Item):
    """The test of a note: what its blocks say is what stands beneath them."""

    def __init__(self, name: str, parent: NoteFile, root: Root, error: MdrunError | None) -> None:
        super().__init__(name, parent)
        self._file = parent
        self._root = root
        self._error = error

    def setup(self) -> None:
        """Fail where the vault cannot be looked through."""
        if self._error:
            pytest.fail(f"mdrun: {self._error}", pytrace=False)

    def runtest(self) -> None:
        """Check the note; raise NotInOrder, or SettingsError."""
        option = self.config.getoption
        note = _from_here(self.path)
        finished = check(note, vault=self._root.path, strict=option("mdrun_strict"), llm=option("mdrun_llm"))
        (report,) = finished.reports
        verdicts = Counter(block.verdict for block in report.blocks)
        self.user_properties += [(f"mdrun {verdict}", number) for verdict, number in verdicts.items()]
        if not report.is_fine:
            raise NotInOrder(replace(finished, reports=(replace(report, root=str(self._root)),)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None) -> str:
        """Return what is wrong, block by block; a traceback of mdrun's own would help nobody."""
        del style
        match excinfo.value:
            case NotInOrder(finished=finished):
                return "\n".join(_told(finished))
            case MdrunError() as error:
                return f"mdrun: {error}"
            case _:
                return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the note is, and what its test is called in a report."""
        return self.path, 0, self._file.nodeid


def _argument(path: Path, config: pytest.Config) -> Path:
    """Return the folder or note that the user named, and that `path` is, or is in."""
    words = (argument.partition("::")[0] for argument in config.args)
    named = [(config.invocation_params.dir / word).absolute() for word in words]
    within = [each for each in named if path.is_relative_to(each)]
    return max(within, key=lambda each: len(each.parts), default=path)


def _look(word: Path) -> _Named:
    """Return what the command would run, had the user named the same."""
    root = find_root(word)
    try:
        jobs = jobs_for([word], None, {}, Settings())
    except MdrunError as error:
        return _Named(root, error=error)
    skipped = {(root.path / left.path).resolve() for left in jobs.left_out if left.reason == SKIPPED}
    skipped |= {job.path.resolve() for job in jobs.jobs if _says_skip(job)}
    return _Named(root, {job.path.resolve() for job in jobs.jobs} | skipped, skipped)


def _says_skip(job: Job) -> bool:
    try:
        return job.vault.read(job.name).properties.get(SKIPPED) is True
    except NoteUnreadable:
        return False


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _told(finished: RunFinished) -> list[str]:
    lines: list[str] = []
    tell = Lines(lines.append, quiet=True, diff=True)
    for report in finished.reports:
        tell(NoteFinished(report))
    return [*lines, *accepting(finished)]
