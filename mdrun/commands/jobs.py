"""Paths as a user names them to the notes they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from mdrun.errors import NoteUnreadable
from mdrun.road import Job
from mdrun.roots import Home, LeftOut, find_root, open_home, runnable_notes
from mdrun.vault import is_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mdrun.settings import Settings


@dataclass(frozen=True, slots=True)
class Jobs:
    """A job for each note, each note once, and what folders left out."""

    jobs: list[Job] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    whole: Mapping[Path, Path] = field(default_factory=dict)
    """Vaults that are taken as a whole: their roots, and what the user calls them."""


def jobs_for(
    paths: Sequence[Path],
    vault: Path | None,
    options: Mapping[str, Any],
    defaults: Settings,
    since: str | None = None,
) -> Jobs:
    """Return what `paths` stand for.

    Raise NoteUnreadable for a file that is no note and a folder that cannot be looked into,
    SettingsError for a vault's bad settings.
    """

    @cache
    def home_of(root: Path) -> Home:
        return open_home(root, defaults)

    found: dict[Path, Job] = {}
    left_out: dict[LeftOut, None] = {}
    whole: dict[Path, Path] = {}
    for path in paths:
        root = find_root(path, vault)
        home = home_of(root.path)
        notes = [path]
        if path.is_dir():
            notes = _below(path, home, left_out)
            if path.resolve() == home.root.resolve():
                whole[home.root] = path
        elif not is_note(path.name):
            message = f"{path}: not a note: its name does not end in .md"
            raise NoteUnreadable(message)
        for note in notes:
            job = Job(note, home.root, home.vault, home.settings, options, str(root), home.attachments)
            found.setdefault(note.resolve(), job)
    return Jobs(list(found.values()), list(left_out), whole)


def _below(folder: Path, home: Home, left_out: dict[LeftOut, None]) -> list[Path]:
    """Return the notes below `folder`, in the words the user named it with."""
    found = runnable_notes(folder, home)
    if {".", found.inside} & {*home.unreadable}:
        message = f"{folder}: cannot be read: Permission denied"
        raise NoteUnreadable(message)
    left_out.update(dict.fromkeys(found.left_out))
    return [folder / name[len(found.inside) :] for name in found.notes]
