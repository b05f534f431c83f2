"""`mdrun run` and `mdrun check`: execute notes, and write their outputs or say what would change."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mdrun import album, files, road
from mdrun.commands.jobs import jobs_for
from mdrun.commands.talk import caller_of, recordings_of, with_talk
from mdrun.errors import (
    KernelMissing,
    MdrunError,
    NoteError,
    NoteUnreadable,
    RecordingUnwritable,
    SettingsError,
    WeaveFailed,
)
from mdrun.git import Past, branched_from
from mdrun.kernel import find_interpreter
from mdrun.llm.door import Door
from mdrun.report import (
    Absent,
    Leftovers,
    NoteFinished,
    NoteReport,
    NoteStarted,
    RunFinished,
    made_of,
    planned,
)
from mdrun.report.values import RUN
from mdrun.road import Outcome
from mdrun.settings import Settings
from mdrun.stop import stop_on_signals
from mdrun.story import secrets_of
from mdrun.weave import Weaving

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.commands.jobs import Jobs
    from mdrun.llm.calls import Caller
    from mdrun.planning import Plan
    from mdrun.report import Purpose, Recordings, Tidings
    from mdrun.road import Executed, Job, Prepared
    from mdrun.stop import StopRequest

STREAM_PATIENCE = 10.0
"""Seconds a run waits for the rest of an answer that its note did not wait for."""
CHECK_TIMEOUT = 600.0
"""Seconds a block may take in `check` unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done with every note."""

    purpose: Purpose = RUN
    adopt: bool = False
    vault: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the environment and the command line give."""
    patience: float = files.LOCK_PATIENCE
    """Seconds to wait for another run to leave a note."""
    since: str | None = None
    """A revision; notes that it already had as they are, and all they embed, are left out."""
    manner: tuple[str, ...] = ()
    """The options of the command line that say how and where notes run."""
    named: tuple[str, ...] = ()
    """What the user named."""
    at_once: int = 1
    """How many notes run at a time."""

    @property
    def defaults(self) -> Settings:
        """Return the settings that hold where nobody says otherwise."""
        return Settings(timeout=None if self.purpose.writes else CHECK_TIMEOUT)


AUTO = "auto"


def how_many(wanted: str) -> int:
    """Return how many notes are to run at a time; raise SettingsError."""
    if wanted == AUTO:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not wanted.isdecimal() or int(wanted) == 0:
        raise SettingsError(f"--jobs {wanted}: how many notes run at a time is a number from 1, or {AUTO}")
    return int(wanted)


def run_notes(paths: Sequence[Path], request: Request, say: Callable[[Tidings], None]) -> int:
    """Execute the notes at `paths`; return the exit code of the worst of them."""
    jobs = jobs_for(paths, request.vault, request.options, request.defaults, request.since)
    return run_jobs(jobs, replace(request, named=tuple(map(str, paths))), say)


def run_jobs(jobs: Jobs, request: Request, say: Callable[[Tidings], None]) -> int:
    """Execute notes; return the exit code of the worst of them."""
    started = time.monotonic()
    with stop_on_signals() as stop:
        environment = dict(os.environ)
        with Door(environment) as door:
            run = _Run(request, stop, say, environment, door)
            reports = run.all_of(jobs.jobs)
    finished = _finished(jobs, request, reports, time.monotonic() - started)
    try:
        recordings = tuple(recordings_of(jobs, reports, run.callers, writes=request.purpose.writes))
    except RecordingUnwritable as error:
        say(replace(finished, exit_code=error.exit_code))
        raise
    unshown = tuple(_leftovers(jobs.whole, writes=request.purpose.touches)) if stop.signum is None else ()
    code = 128 + stop.signum if stop.signum is not None else _worst(jobs, reports, recordings)
    say(replace(finished, recordings=recordings, leftovers=unshown, exit_code=code))
    return code


def _worst(jobs: Jobs, reports: Sequence[NoteReport], recordings: Sequence[Recordings]) -> int:
    unseen = [NoteUnreadable.exit_code for left_out in jobs.left_out if left_out.wrong]
    surplus = [1 for found in recordings if found.wrong]
    return max((*unseen, *surplus, *(report.exit_code for report in reports)), default=0)


def _leftovers(whole: Mapping[Path, Path], *, writes: bool) -> Iterator[Leftovers]:
    """Yield the pictures that nothing shows in the vaults that ran as a whole; they go where notes are written."""
    for root, named in whole.items():
        if found := album.remove_leftovers(root) if writes else album.leftovers(root):
            yield Leftovers(named, tuple(found), removed=writes)


def _finished(jobs: Jobs, request: Request, reports: Sequence[NoteReport], seconds: float) -> RunFinished:
    left_out = tuple(Absent(left.path, left.reason, left.wrong) for left in jobs.left_out)
    begun = {report.path for report in reports}
    pending = tuple(job.path for job in jobs.jobs if job.path not in begun)
    return RunFinished(tuple(reports), seconds, left_out, pending, named=request.named, manner=request.manner)


