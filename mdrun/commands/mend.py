"""`mdrun lint --fix`: mend what can be mended in notes, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdrun import files
from mdrun.commands.look import resolver
from mdrun.errors import NoteBusy, NoteChanged, NoteError, NoteUnwritable
from mdrun.kernel.guest.moved import new_home
from mdrun.linting.found import Found
from mdrun.linting.mending import mended, mends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdrun.commands.look import Looked
    from mdrun.road import Job

_CODES: dict[type[NoteError], str] = {NoteUnwritable: "MR531", NoteBusy: "MR532", NoteChanged: "MR505"}


def mend(looked: Looked, patience: float, *, dry: bool) -> tuple[Sequence[Found], Found | None]:
    """Mend a note; return what was mended, or would be, and what stood in the way.

    Another run has `patience` seconds to leave the note.
    """
    job = looked.job
    if looked.plan is None:
        return (), None
    note = looked.plan.note
    own = [fault for fault in looked.chosen if fault.note == note.path]
    found = mends(note, own, resolver(job, []), new_home)
    try:
        if found and not dry:
            _write(job, note.text, mended(note, found), patience)
    except NoteError as error:
        return (), Found(note.path, 1, _CODES.get(type(error), "MR539"), str(error).removeprefix(f"{job.path}: "))
    return [fault for fault, _ in found], None


def _write(job: Job, old: str, new: str, patience: float) -> None:
    """Write a note that still is as it was looked at; raise NoteError."""
    with files.held(job.path, patience):
        if job.read() != old:
            message = f"{job.path}: changed while it was looked at; it is as it was"
            raise NoteChanged(message)
        job.write(old, new)
