"""Look at notes without executing anything: read them, plan them, and say what is wrong with each."""

from __future__ import annotations

import os
import posixpath
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mdrun.errors import NoteUnreadable, SettingsError
from mdrun.findings import Finding
from mdrun.kernel.guest.moved import new_home
from mdrun.linting.code import in_code
from mdrun.linting.found import Found
from mdrun.linting.imports import in_imports
from mdrun.linting.outputs import in_outputs
from mdrun.linting.problems import in_plan, in_properties
from mdrun.linting.ruff import check
from mdrun.linting.selection import Selection
from mdrun.parsing import parse
from mdrun.planning import Plan, plan
from mdrun.report import NoteReport
from mdrun.report.wording import as_named
from mdrun.settings import PROPERTY, Settings, of_command_line, of_note
from mdrun.staleness import reasons
from mdrun.vault import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mdrun.note import Embed, Note
    from mdrun.planning import Resolver
    from mdrun.road import Job
    from mdrun.vault import Resolution


@dataclass(frozen=True, slots=True)
class Looked:
    """A note that was looked at, and what is wrong with it and with what it embeds."""

    job: Job
    name: str
    """The note's path in the vault."""
    selection: Selection
    plan: Plan | None = None
    """None of a note that cannot be read."""
    faults: tuple[Found, ...] = ()

    @property
    def chosen(self) -> Iterator[Found]:
        """Yield the faults against rules that count here."""
        return (fault for fault in self.faults if fault.code in self.selection)


def look(jobs: Sequence[Job]) -> list[Looked]:
    """Return what is wrong with the notes of `jobs`; raise LinterFailed."""
    looked = [_look(job, name) for job, name in zip(jobs, _names(jobs), strict=True)]
    plans = [each.plan for each in looked if each.plan is not None]
    in_plans = dict(zip(map(id, plans), in_code(plans, check), strict=True))
    return [replace(each, faults=(*each.faults, *in_plans.get(id(each.plan), ()))) for each in looked]


def _names(jobs: Iterable[Job]) -> Iterator[str]:
    """Yield the notes' paths in their vaults; where a folder really is, is asked for once."""
    folders: dict[tuple[Path, Path], str] = {}
    for job in jobs:
        place = job.root, job.path.parent
        if place not in folders:
            folders[place] = posixpath.dirname(job.name)
        yield posixpath.join(folders[place], job.path.name)


def _look(job: Job, name: str) -> Looked:
    settings = of_command_line(job.settings, job.options)
    selection = Selection(settings.lint_select, settings.lint_ignore)
    try:
        # What the vault has read already is not read again.
        note = job.vault.read(name) if job.pipe is None else parse(job.read(), name)
    except NoteUnreadable as error:
        reason = str(error).removeprefix(f"{job.root / name}: ")
        return Looked(job, name, selection, faults=(Found(name, 1, "MR121", reason),))
    unreadable: list[Found] = []
    resolve = resolver(job, unreadable)
    own = _own_settings(job, note, settings)
    made = plan(note, resolve, prefixed_only=own.run == "run-prefix")
    tolerated = {"unresolved"} if own.missing_embeds == "warn" else set()
    blocked = unreadable or any(problem.fatal and problem.kind not in tolerated for problem in made.problems)
    faults = (
        *in_plan(made),
        *in_properties(note, job.settings),
        *in_imports(made, new_home),
        *in_outputs(made, reasons, runs=not blocked),
        *unreadable,
    )
    return Looked(job, name, selection, made, faults)


def _own_settings(job: Job, note: Note, settings: Settings) -> Settings:
    """Return the settings that hold for a note; those of its properties only where all of them mean something."""
    if not any(key.startswith(PROPERTY) for key in note.properties):
        return settings
    with suppress(SettingsError):  # which is a finding of its own
        return of_command_line(of_note(job.settings, note.properties, note.path), job.options)
    return settings


def resolver(job: Job, unreadable: list[Found]) -> Resolver:
    """Return what says where embeds lead; notes that cannot be read hold nothing, and are added to `unreadable`."""

    def resolve(embed: Embed, source: Note) -> Resolution:
        try:
            return job.vault.resolve(embed, source)
        except NoteUnreadable as error:
            reason = str(error).removeprefix(f"{job.root}{os.sep}")
            message = f"embed {embed.target} cannot be read: {reason}"
            unreadable.append(Found(source.path, embed.line, "MR121", message))
            return Attachment()

    return resolve


def findings_of(looked: Sequence[Looked]) -> list[Finding]:
    """Return what is wrong with notes, each fault once, as the user names the notes it is in."""
    named = {(each.job.root, each.name): str(each.job.path) for each in looked}
    faults = [(each, fault) for each in looked for fault in each.chosen]
    faults.sort(key=lambda pair: len(pair[1].way))
    once: dict[tuple[Path, tuple[str, int, str, str]], Finding] = {}
    for each, fault in faults:
        root = each.job.root
        file = named.get((root, fault.note)) or as_named(NoteReport(each.job.path, each.name), fault.note)
        finding = Finding(file, fault.line, fault.code, fault.told, fault.note, fault.weight)
        once.setdefault((root, fault.key), finding)
    return sorted(once.values())
