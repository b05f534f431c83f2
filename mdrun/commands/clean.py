"""`mdrun clean`: take the outputs out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mdrun import files
from mdrun.commands.jobs import jobs_for
from mdrun.errors import MdrunError
from mdrun.parsing import parse
from mdrun.report.wording import count
from mdrun.settings import Settings
from mdrun.weave import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.commands.jobs import Jobs
    from mdrun.road import Job


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A note whose outputs were taken out."""

    path: Path
    """As the user named it, or below the folder the user named."""
    taken: int = 0
    """How many outputs are gone."""
    kept: tuple[int, ...] = ()
    """Lines, from 1, of outputs that a person edited and that stay."""
    error: MdrunError | None = None
    """Why nothing was taken out, if something stood in the way."""


def clean_notes(
    paths: Sequence[Path], vault: Path | None, options: Mapping[str, Any], *, say: Callable[[str], None]
) -> int:
    """Take mdrun's own regions out of the notes at `paths`; return the exit code of the worst of them."""
    found = jobs_for(paths, vault, options, Settings())
    for left_out in found.left_out:
        say(f"left out: {left_out}")
    worst = 2 if any(left_out.wrong for left_out in found.left_out) else 0
    for cleaned in clean_jobs(found):
        for line in _lines(cleaned):
            say(line)
        worst = max(worst, cleaned.error.exit_code if cleaned.error else 0)
    return worst


def clean_jobs(jobs: Jobs) -> Iterator[Cleaned]:
    """Take mdrun's own regions out of notes, one after the other."""
    return map(_clean, jobs.jobs)


def _clean(job: Job) -> Cleaned:
    try:
        with files.held(job.path):
            note = parse(job.read(), job.name)
            weaving = clean(note)
            job.album(job.settings).write(job.write, note, weaving.text)
    except MdrunError as error:
        return Cleaned(job.path, error=error)
    return Cleaned(job.path, len(weaving.edits), tuple(kept.line for kept in weaving.kept))


def _lines(cleaned: Cleaned) -> Iterator[str]:
    if cleaned.error:
        yield f"{cleaned.path}: error: {cleaned.error}"
        return
    taken = f"{count(cleaned.taken, 'output')} taken out" if cleaned.taken else "no output to take out"
    yield f"{cleaned.path}: {taken}"
    for line in cleaned.kept:
        yield f"  kept: {cleaned.path}:{line}: this output was edited by hand"
