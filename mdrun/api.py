"""The commands, as functions that return what they found.

Options have the names of the command line's, and the same order counts: the vault's settings, a
note's properties, `MDRUN_*` variables, what is given here.
"""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, Unpack

from mdrun import parsing, road
from mdrun.commands.clean import clean_jobs
from mdrun.commands.jobs import jobs_for
from mdrun.commands.lint import LintRequest, lint_notes
from mdrun.commands.run import Request, how_many, run_notes
from mdrun.commands.talk import check_options
from mdrun.errors import NoteUnreadable, Stopped
from mdrun.report.values import LintFinished, Purpose, RunFinished
from mdrun.settings import Settings, of_environment, of_options
from mdrun.stop import STOP_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdrun.commands.clean import Cleaned
    from mdrun.note import Note
    from mdrun.planning import Plan
    from mdrun.report.values import Tidings
    from mdrun.settings import Compare, Mode

    Tell: TypeAlias = Callable[[Tidings], None]

Where: TypeAlias = str | os.PathLike[str]
_STOPPED = {Stopped(signum).exit_code: signum for signum in STOP_SIGNALS}


class Manner(TypedDict, total=False):
    """How notes are run: settings, by the names that `mdrun.toml` has for them."""

    timeout: float | None
    """Seconds a block may take."""
    run: Literal["all", "run-prefix"] | None
    on_error: Literal["continue", "stop"] | None
    compare: Compare | None
    cwd: Literal["note", "vault"] | None
    missing_embeds: Literal["fail", "warn"] | None
    compat: bool | None
    llm: Mode | None
    llm_max_calls: int | None
    upstream: str | None
    kernel: str | None
    python: Where | None
    volatile: list[str] | None
    """Patterns of text that may differ from run to run."""
    links: Literal["markdown", "wikilink"] | None
    picture_limit: float | None
    """Megabytes."""


class Choice(TypedDict, total=False):
    """Which findings `lint` tells."""

    select: str | Sequence[str]
    """Codes of rules, or their beginnings: only these."""
    ignore: str | Sequence[str]
    """The same: all but these."""
    baseline: Where | None
    """The file of known findings; without it that of the vault, where it has one."""
    write_baseline: bool
    """Whether all findings are known from now on."""


def run(
    *paths: Where,
    vault: Where | None = None,
    adopt: bool = False,
    dry_run: bool = False,
    since: str | None = None,
    jobs: int | Literal["auto"] = 1,
    tell: Tell | None = None,
    **manner: Unpack[Manner],
) -> RunFinished:
    """Execute notes, or every note below a folder, and write their outputs; return what became of them.

    `jobs` is how many notes run at a time, "auto" for as many as there are processors. `tell` hears
    of each block and note, in the order of the notes. Raise SettingsError, and NoteUnreadable for
    what is no note. Of SIGINT and SIGTERM the program hears once what was done is written.
    """
    request = _request(Purpose(dry=dry_run), manner, vault, adopt=adopt, since=since)
    return _ran(paths, replace(request, at_once=how_many(str(jobs))), tell)


def check(
    *paths: Where,
    vault: Where | None = None,
    strict: bool = False,
    since: str | None = None,
    jobs: int | Literal["auto"] = 1,
    tell: Tell | None = None,
    **manner: Unpack[Manner],
) -> RunFinished:
    """Execute notes, compare with what they say, write nothing; return what became of them.

    Raise as `run` does.
    """
    request = _request(Purpose(writes=False, strict=strict), manner, vault, since=since)
    return _ran(paths, replace(request, at_once=how_many(str(jobs))), tell)


def lint(
    *paths: Where,
    vault: Where | None = None,
    fix: bool = False,
    dry_run: bool = False,
    since: str | None = None,
    **choice: Unpack[Choice],
) -> LintFinished:
    """Return what is wrong with notes, or with every note below a folder; execute nothing.

    With `fix`, what is safe to mend is mended; with `dry_run`, it is only told. Raise SettingsError,
    and NoteUnreadable for what is no note.
    """
    request = LintRequest(
        vault=_path(vault),
        options=of_environment(os.environ),
        select=_codes(choice.get("select", ())),
        ignore=_codes(choice.get("ignore", ())),
        baseline=_path(choice.get("baseline")),
        write_baseline=choice.get("write_baseline", False),
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
    if os.path.isdir(path):
        message = f"{os.fspath(path)}: a folder, and a plan is of one note"
        raise NoteUnreadable(message)
    jobs = jobs_for([Path(path)], _path(vault), of_environment(os.environ), Settings())
    (job,) = jobs.jobs
    return road.prepare(job).plan


def parse(text: str, path: str = "") -> Note:
    """Return the note that `text` is, at its place in a vault: its headings, blocks, embeds and outputs."""
    return parsing.parse(text, path)


def clean(*paths: Where, vault: Where | None = None) -> tuple[Cleaned, ...]:
    """Take the outputs of notes out again; return what became of each.

    Raise SettingsError, and NoteUnreadable for what is no note.
    """
    found = jobs_for([Path(path) for path in paths], _path(vault), of_environment(os.environ), Settings())
    return tuple(clean_jobs(found))


def _request(
    purpose: Purpose, manner: Manner, vault: Where | None, *, adopt: bool = False, since: str | None = None
) -> Request:
    given = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in manner.items()}
    options = of_options(given)
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
    if code in _STOPPED:
        # The run heard of it in the program's place, whose own handler now has its say.
        signal.raise_signal(_STOPPED[code])
    return finished


def _codes(given: str | Sequence[str]) -> Sequence[str]:
    return (given,) if isinstance(given, str) else given


def _path(path: Where | None) -> Path | None:
    return None if path is None else Path(path)
