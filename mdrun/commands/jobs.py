"""Paths as a user names them to the notes they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mdrun.commands.since import untouched
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
    """Return what `paths` stand for; of that, what was touched since the git revision `since`, if there is one.

    Raise NoteUnreadable for a file that is no note and a folder that cannot be looked into,
    SettingsError for a vault's bad settings and what git does not know.
    """
    search = _Search(vault, options, defaults, since)
    for path in paths:
        search.take(path)
    return search.found()


@dataclass(slots=True)
class _Search:
    """The notes found so far, by where they are."""

    vault: Path | None
    options: Mapping[str, Any]
    defaults: Settings
    since: str | None
    jobs: dict[Path, Job] = field(default_factory=dict)
    left_out: dict[LeftOut, None] = field(default_factory=dict)
    whole: dict[Path, Path] = field(default_factory=dict)
    _homes: dict[Path, tuple[Home, Mapping[str, str]]] = field(default_factory=dict)
    """Vaults, and why some of their notes are put aside."""

    def found(self) -> Jobs:
        """Return what was found."""
        return Jobs(list(self.jobs.values()), list(self.left_out), self.whole)

    def take(self, path: Path) -> None:
        """Find what one path stands for."""
        root = find_root(path, self.vault)
        home, aside = self._home(root.path)
        notes = [path]
        if path.is_dir():
            notes = self._below(path, home, aside)
            if path.resolve() == home.root.resolve() and not aside:
                self.whole[home.root] = path
        elif not is_note(path.name):
            reason = "not a note: its name does not end in .md" if path.exists() else "no such note or folder"
            raise NoteUnreadable(f"{path}: {reason}")
        for note in notes:
            job = Job(note, home.root, home.vault, home.settings, self.options, str(root), home.attachments)
            if aside and job.name in aside:
                self.left_out[LeftOut(job.name, aside[job.name])] = None
            else:
                self.jobs.setdefault(note.resolve(), job)

    def _home(self, root: Path) -> tuple[Home, Mapping[str, str]]:
        if root not in self._homes:
            home = open_home(root, self.defaults)
            aside = untouched(home, self.since) if self.since is not None else ()
            self._homes[root] = home, dict.fromkeys(aside, f"unchanged since {self.since}")
        return self._homes[root]

    def _below(self, folder: Path, home: Home, aside: Mapping[str, str]) -> list[Path]:
        """Return the notes below `folder`, in the words the user named it with."""
        found = runnable_notes(folder, home, aside)
        if {".", found.inside} & {*home.unreadable}:
            message = f"{folder}: cannot be read: Permission denied"
            raise NoteUnreadable(message)
        self.left_out.update(dict.fromkeys(found.left_out))
        return [folder / name[len(found.inside) :] for name in found.notes]
