"""`mdrun run` and `mdrun check`: execute notes, and write their outputs or say what would change."""

from __future__ import annotations

import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mdrun import files, road
from mdrun.commands.jobs import jobs_for
from mdrun.errors import KernelMissing, MdrunError, NoteError, NoteUnreadable, WeaveFailed
from mdrun.kernel import find_interpreter
from mdrun.report import Absent, NoteFinished, NoteReport, NoteStarted, RunFinished, made_of, planned
from mdrun.road import Outcome
from mdrun.settings import Settings
from mdrun.stop import stop_on_signals
from mdrun.story import secrets_of
from mdrun.weave import Weaving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mdrun.commands.jobs import Jobs
    from mdrun.report import Tidings
    from mdrun.road import Executed, Job, Prepared
    from mdrun.stop import StopRequest

CHECK_TIMEOUT = 600.0
"""Seconds a block may take in `check` unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done with every note."""

    writes: bool = True
    """Whether outputs are written; if not, regions that would change are stale."""
    adopt: bool = False
    vault: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the environment and the command line give."""
    patience: float = files.LOCK_PATIENCE
    """Seconds to wait for another run to leave a note."""

    @property
    def defaults(self) -> Settings:
        """Return the settings that hold where nobody says otherwise."""
        return Settings(timeout=None if self.writes else CHECK_TIMEOUT)


def run_notes(paths: Sequence[Path], request: Request, say: Callable[[Tidings], None]) -> int:
    """Execute the notes at `paths`; return the exit code of the worst of them."""
    started = time.monotonic()
    with stop_on_signals() as stop:
        jobs = jobs_for(paths, request.vault, request.options, request.defaults)
        reports = _run_all(jobs.jobs, request, stop, say)
    say(_finished(jobs, reports, time.monotonic() - started))
    if stop.signum is not None:
        return 128 + stop.signum
    unseen = [NoteUnreadable.exit_code for left_out in jobs.left_out if left_out.wrong]
    return max((*unseen, *(report.exit_code for report in reports)), default=0)


def _run_all(
    jobs: Sequence[Job], request: Request, stop: StopRequest, say: Callable[[Tidings], None]
) -> list[NoteReport]:
    reports: list[NoteReport] = []
    for job in jobs:
        started = time.monotonic()
        report = _run_note(job, request, stop, say)
        reports.append(replace(report, seconds=time.monotonic() - started))
        say(NoteFinished(reports[-1]))
        if report.hopeless or stop.signum is not None:
            break
    return reports


def _finished(jobs: Jobs, reports: Sequence[NoteReport], seconds: float) -> RunFinished:
    left_out = tuple(Absent(left.path, left.reason, left.wrong) for left in jobs.left_out)
    pending = tuple(job.path for job in jobs.jobs[len(reports) :])
    return RunFinished(tuple(reports), seconds, left_out, pending)


def _run_note(job: Job, request: Request, stop: StopRequest, say: Callable[[Tidings], None]) -> NoteReport:
    """Take one note down the road; what stands in its way is in its report."""
    hold = files.held(job.path, request.patience, stop.check) if request.writes else nullcontext()
    try:
        with hold:
            prepared = road.prepare(job)
            if prepared.settings.skip or prepared.blocked or not prepared.plan.steps:
                return planned(prepared, writes=request.writes)
            if request.writes:
                files.check_writable(job.path)
            say(NoteStarted(job.path, prepared.plan))
            return _execute(prepared, request, stop, say)
    except MdrunError as error:
        hopeless = isinstance(error, KernelMissing)
        return _failed(job, request, error, hopeless=hopeless)


def _failed(job: Job, request: Request, error: MdrunError, *, hopeless: bool = False) -> NoteReport:
    return NoteReport(
        job.path,
        job.name,
        job.why_root,
        exit_code=error.exit_code,
        error=str(error),
        writes=request.writes,
        hopeless=hopeless,
    )


def _execute(prepared: Prepared, request: Request, stop: StopRequest, say: Callable[[Tidings], None]) -> NoteReport:
    """Run a note's blocks, and write or compare what they said.

    Where it cannot be written, what became of the blocks is told all the same.
    """
    environment = dict(os.environ)
    names = files.other_names(prepared.job.path)
    executed = road.execute(prepared, environment, stop, say)
    trouble: MdrunError | None = None
    try:
        outcome = _act(prepared, executed, request, environment)
    except (NoteError, WeaveFailed) as error:
        trouble = error
        outcome = Outcome(prepared.note, Weaving(prepared.note.text))
    secrets = secrets_of(environment, executed.results)
    report = made_of(prepared, executed, outcome, secrets, writes=request.writes)
    written = request.writes and outcome.weaving.text != outcome.note.text
    report = replace(report, python=_foreign_python(prepared), parted=names if written else 0)
    if trouble is not None:
        code = max(report.exit_code, trouble.exit_code)
        report = replace(report, exit_code=code, error=str(trouble))
    return report


def _act(prepared: Prepared, executed: Executed, request: Request, environment: Mapping[str, str]) -> Outcome:
    act = road.finish if request.writes else road.settle
    return act(prepared, executed, environment, adopt=request.adopt)


def _foreign_python(prepared: Prepared) -> str:
    """Return what ran the note, where it was not mdrun's own interpreter."""
    settings = prepared.settings
    if not prepared.runs:
        return ""
    if settings.kernel:
        return f"kernelspec {settings.kernel}"
    python = find_interpreter(settings.python, os.environ)
    same = os.path.dirname(os.path.abspath(python)) == os.path.dirname(os.path.abspath(sys.executable))
    return "" if same else str(python)
