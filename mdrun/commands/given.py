"""A note from standard input, in the place of a file: run, or cleaned, and handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdrun import files
from mdrun.commands.jobs import Jobs
from mdrun.commands.run import run_jobs
from mdrun.errors import NoteUnreadable
from mdrun.parsing import parse
from mdrun.road import Job, Pipe
from mdrun.roots import find_root, open_home
from mdrun.weave import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mdrun.commands.run import Request
    from mdrun.report import Tidings
    from mdrun.settings import Settings

NAMED = "standard input"
"""What its text is called where it cannot be read."""


def run_given(data: bytes, place: Path, request: Request, say: Callable[[Tidings], None]) -> tuple[int, bytes]:
    """Execute the note that `data` is, as though it stood at `place`; return the exit code and what it became."""
    pipe = Pipe(files.decode(data, NAMED))
    job = job_given(pipe, place, request.vault, request.options, request.defaults)
    code = run_jobs(Jobs([job]), request, say)
    return code, pipe.text.encode()


def clean_given(data: bytes) -> bytes:
    """Return the note that `data` is without its outputs; raise NoteUnreadable."""
    return clean(parse(files.decode(data, NAMED))).text.encode()


def job_given(pipe: Pipe, place: Path, vault: Path | None, options: Mapping[str, Any], defaults: Settings) -> Job:
    """Return the job of a note from `pipe` that would stand at `place`, which need not be there."""
    if not place.parent.is_dir():
        message = f"{place.parent}: no such folder"
        raise NoteUnreadable(message)
    root = find_root(place, vault)
    home = open_home(root.path, defaults)
    return Job(place, home.root, home.vault, home.settings, options, str(root), home.attachments, pipe)
