"""`mdrun clean`: take the outputs out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdrun import files
from mdrun.commands.jobs import jobs_for
from mdrun.errors import MdrunError
from mdrun.parsing import parse
from mdrun.report.wording import count
from mdrun.settings import Settings
from mdrun.weave import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mdrun.road import Job
    from mdrun.weave import Weaving


def clean_notes(
    paths: Sequence[Path], vault: Path | None, options: Mapping[str, Any], *, say: Callable[[str], None]
) -> int:
    """Take mdrun's own regions out of the notes at `paths`; return the exit code of the worst of them."""
    found = jobs_for(paths, vault, options, Settings())
    for left_out in found.left_out:
        say(f"left out: {left_out}")
    worst = max((_clean(job, say) for job in found.jobs), default=0)
    return max(worst, 2 if any(left_out.wrong for left_out in found.left_out) else 0)


def _clean(job: Job, say: Callable[[str], None]) -> int:
    try:
        with files.held(job.path):
            text = files.read(job.path)
            note = parse(text, job.name)
            weaving = clean(note)
            job.album(job.settings).write(job.write, note, weaving.text)
    except MdrunError as error:
        say(f"{job.path}: error: {error}")
        return error.exit_code
    _tell(job, weaving, say)
    return 0


def _tell(job: Job, weaving: Weaving, say: Callable[[str], None]) -> None:
    taken = f"{count(len(weaving.edits), 'output')} taken out" if weaving.edits else "no output to take out"
    say(f"{job.path}: {taken}")
    for kept in weaving.kept:
        say(f"  kept: {job.path}:{kept.line}: this output was edited by hand")