@dataclass(frozen=True, slots=True)
class _Run:
    """What all notes of a run share."""

    request: Request
    stop: StopRequest
    say: Callable[[Tidings], None]
    environment: Mapping[str, str]
    """mdrun's own."""
    door: Door
    callers: list[Caller] = field(default_factory=list)
    """The notes that ran."""
    pasts: dict[Path, Past] = field(default_factory=dict)
    """Vaults as git has them, by their roots."""
    despair: threading.Event = field(default_factory=threading.Event)
    """Set once no note can be run any more."""

    def all_of(self, jobs: Sequence[Job]) -> list[NoteReport]:
        """Run notes, as long as there is hope."""
        count = min(self.request.at_once, len(jobs))
        if count > 1:
            from mdrun.commands.crew import side_by_side  # noqa: PLC0415 - one note after the other needs no threads

            reports = side_by_side(jobs, self._take, self.say, count)
        else:
            reports = [self._take(job, self.say) for job in jobs]
        return [report for report in reports if report is not None]

    def _take(self, job: Job, say: Callable[[Tidings], None]) -> NoteReport | None:
        """Run a note, and tell of it; None where there is no hope any more."""
        if self.stop.signum is not None or self.despair.is_set():
            return None
        started = time.monotonic()
        report = self._note(job, say)
        report = replace(report, seconds=time.monotonic() - started)
        if report.hopeless:
            self.despair.set()
        say(NoteFinished(report))
        return report

    def _note(self, job: Job, say: Callable[[Tidings], None]) -> NoteReport:
        """Take one note down the road; what stands in its way is in its report."""
        request = self.request
        touches = request.purpose.touches
        hold = job.held(request.patience, self.stop.check) if touches else nullcontext()
        try:
            with hold:
                prepared = road.prepare(job)
                if prepared.settings.skip or prepared.blocked or not prepared.plan.steps:
                    return planned(prepared, request.purpose)
                if touches:
                    job.check_writable()
                say(NoteStarted(job.path, prepared.plan))
                return self._execute(prepared, say)
        except MdrunError as error:
            hopeless = isinstance(error, KernelMissing)
            return _failed(job, request, error, hopeless=hopeless)

    def _execute(self, prepared: Prepared, say: Callable[[Tidings], None]) -> NoteReport:
        """Run a note's blocks, and write or compare what they said.

        Where it cannot be written, what became of the blocks is told all the same.
        """
        request = self.request
        names = files.other_names(prepared.job.path)
        caller = caller_of(prepared, self.environment, writes=request.purpose.touches)
        with self.door.opened_for(caller) as environment:
            executed = road.execute(prepared, environment, self.stop, say)
            if executed.stopped is None:
                caller.wait(STREAM_PATIENCE)
        self.callers.append(caller)
        keys = {f"KEY {number}": key for number, key in enumerate(caller.keys)}
        secrets = secrets_of(executed.results, self.environment, environment, keys)
        trouble: MdrunError | None = None
        try:
            outcome = _act(prepared, executed, request, secrets)
        except (NoteError, WeaveFailed) as error:
            trouble = error
            outcome = Outcome(prepared.note, Weaving(prepared.note.text))
        report = made_of(prepared, executed, outcome, secrets, request.purpose, partial(self._before, prepared))
        written = request.purpose.touches and outcome.weaving.text != outcome.note.text
        report = replace(report, python=_foreign_python(prepared), parted=names if written else 0)
        report = with_talk(report, caller)
        if trouble is not None:
            code = max(report.exit_code, trouble.exit_code)
            report = replace(report, exit_code=code, error=str(trouble), fault=type(trouble))
        return report

    def _before(self, prepared: Prepared) -> Plan | None:
        """Return the plan of a note as it was committed last, or where its branch began, if that is asked for."""
        root, since = prepared.job.root, self.request.since
        if root not in self.pasts:
            self.pasts[root] = Past(root, branched_from(root, since) if since else "HEAD")
        return self.pasts[root].plan(prepared.job.name, prefixed_only=prepared.settings.run == "run-prefix")


def _failed(job: Job, request: Request, error: MdrunError, *, hopeless: bool = False) -> NoteReport:
    return NoteReport(
        job.path,
        job.name,
        job.why_root,
        exit_code=error.exit_code,
        error=str(error),
        fault=type(error),
        purpose=request.purpose,
        hopeless=hopeless,
    )


def _act(prepared: Prepared, executed: Executed, request: Request, secrets: Collection[str]) -> Outcome:
    if request.purpose.touches:
        return road.finish(prepared, executed, secrets, adopt=request.adopt)
    return road.settle(prepared, executed, secrets, road.Terms(request.adopt, compares=not request.purpose.writes))


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
