"""The commands, as functions that return what they found.

Options have the names of the command line's, and the same order counts: the vault's settings, a
note's properties, `MDRUN_*` variables, what is given here.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, Unpack

from mdrun import parsing, road
from mdrun.commands.clean import clean_jobs
from mdrun.commands.jobs import jobs_for
from mdrun.commands.lint import LintRequest, lint_notes
from mdrun.commands.run import Request, run_notes
from mdrun.commands.talk import check_options
from mdrun.errors import Stopped
from mdrun.report.values import LintFinished, Purpose, RunFinished
from mdrun.settings import Settings, of_environment, of_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdrun.commands.clean import Cleaned
    from mdrun.note import Note
    from mdrun.planning import Plan
    from mdrun.report.values import Tidings
    from mdrun.settings import Compare, Mode

    Tell: TypeAlias = Callable[[Tidings], None]

Where: TypeAlias = str | os.PathLike[str]


class Manner(TypedDict, total=False):
    """How notes are run: settings, as the command line and `mdrun.toml` have them."""

    timeout: float | None
    """Seconds a block may take."""
    on_error: Literal["continue", "stop"] | None
    compare: Compare | None
    cwd: Literal["note", "vault"] | None
    missing_embeds: Literal["fail", "warn"] | None
    compat: bool | None
    llm: Mode | None
    llm_max_calls: int | None
    upstream: str | None
    kernel: str | None
    python: str | None
    picture_limit: float | None
    """Megabytes."""


def run(
    *paths: Where,
    vault: Where | None = None,
    adopt: bool = False,
    dry_run: bool = False,
    since: str | None = None,
    tell: Tell | None = None,
    **manner: Unpack[Manner],
) -> RunFinished:
    """Execute notes, or every note below a folder, and write their outputs; return what became of them.

    `tell` hears of each block and note as it is done. Raise SettingsError, NoteUnreadable for what
    is no note, KeyboardInterrupt or SystemExit when a signal came, after what was done is written.
    """
    request = _request(Purpose(dry=dry_run), manner, vault, adopt=adopt, since=since)
    return _ran(paths, request, tell)


def check(
    *paths: Where,
    vault: Where | None = None,
    strict: bool = False,
    since: str | None = None,
    tell: Tell | None = None,
    **manner: Unpack[Manner],
) -> RunFinished:
    """Execute notes, compare with what they say, write nothing; return what became of them.

    Raise as `run` does.
    """
    request = _request(Purpose(writes=False, strict=strict), manner, vault, since=since)
    return _ran(paths, request, tell)


def lint(
    *paths: Where,
    vault: Where | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fix: bool = False,
    dry_run: bool = False,
    since: str | None = None,
) -> LintFinished:
    """Return what is wrong with notes, or with every note below a folder; execute nothing.

    `select` and `ignore` name codes of rules, or their beginnings. With `fix`, what is safe to mend
    is mended; with `dry_run`, it is only told. Raise SettingsError, and NoteUnreadable for what is
    no note.
    """
    request = LintRequest(
        vault=_path(vault),
        options=of_environment(os.environ),
        select=select,
        ignore=ignore,
        fix=fix,
        dry_run=dry_run,
        since=since,
    )
    told: list[Tidings] = []
    lint_notes([Path(path) for path in paths], request, told.append)
    (finished,) = (each for each in told if isinstance(each, LintFinished))
    return finished


def plan(path: Where, *, vault: Where | None = None) -> Plan:
    """Return what of a note would run, in which order; execute nothing. Raise NoteUnreadable and SettingsError."""
    jobs = jobs_for([Path(path)], _path(vault), of_environment(os.environ), Settings())
    (job,) = jobs.jobs
    return road.prepare(job).plan


def parse(text: str, path: str = "") -> Note:
    """Return the note that `text` is, at its place in a vault: its headings, blocks, embeds and outputs."""
    return parsing.parse(text, path)


def clean(*paths: Where, vault: Where | None = None) -> tuple[Cleaned, ...]:
    """Take the outputs of notes out again; return what became of each."""
    found = jobs_for([Path(path) for path in paths], _path(vault), of_environment(os.environ), Settings())
    return tuple(clean_jobs(found))


def _request(
    purpose: Purpose, manner: Manner, vault: Where | None, *, adopt: bool = False, since: str | None = None
) -> Request:
    options = of_options(dict(manner))
    check_options(options, purpose)
    options = {**of_environment(os.environ), **options}
    return Request(purpose, adopt=adopt, vault=_path(vault), options=options, since=since)


def _ran(paths: Sequence[Where], request: Request, tell: Tell | None) -> RunFinished:
    finished = RunFinished(())

    def say(tidings: Tidings) -> None:
        nonlocal finished
        if isinstance(tidings, RunFinished):
            finished = tidings
        if tell is not None:
            tell(tidings)

    code = run_notes([Path(path) for path in paths], request, say)
    if code == Stopped(signal.SIGINT).exit_code:
        raise KeyboardInterrupt
    if code == Stopped(signal.SIGTERM).exit_code:
        raise SystemExit(code)
    return finished


def _path(path: Where | None) -> Path | None:
    return None if path is None else Path(path)
